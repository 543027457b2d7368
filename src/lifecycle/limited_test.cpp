#include <gtest/gtest.h>

#include "base/text.h"
#include "lifecycle/lab_test.h"
#include "lifecycle/names.h"

/// Instances with limits, from the launch to the end.
namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

constexpr Duration hour{3600 * 1000};

Request limited(const std::string& name, Duration time = 8 * hour) {
  Request request = lab::request(name);
  request.limits.time = time;
  request.limits.idle = hour;
  return request;
}

/// As EC2 tells it.
std::string tag_of(Process& process, const std::string& key) {
  auto found = process.context.ec2("us-east-1").describe_instances({.instance_ids = {}, .filters = {}});
  return found && !found->empty() ? aws::tag_value(found->front().tags, key) : "";
}

std::string user_data_of(const sim::Instance& instance) {
  return base64_decode(std::string(instance.user_data.view())).value_or("");
}

sim::Instance only(Cloud& cloud) {
  auto all = cloud.instances();
  EXPECT_EQ(all.size(), 1U);
  return all.front();
}

TEST(Limited, IsTheInstanceThatIsLaunchedWithLimits) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, limited("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_TRUE(launched->guard);
  const sim::Instance instance = only(cloud);
  EXPECT_NE(user_data_of(instance).find("/run/hotaru"), std::string::npos);
  EXPECT_EQ(tag_of(process, tag::expires), iso8601(*launched->facts.limits.until, false));
  EXPECT_EQ(tag_of(process, tag::limits), "idle=1h disk=64 then=stop");
}

TEST(Limited, AnInstanceWithoutLimitsHasNoGuard) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  EXPECT_EQ(user_data_of(only(cloud)).find("bootcmd"), std::string::npos);
  EXPECT_EQ(cloud.wire.count("PutMetricAlarm"), 0);
  EXPECT_TRUE(cloud.door.commands.empty());
}

TEST(Limited, AGuardThatDoesNotArmEndsTheInstance) {
  Cloud cloud;
  cloud.door.guard = [](const std::string&) -> Result<std::string> { return fail(ErrorClass::io, "no such file"); };
  Process process(cloud);
  auto launched = lab::up(process, limited("ember"));
  ASSERT_FALSE(launched);
  EXPECT_NE(launched.error().message.find("guard"), std::string::npos) << launched.error().message;
  EXPECT_EQ(only(cloud).state, "terminated");
  EXPECT_TRUE(cloud.group_names().empty());
}

TEST(Limited, AGuardThatArmsLateIsWaitedFor) {
  Cloud cloud;
  int asked = 0;
  cloud.door.guard = [&](const std::string&) -> Result<std::string> {
    if (++asked < 4) return fail(ErrorClass::io, "no such file");
    return std::string(lab::Door::armed);
  };
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, limited("ember")));
  EXPECT_EQ(asked, 4);
}

TEST(Limited, OneThatLetsNobodyInIsKeptIfItsConsoleSaysThatItIsGuarded) {
  for (const bool armed : {true, false}) {
    Cloud cloud;
    if (!armed)
      cloud.script.load(*sim::parse_scenario("boots:\n  - {type: \"*\", unarmed: true}\n", "s.yaml"),
                        cloud.clock.now());
    cloud.door.open = [](const ssh::Target&, const std::function<Result<void>()>&) -> Result<void> {
      return fail(ErrorClass::unavailable, "Port 22 is silent.");
    };
    Process process(cloud);
    auto launched = lab::up(process, limited("ember"));
    ASSERT_FALSE(launched);
    EXPECT_EQ(only(cloud).state, armed ? "running" : "terminated") << launched.error().message;
  }
}

TEST(Limited, AStartPastTheTimeLimitNeedsAnother) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, limited("ember")));
  ASSERT_TRUE(stop(process.context, {"ember", ""}));
  cloud.clock.advance(9 * hour);
  auto refused = start(process.context, {"ember", ""});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, limit_passed);
  EXPECT_EQ(only(cloud).state, "stopped");
  StartRequest request;
  request.limits.time = 2 * hour;
  const std::string before = user_data_of(only(cloud));
  auto started = start(process.context, {"ember", ""}, request);
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(started->facts.limits.until, std::chrono::floor<std::chrono::seconds>(cloud.clock.now()) + 2 * hour);
  EXPECT_NE(user_data_of(only(cloud)), before);
  EXPECT_EQ(started->facts.limits.idle, hour) << "the others stay";
}

TEST(Limited, AStartWithinTheLimitChangesNothing) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, limited("ember")));
  ASSERT_TRUE(stop(process.context, {"ember", ""}));
  cloud.wire.forget();
  ASSERT_TRUE(start(process.context, {"ember", ""}));
  EXPECT_EQ(cloud.wire.count("ModifyInstanceAttribute"), 0);
}

TEST(Limited, AStartWhoseGuardDoesNotArmIsStoppedAgain) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, limited("ember")));
  ASSERT_TRUE(stop(process.context, {"ember", ""}));
  cloud.door.guard = [](const std::string&) -> Result<std::string> { return std::string("garbage"); };
  auto started = start(process.context, {"ember", ""});
  ASSERT_FALSE(started);
  cloud.clock.advance(Duration{60'000});
  Process later(cloud);
  EXPECT_EQ(show(later.context, {"ember", ""})->state, "stopped");
}

TEST(Limited, ExtendingWritesTheTagBeforeTheGuardIsTold) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, limited("ember"));
  ASSERT_TRUE(launched);
  cloud.door.guard = [](const std::string&) -> Result<std::string> { return fail(ErrorClass::unavailable, "silence"); };
  auto extended = extend(process.context, {"ember", ""}, 2 * hour);
  ASSERT_FALSE(extended);
  EXPECT_NE(extended.error().message.find("could not be told"), std::string::npos);
  EXPECT_EQ(show(process.context, {"ember", ""})->limits.until, *launched->facts.limits.until + 2 * hour);
  cloud.door.guard = [](const std::string&) { return Result<std::string>(lab::Door::armed); };
  extended = extend(process.context, {"ember", ""}, hour);
  ASSERT_TRUE(extended) << extended.error().message;
  EXPECT_EQ(extended->facts.limits.until, *launched->facts.limits.until + 3 * hour);
  EXPECT_NE(cloud.door.commands.back().find("until"), std::string::npos);
}

TEST(Limited, WhatIsPastItsLimitIsEndedByAnyMachineThatListsIt) {
  for (const auto& [then, state] : {std::pair{guard::End::stop, "stopped"}, {guard::End::terminate, "terminated"}}) {
    Cloud cloud;
    Process process(cloud);
    Request request = limited("ember");
    request.limits.then = then;
    ASSERT_TRUE(lab::up(process, request));
    Process other(cloud, "elsewhere");
    cloud.clock.advance(8 * hour);
    EXPECT_TRUE(list(other.context, {})->settled.empty()) << "its guard has a few minutes";
    cloud.clock.advance(Duration{4 * 60'000});
    auto listing = list(other.context, {});
    ASSERT_TRUE(listing);
    ASSERT_EQ(listing->settled.size(), 1U);
    EXPECT_NE(listing->settled[0].text.find("past its time limit"), std::string::npos) << listing->settled[0].text;
    cloud.clock.advance(Duration{60'000});
    (void)list(other.context, {});
    EXPECT_EQ(only(cloud).state, state);
  }
}

TEST(Limited, CloudWatchStopsWhatItsGuardDoesNot) {
  Cloud cloud;  // where nothing plays the guard's part
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, limited("ember", 2 * hour)));
  cloud.clock.advance(2 * hour);
  EXPECT_EQ(show(process.context, {"ember", ""})->state, "running");
  cloud.clock.advance(2 * hour + Duration{10 * 60'000});
  EXPECT_EQ(show(process.context, {"ember", ""})->state, "stopped");
}

TEST(Limited, AnExtensionMovesTheAlarm) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, limited("ember", 2 * hour)));
  ASSERT_TRUE(extend(process.context, {"ember", ""}, 6 * hour));
  cloud.clock.advance(8 * hour);
  EXPECT_EQ(show(process.context, {"ember", ""})->state, "running");
  cloud.clock.advance(2 * hour + Duration{10 * 60'000});
  EXPECT_EQ(show(process.context, {"ember", ""})->state, "stopped");
}

TEST(Limited, AlarmsThatMayNotBeSetAreToldAndRemembered) {
  Cloud cloud;
  cloud.script.load(*sim::parse_scenario("errors:\n  - {action: PutMetricAlarm, code: AccessDenied}\n", "s.yaml"),
                    cloud.clock.now());
  Process process(cloud);
  std::string told;
  process.context.progress = [&](const Progress& step) { told += step.text + "\n"; };
  ASSERT_TRUE(lab::up(process, limited("ember")));
  EXPECT_NE(told.find("guard on the instance is alone"), std::string::npos) << told;
  auto next = plan(process.context, limited("other"));
  ASSERT_TRUE(next);
  ASSERT_EQ(next->limit_notes.size(), 1U);
  EXPECT_NE(next->limit_notes[0].find("second line"), std::string::npos);
}

TEST(Limited, ASpotInstanceCannotBeStoppedAtItsLimit) {
  Cloud cloud;
  Process process(cloud);
  Request request = limited("ember");
  request.spot = true;
  ASSERT_TRUE(lab::up(process, request));
  EXPECT_EQ(tag_of(process, tag::limits), "idle=1h disk=64 then=terminate");
  request.name = "other";
  request.limits.then = guard::End::stop;
  auto refused = lab::up(process, request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorClass::invalid);
}

TEST(Limited, ABudgetThatOnlyPaysForTheDiskIsRefused) {
  Cloud cloud;
  Process process(cloud);
  Request request = limited("ember");
  request.limits.budget = 1'000'000;
  auto refused = lab::up(process, request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorClass::invalid);
}

TEST(Down, OfAProtectedInstanceNeedsForce) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, limited("ember")));
  {
    auto lock = cloud.world->lock();
    auto& instances = cloud.world->region(Cloud::account, "us-east-1").instances;
    auto instance = instances.all().begin()->second;
    instance.disable_api_termination = true;
    instances.put(instance);
  }
  auto refused = end(process.context, {"ember", ""});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, is_protected);
  EXPECT_TRUE(process.journal.pending("sim/1")->empty());
  auto ended = end(process.context, {"ember", ""}, true);
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(only(cloud).state, "terminated");
}

}  // namespace
}  // namespace hotaru::lifecycle
