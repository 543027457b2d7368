// The commands against a sim of the null kind, which is this executable again: main below serves as `hotaru` does.
#include <gtest/gtest.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/exit_code.h"
#include "cli/test_run.h"

extern char** environ;

namespace hotaru::cli {
namespace {

using Json = nlohmann::json;

class OnTheNullSim : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    user = new TestUser;
    user->environment.set("HOTARU_CLOUD", "sim");
    const auto started = user->run({"sim", "start", "--kind", "null"});
    ASSERT_EQ(started.code, 0) << started.err;
  }
  static void TearDownTestSuite() {
    if (user == nullptr) return;
    EXPECT_EQ(user->run({"sim", "reset", "--yes"}).code, 0);
    delete user;
    user = nullptr;
  }
  static Outcome hotaru(const std::vector<std::string>& words) { return user->run(words); }
  static Json json(std::vector<std::string> words) {
    words.insert(words.end(), {"-o", "json"});
    const auto outcome = hotaru(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out, nullptr, false);
  }
  static TestUser* user;
};
TestUser* OnTheNullSim::user = nullptr;

TEST_F(OnTheNullSim, AnInstanceIsLaunchedListedShownAndEnded) {
  const auto launched = json({"up", "walk", "--type", "g4dn.xlarge", "--no-wait", "--yes"});
  EXPECT_FALSE(launched["ready"]);
  EXPECT_EQ(launched["instance"]["name"], "walk");
  EXPECT_TRUE(launched["instance"]["simulated"]);
  EXPECT_GT(launched["instance"]["price"]["usd_per_hour"], 0.1);

  const auto listed = hotaru({"ls"});
  EXPECT_TRUE(listed.out.starts_with("NAME ")) << listed.out;
  EXPECT_NE(listed.out.find("\nwalk "), std::string::npos) << listed.out;
  EXPECT_NE(listed.err.find("simulated"), std::string::npos);
  EXPECT_EQ(json({"show", "walk"})["instance"]["id"], launched["instance"]["id"]);

  const auto shown = hotaru({"show", "walk"});
  EXPECT_NE(shown.out.find(launched["instance"]["id"].get<std::string>() + " (simulated)\n"), std::string::npos)
      << shown.out;

  EXPECT_EQ(json({"stop", "walk"})["instance"]["state"], "stopped");
  const auto ended = json({"down", "walk", "--yes"})["ended"];
  EXPECT_TRUE(ended["group_removed"]);
  EXPECT_EQ(json({"ls"})["instances"], Json::array());
}

TEST_F(OnTheNullSim, HotaruAloneTellsWhatRunsWhatItCostsAndWhatIsNext) {
  EXPECT_TRUE(hotaru({}).out.starts_with("Nothing of hotaru's is running")) << hotaru({}).out;
  ASSERT_EQ(hotaru({"up", "alone", "--type", "g4dn.xlarge", "--no-wait", "--yes"}).code, 0);
  const auto told = hotaru({});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_NE(told.out.find("\nalone  running  g4dn.xlarge"), std::string::npos) << told.out;
  EXPECT_NE(told.out.find("an hour now"), std::string::npos) << told.out;
  EXPECT_NE(told.out.find("  hotaru down alone "), std::string::npos) << told.out;
  const auto status = json({"status"})["status"];
  EXPECT_GT(status["usd_per_hour"], 0.5);
  EXPECT_GE(status["usd"], 0);
  EXPECT_TRUE(status["simulated"]);
  ASSERT_EQ(hotaru({"down", "alone", "--yes"}).code, 0);
}

TEST_F(OnTheNullSim, TheDoctorFindsNothingWrongAndMakesNothing) {
  const auto told = json({"doctor"})["doctor"];
  EXPECT_TRUE(told["ok"]) << told;
  std::vector<std::string> whats;
  for (const auto& each : told["findings"]) whats.push_back(each["what"]);
  const std::vector<std::string> expected{"settings", "ssh",    "sim",         "identity", "clock", "region",
                                          "network",  "launch", "permissions", "gpu",      "quota", "spot"};
  EXPECT_EQ(whats, expected);
  EXPECT_EQ(json({"ls", "--all"})["instances"], Json::array());
  EXPECT_EQ(hotaru({"doctor", "--region", "us-east-l"}).code, exit_invalid);
}

TEST_F(OnTheNullSim, TheUsersAwsFilesAreNotInTheWay) {
  const auto file = user->home() / ".aws" / "config";
  ASSERT_TRUE(make_folder(file.parent_path()));
  ASSERT_TRUE(write_file(file, "[default\nregion = mars-north-1\n", 0600));
  const auto listed = hotaru({"ls"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  std::filesystem::remove(file);
}

TEST_F(OnTheNullSim, ADamagedCacheIsANoteAndADamagedJournalAnError) {
  const auto state = user->home() / "state" / "hotaru";
  ASSERT_EQ(hotaru({"ls"}).code, 0);
  ASSERT_TRUE(write_file(state / "known.db", "damaged", 0600));
  const auto listed = hotaru({"ls"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_TRUE(listed.err.starts_with("note: " + (state / "known.db").string() + " was damaged")) << listed.err;
  EXPECT_EQ(hotaru({"ls"}).err.find("note:"), std::string::npos);

  const auto journal = state / "journal.db";
  std::filesystem::rename(journal, state / "kept.db");
  ASSERT_TRUE(write_file(journal, "damaged", 0600));
  const auto refused = hotaru({"ls"});
  EXPECT_EQ(refused.code, exit_local);
  EXPECT_NE(refused.err.find("mv " + journal.string()), std::string::npos) << refused.err;
  std::filesystem::rename(state / "kept.db", journal);
  EXPECT_EQ(hotaru({"ls"}).code, 0);
}

TEST_F(OnTheNullSim, ADryRunShowsThePriceAndMakesNothing) {
  const auto plan = hotaru({"up", "dry", "--gpu", "T4", "--dry-run"});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_NE(plan.out.find("$0.526 instance g4dn.xlarge + "), std::string::npos) << plan.out;
  EXPECT_NE(plan.out.find("public IPv4 address"), std::string::npos) << plan.out;
  EXPECT_NE(plan.out.find("simulated"), std::string::npos);
  EXPECT_EQ(json({"up", "dry", "--gpu", "T4", "--dry-run"})["plan"]["type"], "g4dn.xlarge");
  EXPECT_EQ(json({"ls", "--all"})["instances"], Json::array());
}

TEST_F(OnTheNullSim, APlanThatWasWrittenDownCanBeLaunched) {
  const auto plan = hotaru({"plan", "later", "--gpu", "24GiB", "--max-price", "1", "-o", "json"});
  ASSERT_EQ(plan.code, 0) << plan.err;
  const TemporaryFolder folder;
  const auto file = (folder.path() / "plan.json").string();
  ASSERT_TRUE(write_file(file, plan.out));
  const auto places = Json::parse(plan.out)["plan"]["places"];
  ASSERT_GT(places.size(), 1U);
  const auto launched = hotaru({"up", "--plan", file, "--yes", "--no-wait"});
  EXPECT_EQ(launched.code, 0) << launched.err;
  const auto instance = json({"ls"})["instances"][0];
  EXPECT_EQ(instance["name"], "later");
  EXPECT_EQ(instance["type"], places[0]["type"]);
  EXPECT_EQ(instance["region"], places[0]["region"]);
  EXPECT_EQ(hotaru({"down", "later", "--yes"}).code, 0);
  ASSERT_TRUE(write_file(file, "{\"plan\": {\"places\": [{\"type\": 1}]}}"));
  EXPECT_EQ(hotaru({"up", "--plan", file, "--yes"}).code, exit_invalid);
  EXPECT_EQ(hotaru({"up", "--plan", file + ".none", "--yes"}).code, exit_not_found);
}

TEST_F(OnTheNullSim, PricesAreShownAsTheUserHasSettled) {
  ASSERT_EQ(hotaru({"config", "set", "tax", "10"}).code, 0);
  ASSERT_EQ(hotaru({"config", "set", "currency", "jpy"}).code, 0);
  ASSERT_EQ(hotaru({"config", "set", "rate", "155"}).code, 0);
  EXPECT_EQ(hotaru({"config", "set", "colour", "red"}).code, exit_invalid);
  const auto plan = hotaru({"plan", "yen", "--type", "g4dn.xlarge", "--region", "ap-northeast-1"});
  EXPECT_NE(plan.out.find("¥121 instance g4dn.xlarge"), std::string::npos) << plan.out;
  EXPECT_NE(plan.out.find("with 10 % tax, at 155 jpy to the dollar"), std::string::npos) << plan.out;
  for (const char* key : {"tax", "currency", "rate"}) EXPECT_EQ(hotaru({"config", "set", key}).code, 0);
}

TEST_F(OnTheNullSim, RoundTripsAreMeasuredOnceADayAndBoundWhatIsFound) {
  const auto regions = json({"regions"})["regions"];
  ASSERT_GT(regions.size(), 17U);
  EXPECT_TRUE(regions[0]["enabled"]);
  EXPECT_TRUE(regions[0]["round_trip_ms"].is_number());
  EXPECT_TRUE(regions.back()["round_trip_ms"].is_null());
  EXPECT_FALSE(regions.back()["enabled"]);
  const auto near = json({"find", "T4", "--max-latency", "60000"})["offers"];
  ASSERT_FALSE(near.empty());
  EXPECT_TRUE(near[0]["round_trip_ms"].is_number());
}

TEST_F(OnTheNullSim, WhereNobodyCanBeAskedNothingIsLaunchedWithoutYes) {
  const auto refused = hotaru({"up", "asked", "--type", "g4dn.xlarge", "--no-wait"});
  EXPECT_EQ(refused.code, exit_invalid);
  EXPECT_NE(refused.err.find("--yes"), std::string::npos) << refused.err;
  EXPECT_EQ(json({"ls", "--all"})["instances"], Json::array());
}

TEST_F(OnTheNullSim, ADryRunOfANameInUseSaysWhatIsThere) {
  ASSERT_EQ(hotaru({"up", "taken", "--type", "g4dn.xlarge", "--yes", "--no-wait"}).code, 0);
  const auto told = hotaru({"up", "taken", "--type", "p3.2xlarge", "--dry-run"});
  EXPECT_TRUE(told.out.starts_with("taken is there already: g4dn.xlarge i-")) << told.out;
  const auto plan = json({"up", "taken", "--dry-run"})["plan"];
  EXPECT_EQ(plan["type"], "g4dn.xlarge");
  EXPECT_TRUE(plan["instance"]["id"].get<std::string>().starts_with("i-"));
  EXPECT_TRUE(plan["image"].is_null());
  EXPECT_EQ(plan["creates"], Json::array());
  EXPECT_EQ(hotaru({"down", "taken", "--yes"}).code, 0);
}

TEST_F(OnTheNullSim, UnknownNamesAreNotFound) {
  for (const char* command : {"show", "stop", "start", "reboot", "ssh"}) {
    EXPECT_EQ(hotaru({command, "nobody"}).code, exit_not_found) << command;
  }
  EXPECT_EQ(hotaru({"down", "nobody", "--yes"}).code, exit_not_found);
}

TEST_F(OnTheNullSim, ItsEnvironmentPointsOtherToolsAtIt) {
  const auto lines = hotaru({"sim", "env"}).out;
  EXPECT_NE(lines.find("export AWS_ENDPOINT_URL='http://127.0.0.1:"), std::string::npos) << lines;
  EXPECT_NE(lines.find("unset AWS_PROFILE\n"), std::string::npos);
  EXPECT_TRUE(json({"sim", "env"})["environment"]["AWS_PROFILE"].is_null());
}

TEST_F(OnTheNullSim, ItIsFoundAgainAndSaysHowItIs) {
  const auto again = json({"sim", "start"})["sim"];
  EXPECT_TRUE(again["found"]);
  const auto status = json({"sim", "status"})["sim"];
  EXPECT_TRUE(status["running"]);
  EXPECT_EQ(status["kind"], "null");
  EXPECT_EQ(status["pid"], again["pid"]);
  EXPECT_EQ(hotaru({"sim", "logs"}).code, 0);
}

}  // namespace
}  // namespace hotaru::cli

int main(int count, char** arguments) {
  if (count > 2 && std::string_view(arguments[1]) == "sim") {
    return hotaru::cli::run({arguments + 1, arguments + count}, {std::cin, std::cout, std::cerr},
                            hotaru::Environment::of_process(environ));
  }
  testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
