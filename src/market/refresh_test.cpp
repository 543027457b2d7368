#include "market/refresh.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "catalog/stored.h"
#include "http/message.h"

namespace hotaru::market {
namespace {

/// AWS with two regions; tells what it was asked as "region action".
class TwoRegions final : public http::Transport {
 public:
  std::set<std::string> broken;       ///< "us-east-1 DescribeSpotPriceHistory"
  std::set<std::string> interrupted;  ///< the same
  std::multiset<std::string> asked;
  std::vector<std::string> bodies;

  Result<http::Response> send(const http::Request& request) override {
    const std::lock_guard lock(mutex_);
    const std::string what = what_of(request);
    asked.insert(what);
    bodies.push_back(request.body);
    if (interrupted.contains(what)) return fail(ErrorClass::interrupted, "Interrupted.");
    if (broken.contains(what)) {
      return http::Response{403,
                            {},
                            "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>No.</Message>"
                            "</Error></Errors></Response>"};
    }
    return http::Response{200, {}, answer(what, request.body)};
  }
  long count(const std::string& what) const { return static_cast<long>(asked.count(what)); }

 private:
  static std::string what_of(const http::Request& request) {
    const std::string target = http::header(request.headers, "X-Amz-Target");
    if (!target.empty()) {
      const auto filters = nlohmann::json::parse(request.body)["Filters"];
      return filters.back()["Value"].get<std::string>() + " GetProducts";
    }
    const std::string host = request.url.substr(12, request.url.find('.', 12) - 12);
    return host + " " + request.body.substr(7, request.body.find('&') - 7);
  }
  static std::string xml(const std::string& action, const std::string& inside) {
    return "<" + action + "Response>" + inside + "</" + action + "Response>";
  }
  static std::string type(const std::string& name) {
    return "<item><instanceType>" + name + "</instanceType><vCpuInfo><defaultVCpus>4</defaultVCpus></vCpuInfo></item>";
  }
  static std::string offered(const std::string& name, const std::string& zone) {
    return "<item><instanceType>" + name + "</instanceType><location>" + zone + "</location></item>";
  }
  static std::string answer(const std::string& what, const std::string& body) {
    const bool virginia = what.starts_with("us-east-1");
    const std::string region = virginia ? "us-east-1" : "ap-northeast-1";
    const std::string zone = virginia ? "use1-az" : "apne1-az";
    const std::string action = what.substr(what.find(' ') + 1);
    if (action == "DescribeRegions") {
      return xml(action,
                 "<regionInfo><item><regionName>us-east-1</regionName></item><item><regionName>ap-northeast-1"
                 "</regionName></item></regionInfo>");
    }
    if (action == "DescribeInstanceTypes") {
      const bool named = body.find("InstanceType.1=") != std::string::npos;
      const std::string types = named ? type("tokyo.only") : type("z.last") + type("g4dn.xlarge");
      return xml(action, "<instanceTypeSet>" + types + "</instanceTypeSet>");
    }
    if (action == "DescribeInstanceTypeOfferings") {
      return xml(action, "<instanceTypeOfferingSet>" + offered("g4dn.xlarge", zone + "2") +
                             offered("g4dn.xlarge", zone + "1") +
                             offered(virginia ? "z.last" : "tokyo.only", zone + "1") + "</instanceTypeOfferingSet>");
    }
    if (action == "DescribeAvailabilityZones") {
      return xml(action, "<availabilityZoneInfo><item><zoneName>" + region + "a</zoneName><zoneId>" + zone +
                             "1</zoneId></item></availabilityZoneInfo>");
    }
    if (action == "DescribeSpotPriceHistory") {
      const auto point = [&](const std::string& usd, const std::string& time) {
        return "<item><instanceType>g4dn.xlarge</instanceType><spotPrice>" + usd + "</spotPrice><timestamp>2023-11-1" +
               time + "T00:00:00Z</timestamp><availabilityZone>" + region + "a</availabilityZone></item>";
      };
      return xml(action, "<spotPriceHistorySet>" + point("0.2", "4") + point("0.3", "3") + "</spotPriceHistorySet>");
    }
    if (body.find("volumeApiName") != std::string::npos || body.find("Snapshot") != std::string::npos) {
      const bool volume = body.find("gp3") != std::string::npos;
      return nlohmann::json{
          {"PriceList",
           {fmt::format(
               R"({{"product":{{"attributes":{{"usagetype":"{}EBS:{}","regionCode":"{}"}}}},"publicationDate":"2023-11-09T0",)"
               R"("terms":{{"OnDemand":{{"a":{{"priceDimensions":{{"b":{{"unit":"GB-Mo","pricePerUnit":{{"USD":"0.09"}}}}}}}}}}}}}})",
               virginia ? "" : "APN1-", volume ? "VolumeUsage.gp3" : "SnapshotUsage", region)}}}
          .dump();
    }
    const std::string product = fmt::format(
        R"({{"product":{{"attributes":{{"instanceType":"g4dn.xlarge","regionCode":"{}"}}}},"publicationDate":"2023-11-10T0",)"
        R"("terms":{{"OnDemand":{{"a":{{"priceDimensions":{{"b":{{"unit":"Hrs","pricePerUnit":{{"USD":"0.526"}}}}}}}}}}}}}})",
        region);
    return nlohmann::json{{"PriceList", {product}}}.dump();
  }
  std::mutex mutex_;
};

class RefreshTest : public testing::Test {
 protected:
  Result<Refreshed> refresh(bool fresh = false, std::vector<std::string> regions = {}) {
    return market::refresh({client, clock, folder.path(), [](const std::string&) {}},
                           {.regions = std::move(regions), .home = "us-east-1", .fresh = fresh});
  }
  catalog::Catalog read() {
    return catalog::with_stored(catalog::built_in(), folder.path(), [](const std::string& note) { FAIL() << note; });
  }
  static RefreshedPart part(const Refreshed& refreshed, const std::string& name) {
    const auto found = std::ranges::find(refreshed.parts, name, &RefreshedPart::name);
    return found != refreshed.parts.end() ? *found : RefreshedPart{};
  }

  TemporaryFolder folder;
  TwoRegions aws;
  FakeClock clock;  // 2023-11-14
  SeededRandom random{1};
  aws::Client client{
      {}, {aws, clock, random, [] { return Result<aws::Credentials>(aws::Credentials{"AK", "s", "", {}, ""}); }}};
};

TEST_F(RefreshTest, BringsAllPartsOfAllEnabledRegions) {
  const auto refreshed = refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message;
  EXPECT_EQ(refreshed->regions, (std::vector<std::string>{"ap-northeast-1", "us-east-1"}));
  const catalog::Catalog catalog = read();
  EXPECT_NE(catalog.find_type("z.last"), nullptr);
  EXPECT_NE(catalog.find_type("tokyo.only"), nullptr) << "what home does not have is asked for where it is";
  EXPECT_EQ(catalog.zones_offering("us-east-1", "g4dn.xlarge"), "use1-az1+use1-az2");
  EXPECT_EQ(catalog.on_demand_price("ap-northeast-1", "g4dn.xlarge")->usd_per_hour, 0.526);
  EXPECT_EQ(catalog.on_demand_price("ap-northeast-1", "g4dn.xlarge")->as_of, "2023-11-10");
  const auto spot = catalog.spot_price("us-east-1", "g4dn.xlarge", "use1-az1");
  EXPECT_EQ(spot->usd_per_hour, 0.2) << "the latest one";
  EXPECT_EQ(spot->as_of, "2023-11-14");
  EXPECT_EQ(part(*refreshed, "types").rows, 3);
  EXPECT_EQ(part(*refreshed, "offerings").asked, 2);
  EXPECT_EQ(part(*refreshed, "storage").asked, 2);
  for (const char* region : {"us-east-1", "ap-northeast-1"}) {
    const catalog::StoragePrice* disk = catalog.storage_price(region, "gp3");
    ASSERT_NE(disk, nullptr);
    EXPECT_EQ(disk->usd_per_month, 0.09);
    EXPECT_EQ(disk->as_of, "2023-11-09");
    EXPECT_NE(catalog.storage_price(region, "snapshot"), nullptr);
    EXPECT_EQ(catalog.storage_price(region, "iops"), nullptr) << "what the list no longer has is not known";
  }
  EXPECT_EQ(catalog.parts().at(3).source, "DescribeSpotPriceHistory, 2 regions");
}

TEST_F(RefreshTest, AsksWithinADayForNothingAgainUnlessItIsToBeFresh) {
  ASSERT_TRUE(refresh());
  const std::size_t calls = aws.asked.size();
  const auto again = refresh();
  EXPECT_EQ(aws.asked.size(), calls + 1) << "which regions there are";
  EXPECT_EQ(part(*again, "spot").kept, 2);
  EXPECT_EQ(part(*again, "types").kept, 1);
  ASSERT_TRUE(refresh(true));
  EXPECT_EQ(aws.count("us-east-1 GetProducts"), 6);
  clock.advance(refresh_age);
  ASSERT_TRUE(refresh());
  EXPECT_EQ(aws.count("us-east-1 GetProducts"), 9);
}

TEST_F(RefreshTest, AsksOnlyTheRegionsThatAreNamedAndKeepsTheOthers) {
  ASSERT_TRUE(refresh());
  ASSERT_TRUE(refresh(true, {"us-east-1"}));
  EXPECT_EQ(aws.count("ap-northeast-1 GetProducts"), 3);
  EXPECT_EQ(aws.count("us-east-1 GetProducts"), 6);
  EXPECT_EQ(read().parts().at(3).source, "DescribeSpotPriceHistory, 2 regions");
}

TEST_F(RefreshTest, KeepsOfAPartThatFailsWhatItHad) {
  ASSERT_TRUE(refresh());
  aws.broken = {"us-east-1 GetProducts", "us-east-1 DescribeSpotPriceHistory"};
  const auto refreshed = refresh(true);
  ASSERT_TRUE(refreshed) << refreshed.error().message;
  EXPECT_EQ(part(*refreshed, "prices").failed, 1);
  EXPECT_EQ(part(*refreshed, "prices").asked, 1);
  EXPECT_EQ(part(*refreshed, "prices").error->kind, ErrorClass::unauthorized);
  EXPECT_EQ(part(*refreshed, "prices").rows, 2);
  EXPECT_EQ(read().on_demand_price("us-east-1", "g4dn.xlarge")->as_of, "2023-11-10");
}

TEST_F(RefreshTest, FailsOnlyWhereNothingCanBeHad) {
  aws.broken = {"us-east-1 DescribeRegions"};
  EXPECT_EQ(refresh().error().kind, ErrorClass::unauthorized);
  for (const char* action :
       {"DescribeInstanceTypes", "DescribeInstanceTypeOfferings", "DescribeSpotPriceHistory", "GetProducts"}) {
    aws.broken.insert(std::string("us-east-1 ") + action);
  }
  EXPECT_EQ(refresh(false, {"us-east-1"}).error().kind, ErrorClass::unauthorized);
}

TEST_F(RefreshTest, GoesOnWhereItWasInterrupted) {
  aws.interrupted = {"us-east-1 DescribeInstanceTypes"};
  EXPECT_EQ(refresh().error().kind, ErrorClass::interrupted);
  EXPECT_EQ(read().zones_offering("us-east-1", "g4dn.xlarge"), "use1-az1+use1-az2") << "what was read is kept";
  aws.interrupted.clear();
  ASSERT_TRUE(refresh());
  EXPECT_EQ(aws.count("us-east-1 DescribeInstanceTypeOfferings"), 1);
  EXPECT_NE(read().find_type("z.last"), nullptr);
}

TEST_F(RefreshTest, WritesADamagedPartAnew) {
  ASSERT_TRUE(refresh());
  ASSERT_TRUE(write_file(folder.path() / "prices.txt", "garbage"));
  const auto refreshed = refresh();
  EXPECT_EQ(part(*refreshed, "prices").asked, 2);
  EXPECT_EQ(part(*refreshed, "offerings").kept, 2);
  EXPECT_EQ(read().on_demand_price("us-east-1", "g4dn.xlarge")->usd_per_hour, 0.526);
}

TEST_F(RefreshTest, LetsNobodyElseInMeanwhile) {
  auto lock = FileLock::acquire(folder.path() / "refresh.lock", clock, Duration{0});
  ASSERT_TRUE(lock && *lock);
  EXPECT_EQ(refresh().error().kind, ErrorClass::conflict);
}

}  // namespace
}  // namespace hotaru::market
