#include "sim/scenario/script.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/null_machines.h"
#include "sim/scenario/scripted_machines.h"
#include "sim/test_api.h"

namespace hotaru::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// An endpoint with null machines that follows a scenario, all on one clock of our own.
class Scripted : public TestApi {
 protected:
  Scripted() {
    world_ = *World::open("", script_.clock(), random_);
    world_->follow(script_);
    const TestSigner signer;
    endpoint_.emplace(Endpoint::Config{"000000000000", {{signer.key_id, signer.secret}}}, *world_, &machines_);
    script_.on_event([this](const std::string& line) { events_.push_back(line); });
  }

  void follow(const std::string& yaml) {
    auto scenario = parse_scenario(yaml, "test");
    ASSERT_TRUE(scenario) << scenario.error().message;
    script_.load(*std::move(scenario), clock_.now());
  }

  std::string image() {
    return value(call("DescribeImages", {{"Filter.1.Name", "architecture"}, {"Filter.1.Value.1", "x86_64"}}),
                 "imageId");
  }
  std::string launch(Form more = {}) {
    more.try_emplace("ImageId", image_);
    more.try_emplace("InstanceType", "g4dn.xlarge");
    more.try_emplace("MinCount", "1");
    more.try_emplace("MaxCount", "1");
    return call("RunInstances", more);
  }
  std::string run(const Form& more = {}) { return value(launch(more), "instanceId"); }
  std::string described(const std::string& id) { return call("DescribeInstances", {{"InstanceId.1", id}}); }
  /// "running", "terminated" …
  std::string state(const std::string& id) { return value(value(described(id), "instanceState"), "name"); }
  bool checked(const std::string& id) {
    return count(call("DescribeInstanceStatus", {{"InstanceId.1", id}}), "<status>ok</status>") == 2;
  }

  Script script_{clock_};
  ScriptedMachines machines_{std::make_unique<NullMachines>(clock_), script_};
  std::vector<std::string> events_;
  std::string image_ = image();
};

TEST_F(Scripted, WithoutAScenarioNothingIsLateOrRefused) {
  const TimePoint before = clock_.now();
  const std::string id = run();
  EXPECT_EQ(state(id), "running");
  EXPECT_TRUE(checked(id));
  EXPECT_EQ(clock_.now(), before);
  EXPECT_TRUE(events_.empty());
}

TEST_F(Scripted, LatencyIsOfItsRegionAlone) {
  follow("latency:\n  - {region: eu-west-1, time: 100ms}\n");
  call("DescribeRegions");
  EXPECT_EQ(clock_.slept(), Duration{0});
  TestSigner there;
  there.region = "eu-west-1";
  call("DescribeRegions", {}, there);
  EXPECT_EQ(clock_.slept(), Duration{100});
}

TEST_F(Scripted, APingIsOfTheRegionInItsHostOrPath) {
  follow("latency:\n  - {region: eu-west-1, time: 100ms}\n");
  const auto ping = [&](const std::string& host, const std::string& path) {
    const Duration before = clock_.slept();
    const auto answer = endpoint_->handle({"GET", path, "", {{"Host", host}}, "", "127.0.0.1"});
    EXPECT_EQ(answer.body, "healthy");
    return clock_.slept() - before;
  };
  EXPECT_EQ(ping("ec2.eu-west-1.amazonaws.com", "/ping"), Duration{100});
  EXPECT_EQ(ping("127.0.0.1:1234", "/eu-west-1/ping"), Duration{100});
  EXPECT_EQ(ping("ec2.us-east-1.amazonaws.com", "/ping"), Duration{0});
}

TEST_F(Scripted, AnErrorComesSoOftenAndInItsTimeAndIsLoggedAsScripted) {
  follow("errors:\n  - {action: RunInstances, code: InsufficientInstanceCapacity, times: 2, from: 1m}\n");
  EXPECT_NE(run(), "") << "not yet";
  clock_.advance(minutes(1));
  EXPECT_EQ(code(launch()), "InsufficientInstanceCapacity");
  EXPECT_EQ(code(launch()), "InsufficientInstanceCapacity");
  EXPECT_NE(run(), "") << "not any more";
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0], "scenario, line 2: RunInstances in us-east-1 is refused with InsufficientInstanceCapacity");
}

TEST_F(Scripted, ARateIsAShareAndTheSameForTheSameSeed) {
  const auto refused = [&](int seed) {
    follow("seed: " + std::to_string(seed) +
           "\nerrors:\n  - {action: DescribeRegions, code: Unavailable, rate: 0.3}\n");
    std::string pattern;
    for (int number = 0; number < 200; ++number) pattern += code(call("DescribeRegions")) == "Unavailable" ? 'x' : '.';
    return pattern;
  };
  const std::string first = refused(1);
  EXPECT_GT(std::ranges::count(first, 'x'), 30);
  EXPECT_LT(std::ranges::count(first, 'x'), 90);
  EXPECT_EQ(refused(1), first);
  EXPECT_NE(refused(2), first);
}

TEST_F(Scripted, RulesOnOneLineCountEachForItself) {
  follow("errors: [{action: DescribeRegions, code: A, times: 1}, {action: DescribeRegions, code: B, times: 2}]\n");
  std::string seen;
  for (int number = 0; number < 4; ++number) seen += code(call("DescribeRegions")).substr(0, 1);
  EXPECT_EQ(seen, "ABB<") << "and then the answer";
  follow(
      "throttling: [{action: DescribeRegions, burst: 9, per_second: 1}, {action: Describe*, burst: 1, per_second: "
      "1}]\n");
  EXPECT_EQ(count(call("DescribeRegions"), "<requestId>"), 1u);
  EXPECT_EQ(code(call("DescribeRegions")), "RequestLimitExceeded") << "by the second";
}

TEST_F(Scripted, ALostReplyIsOfACallThatWasDone) {
  follow("lost_replies:\n  - {action: RunInstances, times: 1}\n");
  const TestSigner signer;
  const auto answer = endpoint_->handle(signer.post(
      "Action=RunInstances&Version=2016-11-15&InstanceType=t3.micro&MinCount=1&MaxCount=1&ImageId=" + image_,
      clock_.now()));
  EXPECT_TRUE(http::is_no_answer(answer));
  EXPECT_EQ(count(call("DescribeInstances"), "<instanceId>"), 1u);
}

TEST_F(Scripted, ABucketIsEmptiedAndFillsAgain) {
  follow("throttling:\n  - {action: DescribeRegions, burst: 3, per_second: 1}\n");
  for (int number = 0; number < 3; ++number) EXPECT_EQ(count(call("DescribeRegions"), "<requestId>"), 1u);
  EXPECT_EQ(code(call("DescribeRegions")), "RequestLimitExceeded");
  clock_.advance(seconds(1));
  EXPECT_EQ(count(call("DescribeRegions"), "<requestId>"), 1u);
  EXPECT_EQ(code(call("DescribeRegions")), "RequestLimitExceeded");
  TestSigner there;
  there.region = "eu-west-1";
  EXPECT_EQ(count(call("DescribeRegions", {}, there), "<requestId>"), 1u) << "each region has its own";
}

TEST_F(Scripted, AsEc2DoesLaunchesHaveFiveTokensAndTwoASecond) {
  follow("throttling: ec2\n");
  for (int number = 0; number < 5; ++number) EXPECT_NE(run({{"InstanceType", "t3.micro"}}), "") << number;
  EXPECT_EQ(code(launch()), "RequestLimitExceeded");
  clock_.advance(seconds(1));
  EXPECT_NE(run(), "");
  EXPECT_NE(run(), "");
  EXPECT_EQ(code(launch()), "RequestLimitExceeded");
}

TEST_F(Scripted, AnInstanceThatWasAcceptedDiesWithItsReason) {
  follow("deaths:\n  - {type: \"g4dn.*\", code: Server.InsufficientInstanceCapacity, message: None left., times: 1}\n");
  const std::string id = run();
  EXPECT_EQ(state(id), "terminated");
  const std::string reason = value(described(id), "stateReason");
  EXPECT_EQ(value(reason, "code"), "Server.InsufficientInstanceCapacity");
  EXPECT_EQ(value(reason, "message"), "Server.InsufficientInstanceCapacity: None left.");
  EXPECT_EQ(state(run()), "running") << "only once";
}

TEST_F(Scripted, OneDiesLaterWhileItRuns) {
  follow("deaths:\n  - {after: 1h, code: Server.InternalError}\n");
  const std::string id = run();
  EXPECT_TRUE(checked(id));
  clock_.advance(minutes(59));
  EXPECT_EQ(state(id), "running");
  clock_.advance(minutes(1));
  state(id);
  EXPECT_EQ(state(id), "terminated");
}

TEST_F(Scripted, ABootTakesItsTimeOrNeverEnds) {
  follow("boots:\n  - {type: t3.micro, takes: 30s}\n  - {type: t3.small, never: true}\n");
  const std::string late = run({{"InstanceType", "t3.micro"}});
  const std::string never = run({{"InstanceType", "t3.small"}});
  EXPECT_EQ(state(late), "running");
  EXPECT_FALSE(checked(late));
  clock_.advance(seconds(30));
  EXPECT_TRUE(checked(late));
  clock_.advance(hours(24));
  EXPECT_EQ(state(never), "running");
  EXPECT_FALSE(checked(never));
  call("TerminateInstances", {{"InstanceId.1", never}});
  state(never);
  EXPECT_EQ(state(never), "terminated");
}

TEST_F(Scripted, AGuardInUserDataSaysThatItIsArmedUnlessItsBootIsWithoutIt) {
  follow("boots:\n  - {type: t3.small, unarmed: true}\n  - {type: t3.micro, takes: 30s}\n");
  const std::string guard = base64_encode("#cloud-config\nbootcmd:\n  - [sh, -c, 'mkdir -p /run/hotaru']\n");
  const auto console = [&](const std::string& id) {
    return *base64_decode(value(call("GetConsoleOutput", {{"InstanceId", id}}), "output"));
  };
  const auto launched = [&](const std::string& type, const std::string& data) {
    const std::string id = run({{"InstanceType", type}, {"UserData", data}});
    state(id);
    return id;
  };
  constexpr auto armed = "hotaru guard: armed (simulated";
  EXPECT_NE(console(launched("g4dn.xlarge", guard)).find(armed), std::string::npos);
  EXPECT_EQ(console(launched("g4dn.xlarge", base64_encode("#cloud-config\n"))).find(armed), std::string::npos);
  EXPECT_EQ(console(launched("t3.small", guard)).find(armed), std::string::npos);
  const std::string late = launched("t3.micro", guard);
  EXPECT_EQ(console(late).find(armed), std::string::npos) << "it does not boot yet";
  clock_.advance(seconds(30));
  state(late);
  EXPECT_NE(console(late).find(armed), std::string::npos);
}

TEST_F(Scripted, AStoppedOneThatNeverBootedIsStopped) {
  follow("boots:\n  - {never: true}\n");
  const std::string id = run();
  EXPECT_EQ(state(id), "running");
  call("StopInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(state(id), "stopped");
}

TEST_F(Scripted, AStopThatHangsIsOverWhenItIsForced) {
  follow("stops: [{hangs: true}]");
  for (const char* force : {"Force", "SkipOsShutdown"}) {
    const std::string id = run();
    call("StopInstances", {{"InstanceId.1", id}});
    clock_.advance(hours(3));
    EXPECT_EQ(state(id), "stopping");
    call("StopInstances", {{"InstanceId.1", id}});
    EXPECT_EQ(state(id), "stopping") << "asking again does not help";
    call("StopInstances", {{"InstanceId.1", id}, {force, "true"}});
    EXPECT_EQ(state(id), "stopped") << force;
  }
}

TEST_F(Scripted, AStopThatTakesLongIsOverInItsTime) {
  follow("stops: [{takes: 10m, times: 1}]");
  const std::string id = run();
  call("StopInstances", {{"InstanceId.1", id}});
  clock_.advance(minutes(9));
  EXPECT_EQ(state(id), "stopping");
  clock_.advance(minutes(1));
  EXPECT_EQ(state(id), "stopped");
  call("StartInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(state(id), "running");
  call("StopInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(state(id), "stopped") << "it befell only once";
}

TEST_F(Scripted, ATerminationThatHangsIsOverWhenItIsForced) {
  follow("stops: [{hangs: true}]");
  const std::string id = run();
  call("TerminateInstances", {{"InstanceId.1", id}});
  clock_.advance(hours(3));
  EXPECT_EQ(state(id), "shutting-down");
  call("TerminateInstances", {{"InstanceId.1", id}, {"SkipOsShutdown", "true"}});
  EXPECT_EQ(state(id), "terminated");
  const std::string stopping = run();
  call("StopInstances", {{"InstanceId.1", stopping}});
  EXPECT_EQ(state(stopping), "stopping");
  call("TerminateInstances", {{"InstanceId.1", stopping}, {"Force", "true"}});
  EXPECT_EQ(state(stopping), "terminated");
}

TEST_F(Scripted, CapacityIsOfItsZoneTypeAndTime) {
  follow("capacity:\n  - {type: g4dn.xlarge, instances: 2, until: 1h}\n");
  EXPECT_EQ(count(launch({{"MaxCount", "5"}}), "<instanceId>"), 2u) << "as many as there are";
  EXPECT_EQ(code(launch()), "InsufficientInstanceCapacity");
  EXPECT_NE(run({{"InstanceType", "t3.micro"}}), "");
  clock_.advance(hours(1));
  EXPECT_NE(run(), "");
}

TEST_F(Scripted, AStoppedInstanceFindsNoRoomWhenItsPlaceWasTaken) {
  follow("capacity:\n  - {type: g4dn.xlarge, instances: 1}\n");
  const std::string first = run();
  state(first);
  call("StopInstances", {{"InstanceId.1", first}});
  EXPECT_EQ(state(first), "stopped");
  const std::string second = run();
  EXPECT_EQ(state(second), "running");
  EXPECT_EQ(code(call("StartInstances", {{"InstanceId.1", first}})), "InsufficientInstanceCapacity");
}

TEST_F(Scripted, AQuotaCountsTheVcpusOfItsFamily) {
  follow("quotas:\n  - {family: g, vcpus: 8}\n  - {family: g, market: spot, vcpus: 0}\n");
  EXPECT_NE(run(), "");
  EXPECT_NE(run(), "");
  EXPECT_EQ(code(launch()), "VcpuLimitExceeded") << "a g4dn.xlarge has four";
  EXPECT_NE(run({{"InstanceType", "m5.large"}}), "");
  EXPECT_EQ(code(launch({{"InstanceMarketOptions.MarketType", "spot"}})), "MaxSpotInstanceCountExceeded");
}

TEST_F(Scripted, ReadsSeeALaunchLateButNotForEver) {
  follow("late: {reads: 10s, tags: 0s}\n");
  const std::string id = run();
  ASSERT_NE(id, "");
  EXPECT_EQ(code(described(id)), "InvalidInstanceID.NotFound");
  clock_.advance(seconds(10));
  EXPECT_EQ(state(id), "running");
}

TEST_F(Scripted, TagsComeLateToo) {
  follow("late: {tags: 10s}\n");
  const std::string id = run({{"TagSpecification.1.ResourceType", "instance"},
                              {"TagSpecification.1.Tag.1.Key", "k"},
                              {"TagSpecification.1.Tag.1.Value", "v"}});
  EXPECT_EQ(count(described(id), "<key>k</key>"), 0u);
  clock_.advance(seconds(10));
  EXPECT_EQ(count(described(id), "<key>k</key>"), 1u);
}

TEST_F(Scripted, ATerminationIsReadLateAndDone) {
  const std::string id = run();
  EXPECT_EQ(state(id), "running");
  follow("late: {reads: 10s}\n");
  call("TerminateInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(state(id), "running");
  clock_.advance(seconds(10));
  state(id);
  clock_.advance(seconds(10));
  EXPECT_EQ(state(id), "terminated");
}

TEST_F(Scripted, TheClockRunsFasterAndJumps) {
  const TimePoint start = clock_.now();
  follow("clock:\n  speed: 60\n  jumps:\n    - {at: 2h, by: -30m}\n");
  EXPECT_EQ(script_.clock().now(), start);
  clock_.advance(minutes(1));
  EXPECT_EQ(script_.clock().now(), start + hours(1));
  clock_.advance(minutes(1));
  EXPECT_EQ(script_.clock().now(), start + hours(2) - minutes(30));
  EXPECT_EQ(script_.signature_time(), start + minutes(2) - minutes(30)) << "speed is nobody's wrong clock";
  script_.clear();
  EXPECT_EQ(script_.clock().now(), clock_.now());
}

TEST_F(Scripted, AnAcceleratedHourForgetsWhatWasTerminated) {
  follow("clock: {speed: 60}\n");
  const std::string id = run();
  call("TerminateInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(state(id), "terminated");
  clock_.advance(minutes(1));
  EXPECT_EQ(code(described(id)), "InvalidInstanceID.NotFound");
}

}  // namespace
}  // namespace hotaru::sim
