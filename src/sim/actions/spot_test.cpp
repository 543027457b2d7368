#include <set>

#include "sim/prices.h"
#include "sim/scenario/script.h"
#include "sim/test_instances.h"

namespace hotaru::sim {
namespace {

class Spot : public TestInstances {
 protected:
  Spot() : script_(clock_) {
    clock_.advance(std::chrono::hours(24 * 400));
    world_->follow(script_);
  }
  void load(const std::string& yaml) { script_.load(*parse_scenario(yaml, "s"), clock_.now()); }
  std::string history(Form more = {}) {
    more.try_emplace("InstanceType.1", "g5.xlarge");
    return call("DescribeSpotPriceHistory", more);
  }
  std::string now() const { return iso8601(clock_.now()); }
  std::string scores(Form more = {}) {
    more.try_emplace("TargetCapacity", "1");
    more.try_emplace("RegionName.1", "us-east-1");
    for (const char* type : {"g4dn.xlarge", "g5.xlarge", "g6.xlarge"})
      more.try_emplace("InstanceType." + std::to_string(more.size()), type);
    return call("GetSpotPlacementScores", more);
  }

  Script script_;
};

TEST_F(Spot, PricesAreBelowOnDemandAndTheSameForAll) {
  const std::string first = history();
  EXPECT_EQ(first, history());
  EXPECT_GT(count(first, "<item>"), 90u) << "some changes a day for 90 days";
  const double price = parse_number(value(first, "spotPrice")).value_or(9);
  EXPECT_LT(price, *on_demand_price(*world_, "us-east-1", "g5.xlarge"));
  EXPECT_GT(price, 0);
  EXPECT_EQ(value(first, "productDescription"), "Linux/UNIX");
  const std::string zone = value(first, "availabilityZone");
  EXPECT_EQ(
      spot_price(*world_, "us-east-1", {zone, value(first, "availabilityZoneId")}, *catalog::find_type("g5.xlarge")),
      price);
}

TEST_F(Spot, PricesOfNowAreOneForEachZoneThatOffersTheType) {
  const std::string latest = history({{"StartTime", now()}});
  EXPECT_EQ(count(latest, "<item>"), catalog_zones("g5.xlarge").size());
  const std::string zone = value(latest, "availabilityZone");
  EXPECT_EQ(count(history({{"StartTime", now()}, {"AvailabilityZone", zone}}), "<item>"), 1u);
  EXPECT_EQ(count(history({{"StartTime", now()}, {"Filter.1.Name", "availability-zone"}, {"Filter.1.Value.1", zone}}),
                  "<item>"),
            1u);
  EXPECT_EQ(count(history({{"ProductDescription.1", "Windows"}}), "<item>"), 0u);
  EXPECT_GT(count(history({{"ProductDescription.1", "Linux/UNIX (Amazon VPC)"}}), "<item>"), 0u);
}

TEST_F(Spot, PricesComeInPagesEachOnce) {
  std::set<std::string> seen;
  std::string token;
  std::size_t rows = 0;
  do {
    Form form{{"MaxResults", "100"}};
    if (!token.empty()) form["NextToken"] = token;
    const std::string page = history(form);
    rows += count(page, "<item>");
    EXPECT_TRUE(seen.insert(page).second);
    token = value(page, "nextToken");
  } while (!token.empty());
  EXPECT_GT(rows, 1000u);
  EXPECT_EQ(count(history(), "<item>"), 1000u) << "no page is larger";
  EXPECT_EQ(count(call("DescribeSpotPriceHistory"), "<item>"), 1000u) << "of all types";
}

TEST_F(Spot, PricesAreThoseOfTheScenario) {
  load("prices: [{type: g5.xlarge, zone: us-east-1a, spot: 0.0123}, {type: g5.xlarge, on_demand: 0.5}]");
  EXPECT_EQ(value(history({{"AvailabilityZone", "us-east-1a"}}), "spotPrice"), "0.012300");
  for (const Zone& zone : zones_of("us-east-1")) {
    const auto price = spot_price(*world_, "us-east-1", zone, *catalog::find_type("g5.xlarge"));
    EXPECT_LE(price.value_or(0), 0.5);
  }
}

TEST_F(Spot, PricesAreRefusedWhereTheQuestionIsWrong) {
  EXPECT_EQ(code(history({{"AvailabilityZone", "us-east-1z"}})), "InvalidParameterValue");
  EXPECT_EQ(code(history({{"InstanceType.1", "g99.huge"}})), "InvalidParameterValue");
  EXPECT_EQ(code(history({{"StartTime", "yesterday"}})), "InvalidParameterValue");
  EXPECT_EQ(code(history({{"StartTime", now()}, {"EndTime", "2020-01-01T00:00:00Z"}})), "InvalidParameterValue");
  EXPECT_EQ(code(history({{"Colour", "red"}})), "UnknownParameter");
}

TEST_F(Spot, ScoresFollowCapacityAndAreLowForFewTypes) {
  const int free = static_cast<int>(parse_integer(value(scores(), "score")).value_or(0));
  EXPECT_GE(free, 3);
  EXPECT_LE(free, 10);
  EXPECT_LE(
      value(call("GetSpotPlacementScores", {{"InstanceType.1", "g4dn.xlarge"}, {"TargetCapacity", "1"}}), "score"),
      "3");
  EXPECT_EQ(count(scores({{"SingleAvailabilityZone", "true"}}), "<availabilityZoneId>"), zones_of("us-east-1").size());
  load("capacity: [{type: \"g*\", market: spot, instances: 0}]");
  EXPECT_EQ(value(scores(), "score"), "1");
  load("capacity: [{type: \"g*\", instances: 2}]");
  EXPECT_EQ(value(scores(), "score"), std::to_string(free));
  EXPECT_EQ(value(scores({{"TargetCapacity", "500"}}), "score"), "1");
}

TEST_F(Spot, ScoresAreRefusedWhereTheQuestionIsWrong) {
  EXPECT_EQ(code(call("GetSpotPlacementScores", {{"TargetCapacity", "1"}})), "MissingParameter");
  EXPECT_EQ(code(scores({{"TargetCapacity", "0"}})), "InvalidParameterValue");
  EXPECT_EQ(code(scores({{"RegionName.1", "us-moon-1"}})), "InvalidParameterValue");
  EXPECT_EQ(code(scores({{"MaxResults", "9"}})), "InvalidParameterValue");
}

}  // namespace
}  // namespace hotaru::sim
