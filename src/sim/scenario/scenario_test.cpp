#include "sim/scenario/scenario.h"

#include <gtest/gtest.h>

namespace hotaru::sim {
namespace {

constexpr const char* every_rule = R"(
seed: 42
clock:
  speed: 60
  jumps:
    - {at: 10m, by: -1h}
late: {reads: 5s}
throttling:
  - {action: "Describe*", burst: 10, per_second: 2.5}
  - {action: RunInstances, burst: 100, per_second: 2, by_instance: true}
latency:
  - {region: ap-northeast-1, time: 100ms, jitter: 20ms}
errors:
  - {action: RunInstances, code: InsufficientInstanceCapacity, rate: 0.5, times: 3, from: 1m, until: 2m}
  - {action: "*", code: MadeUp, status: 418, message: "As asked."}
lost_replies:
  - {action: RunInstances, times: 1}
deaths:
  - {type: "g4dn.*", zone: us-east-1a, code: Server.SpotInstanceTermination, after: 5s}
boots:
  - {type: "g5.*", takes: 1.5s}
  - {never: true, rate: 0.1}
capacity:
  - {type: g4dn.xlarge, zone: us-east-1a, instances: 0, market: spot, until: 1h}
quotas:
  - {family: g, vcpus: 4}
)";

std::string complaint(const std::string& yaml) {
  const auto scenario = parse_scenario(yaml, "s.yaml");
  return scenario ? "none" : scenario.error().message;
}

TEST(ScenarioFormat, EveryRuleIsRead) {
  const auto scenario = parse_scenario(every_rule, "s.yaml");
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->seed, 42u);
  EXPECT_EQ(scenario->clock.speed, 60);
  EXPECT_EQ(scenario->clock.jumps.at(0).by, std::chrono::hours(-1));
  EXPECT_EQ(scenario->late.reads, Duration{5'000});
  EXPECT_EQ(scenario->late.tags, Duration{5'000}) << "as late as everything else";
  EXPECT_EQ(scenario->throttling.at(0).per_second, 2.5);
  EXPECT_TRUE(scenario->throttling.at(1).by_instance);
  EXPECT_EQ(scenario->latency.at(0).time, Duration{100});
  EXPECT_EQ(scenario->latency.at(0).when.region, "ap-northeast-1");
  EXPECT_EQ(scenario->errors.at(0).status, 500) << "as EC2 answers with this code";
  EXPECT_EQ(scenario->errors.at(0).when.times, 3);
  EXPECT_EQ(scenario->errors.at(0).when.until, std::chrono::minutes(2));
  EXPECT_EQ(scenario->errors.at(0).when.line, 14);
  EXPECT_EQ(scenario->errors.at(1).status, 418);
  EXPECT_EQ(scenario->lost_replies.at(0).action, "RunInstances");
  EXPECT_EQ(scenario->deaths.at(0).after, Duration{5'000});
  EXPECT_EQ(scenario->deaths.at(0).message, "Spot instance termination") << "what EC2 says with this code";
  EXPECT_EQ(scenario->boots.at(0).takes, Duration{1'500});
  EXPECT_FALSE(scenario->boots.at(1).takes);
  EXPECT_EQ(scenario->capacity.at(0).instances, 0);
  EXPECT_EQ(scenario->quotas.at(0).vcpus, 4);
}

TEST(ScenarioFormat, NothingIsAScenarioWithoutRules) {
  EXPECT_EQ(complaint(""), "none");
  EXPECT_EQ(complaint("# only a comment\n"), "none");
  EXPECT_TRUE(parse_scenario("throttling: ec2", "s.yaml")->throttled_as_ec2);
}

TEST(ScenarioFormat, WhatIsWrongIsSaidWithItsLine) {
  EXPECT_EQ(complaint("seed: 1\nlatancy: []\n").substr(0, 43), "s.yaml, line 2: a scenario has no 'latancy'");
  EXPECT_EQ(complaint("errors:\n  - {action: RunInstances}\n"), "s.yaml, line 2: errors needs 'code'.");
  EXPECT_EQ(complaint("errors:\n  - code: X\n    rate: 1.5\n"),
            "s.yaml, line 3: 'rate' of errors is '1.5', and must be a number from 0 to 1.");
  EXPECT_EQ(complaint("\nlatency:\n  - {time: fast}\n"),
            "s.yaml, line 3: 'time' of latency is 'fast', and must be a time such as 250ms, 30s, 10m, 2h or 1d.");
  EXPECT_EQ(complaint("late: 5s\n"), "s.yaml, line 1: late must have 'key: value' pairs.");
  EXPECT_EQ(complaint("boots:\n  - {type: g5.xlarge}\n"),
            "s.yaml, line 2: boots needs 'takes: 30s', 'unarmed: true' or both, or 'never: true'.");
  EXPECT_EQ(complaint("boots:\n  - {never: true, unarmed: true}\n").substr(0, 14), "s.yaml, line 2");
  EXPECT_EQ(complaint("boots:\n  - {takes: 5s, unarmed: true}\n"), "none");
  EXPECT_EQ(complaint("stops:\n  - {type: g5.xlarge}\n"),
            "s.yaml, line 2: stops needs either 'takes: 10m' or 'hangs: true'.");
  EXPECT_EQ(complaint("checks:\n  - {type: g5.xlarge}\n"), "s.yaml, line 2: checks needs 'failing: true'.");
  EXPECT_EQ(complaint("quotas: {family: g}\n"), "s.yaml, line 1: quotas must be a list ('- …' under it).");
  EXPECT_EQ(complaint("throttling: always\n"),
            "s.yaml, line 1: 'throttling' of a scenario is 'always', and must be one of: ec2.");
  EXPECT_EQ(complaint("seed: 1\n  bad: [\n").substr(0, 14), "s.yaml, line 2");
  EXPECT_EQ(complaint("just words"), "s.yaml, line 1: a scenario must have 'key: value' pairs.");
  EXPECT_NE(complaint("capacity:\n  - {instances: -1}\n"), "none");
  EXPECT_NE(complaint("clock: {speed: .nan}\n"), "none");
}

TEST(ScenarioFormat, DurationsHaveUnits) {
  EXPECT_EQ(parse_duration("250ms"), Duration{250});
  EXPECT_EQ(parse_duration("1.5h"), std::chrono::minutes(90));
  EXPECT_EQ(parse_duration("-1d"), std::chrono::hours(-24));
  for (const char* wrong : {"", "5", "s", "5 s", "5s ", "1e300h", "nans", "infd"})
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
}

TEST(ScenarioFormat, AnAccountHasQuotasPricesAndRegions) {
  const auto scenario = parse_scenario(R"(
account: new
quotas: [{family: p5, market: spot, vcpus: 192}]
quota_requests:
  - {family: g, region: "us-*", market: on-demand, decides: approved, after: 10m}
prices:
  - {type: "g5.*", region: us-east-1, on_demand: 1.5}
  - {type: g5.xlarge, zone: us-east-1a, spot: 0.25}
regions: {enabled: [af-south-1, "me-*"], disabled: us-west-1}
)",
                                       "s.yaml");
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_TRUE(scenario->new_account);
  EXPECT_EQ(scenario->quotas[0].family, "p5");
  EXPECT_EQ(scenario->quota_requests[0].status, "APPROVED");
  EXPECT_EQ(scenario->quota_requests[0].after, std::chrono::minutes(10));
  EXPECT_EQ(scenario->prices[0].on_demand, 1.5);
  EXPECT_FALSE(scenario->prices[0].spot);
  EXPECT_EQ(scenario->prices[1].spot, 0.25);
  EXPECT_EQ(scenario->regions.enabled, (std::vector<std::string>{"af-south-1", "me-*"}));
  EXPECT_EQ(scenario->regions.disabled, (std::vector<std::string>{"us-west-1"}));
}

TEST(ScenarioFormat, OfAnAccountWhatContradictsItselfIsSaid) {
  EXPECT_NE(complaint("quotas: [{family: p5, vcpus: 1}]\n").find("only for spot"), std::string::npos);
  EXPECT_NE(complaint("prices: [{type: g5.xlarge}]\n").find("'on_demand' or 'spot'"), std::string::npos);
  EXPECT_NE(complaint("prices: [{zone: a, on_demand: 1}]\n").find("zone"), std::string::npos);
  EXPECT_NE(complaint("quota_requests: [{family: g}]\n"), "none");
  EXPECT_NE(complaint("account: old\n"), "none");
  EXPECT_NE(complaint("regions: [a]\n"), "none");
}

}  // namespace
}  // namespace hotaru::sim
