// `price` and `catalog show`: offline.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/test_run.h"

namespace hotaru::cli {
namespace {

using Json = nlohmann::json;

TEST(PriceCommand, TellsAllRegionsTheCheapestFirst) {
  const TestUser user;
  const auto told = user.run({"price", "g5.xlarge", "-o", "json"});
  ASSERT_EQ(told.code, 0) << told.err;
  const Json prices = Json::parse(told.out)["prices"];
  ASSERT_GT(prices.size(), 5U);
  double before = 0;
  for (const Json& price : prices) {
    if (price["on_demand"].is_null()) break;
    EXPECT_GE(price["on_demand"]["usd_per_hour"], before);
    before = price["on_demand"]["usd_per_hour"];
  }
  EXPECT_EQ(prices[0]["spot"]["estimated"], true);
  EXPECT_FALSE(prices[0]["on_demand"]["as_of"].get<std::string>().empty());
}

TEST(PriceCommand, PutsTheCheapestOnSpotFirst) {
  const TestUser user;
  const Json prices = Json::parse(user.run({"price", "g5.xlarge", "--spot", "-o", "json"}).out)["prices"];
  EXPECT_LE(prices[0]["spot"]["usd_per_hour"], prices[1]["spot"]["usd_per_hour"]);
  const auto table = user.run({"price", "g5.xlarge", "--spot"});
  EXPECT_EQ(lines(table.out).size(), prices.size() + 1);
  EXPECT_NE(table.err.find("estimated"), std::string::npos);
}

TEST(PriceCommand, AsksOnlyForTheRegionsThatAreNamed) {
  const TestUser user;
  const auto told = user.run({"price", "g5.xlarge", "--region", "ap-northeast-1", "-o", "json"});
  const Json prices = Json::parse(told.out)["prices"];
  ASSERT_EQ(prices.size(), 1U);
  EXPECT_EQ(prices[0]["place"], "Tokyo");
}

TEST(PriceCommand, SaysWhatIsWrong) {
  const TestUser user;
  EXPECT_NE(user.run({"price", "g5.xlarg"}).err.find("Did you mean g5.xlarge?"), std::string::npos);
  EXPECT_NE(user.run({"price", "p3.2xlarge"}).err.find("no longer offers"), std::string::npos);
  EXPECT_EQ(user.run({"price", "g5.*"}).code, exit_invalid);
  EXPECT_EQ(user.run({"price", "g5.xlarge", "--svg", "x.svg"}).code, exit_invalid);
  for (const char* time : {"d", "30", "0d", "91d", "99999999999999999999h", "-1d", "14w"}) {
    EXPECT_EQ(user.run({"price", "g5.xlarge", "--history", time}).code, exit_invalid) << time;
  }
}

TEST(CatalogShowCommand, TellsEachPartWithItsDateAndSource) {
  const TestUser user;
  const Json parts = Json::parse(user.run({"catalog", "show", "-o", "json"}).out)["catalog"]["parts"];
  ASSERT_EQ(parts.size(), 5U);
  EXPECT_EQ(parts[0]["name"], "types");
  EXPECT_EQ(parts[0]["source"], "built in");
  EXPECT_GT(parts[2]["rows"], 1000);
  EXPECT_NE(user.run({"catalog", "show"}).out.find("PART "), std::string::npos);
}

TEST(CatalogShowCommand, SaysThatAFileIsDamagedAndGoesOn) {
  const TestUser user;
  const auto folder = user.home() / "cache" / "hotaru" / "catalog" / "aws";
  ASSERT_TRUE(make_folder(folder));
  ASSERT_TRUE(write_file(folder / "prices.txt", "garbage"));
  const auto shown = user.run({"catalog", "show"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_NE(shown.err.find("prices.txt is damaged and was ignored"), std::string::npos) << shown.err;
}

}  // namespace
}  // namespace hotaru::cli
