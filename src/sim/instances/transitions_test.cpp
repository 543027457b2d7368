#include "sim/instances/transitions.h"

#include <gtest/gtest.h>

namespace hotaru::sim {
namespace {

constexpr TimePoint start{Duration{1'700'000'000'000}};
constexpr Duration second{1'000};

Instance launched() {
  Instance instance;
  instance.id = "i-00000000000000001";
  instance.instance_type = "g5.xlarge";
  instance.created = start;
  return begin_start(instance, start);
}

Instance running() { return observe(launched(), {MachineState::starting, "", start + second}, start + second); }

Instance booted() { return observe(running(), {MachineState::booted, "", start + 2 * second}, start + 2 * second); }

MachineStatus powered_off(TimePoint when) { return {MachineState::ended, "poweroff", when}; }

TEST(Transitions, AnInstanceRunsAsSoonAsItsMachineIsThereAndIsBootedLater) {
  EXPECT_EQ(launched().state, "pending");
  EXPECT_EQ(running().state, "running");
  EXPECT_FALSE(running().booted);
  EXPECT_TRUE(booted().booted);
  EXPECT_EQ(booted().state_reason_code, "");
}

TEST(Transitions, TimeIsBilledFromRunningToStoppingAndAgainAfterTheNextStart) {
  Instance instance = begin_stop(booted(), start + 10 * second);
  instance = observe(instance, powered_off(start + 12 * second), start + 12 * second);
  EXPECT_EQ(instance.state, "stopped");
  instance = begin_start(instance, start + 100 * second);
  instance = observe(instance, {MachineState::booted, "", start + 101 * second}, start + 101 * second);
  ASSERT_EQ(instance.intervals.size(), 2u);
  const RunningInterval first{start + second, start + 10 * second, start + 2 * second, "g5.xlarge"};
  const RunningInterval second_one{start + 101 * second, std::nullopt, start + 101 * second, "g5.xlarge"};
  EXPECT_EQ(instance.intervals[0], first);
  EXPECT_EQ(instance.intervals[1], second_one);
}

TEST(Transitions, AStopByTheUserIsExplainedInEc2sWords) {
  const Instance instance = begin_stop(booted(), start);
  EXPECT_EQ(instance.state, "stopping");
  EXPECT_EQ(instance.state_reason_code, "Client.UserInitiatedShutdown");
  EXPECT_EQ(instance.state_reason_message, "Client.UserInitiatedShutdown: User initiated shutdown");
  EXPECT_EQ(instance.transition_reason, "User initiated (2023-11-14 22:13:20 GMT)");
}

TEST(Transitions, PoweringOffInsideObeysTheShutdownBehaviour) {
  Instance instance = booted();
  instance.shutdown_behavior = "stop";
  EXPECT_EQ(observe(instance, powered_off(start + 5 * second), start + 9 * second).state, "stopped");
  instance.shutdown_behavior = "terminate";
  const Instance ending = observe(instance, powered_off(start + 5 * second), start + 9 * second);
  EXPECT_EQ(ending.state, "shutting-down");
  EXPECT_EQ(ending.state_reason_code, "Client.InstanceInitiatedShutdown");
  EXPECT_EQ(ending.intervals.back().end, start + 5 * second) << "billed to when it ended, not to when it was noticed";
}

TEST(Transitions, AOneTimeSpotInstanceIsNeverStopped) {
  Instance instance = booted();
  instance.lifecycle = "spot";
  EXPECT_EQ(observe(instance, powered_off(start + 5 * second), start + 5 * second).state, "shutting-down");
  instance.spot_persistent = true;
  EXPECT_EQ(observe(instance, powered_off(start + 5 * second), start + 5 * second).state, "stopped");
}

TEST(Transitions, AFirstStartThatFailsTerminatesAndALaterOneStops) {
  const MachineStatus failed{MachineState::ended, "failed: no space", start + second};
  const Instance first = observe(launched(), failed, start + second);
  EXPECT_EQ(first.state, "shutting-down");
  EXPECT_EQ(first.state_reason_code, "Server.InternalError");
  Instance again = observe(begin_stop(booted(), start + 3 * second), {}, start + 3 * second);
  again = begin_start(again, start + 10 * second);
  const MachineStatus failed_again{MachineState::ended, "failed: no space", start + 11 * second};
  EXPECT_EQ(observe(again, failed_again, start + 11 * second).state, "stopped");
}

TEST(Transitions, TheEndOfTheRunBeforeDoesNotEndAStart) {
  Instance instance =
      observe(begin_stop(booted(), start + 3 * second), powered_off(start + 4 * second), start + 4 * second);
  instance = begin_start(instance, start + 5 * second);
  EXPECT_EQ(observe(instance, powered_off(start + 4 * second), start + 6 * second).state, "pending");
}

TEST(Transitions, TerminationEndsWhenTheMachineIsGoneAndIsForgottenAnHourLater) {
  Instance instance = begin_termination(booted(), start + 10 * second);
  EXPECT_EQ(observe(instance, {MachineState::booted, "", start}, start + 11 * second).state, "shutting-down");
  instance = observe(instance, {}, start + 12 * second);
  EXPECT_EQ(instance.state, "terminated");
  EXPECT_FALSE(forgotten(instance, start + 12 * second + terminated_visible_for - second));
  EXPECT_TRUE(forgotten(instance, start + 12 * second + terminated_visible_for));
}

}  // namespace
}  // namespace hotaru::sim
