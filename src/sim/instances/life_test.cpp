#include "sim/instances/life.h"

#include <gtest/gtest.h>

#include "sim/instances/transitions.h"
#include "sim/null_machines.h"

namespace hotaru::sim {
namespace {

/// Null machines whose start does first what a test wants, and may fail; that tell when one is erased.
class TestMachines final : public NullMachines {
 public:
  using NullMachines::NullMachines;

  Result<void> start(const MachineSpec& spec, const Firewall& firewall) override {
    if (before_start) before_start();
    if (broken) return fail(ErrorClass::io, "no space left");
    return NullMachines::start(spec, firewall);
  }
  Result<void> erase(const std::string& id) override {
    auto done = NullMachines::erase(id);
    std::lock_guard lock(mutex_);
    erased_ = true;
    wake_.notify_all();
    return done;
  }
  void await_erased() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return erased_; });
  }

  std::function<void()> before_start;
  bool broken = false;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool erased_ = false;
};

class Life : public testing::Test {
 protected:
  Life() : machines_(clock_) {
    world_ = *World::open("", clock_, random_);
    state_ = &world_->region("000000000000", "us-east-1");
    Instance instance;
    instance.id = id_;
    instance.created = clock_.now();
    state_->instances.put(begin_start(instance, clock_.now()));
  }

  void with_context(const std::function<void(Context&)>& work) {
    Later later;
    {
      auto lock = world_->lock();
      Context context{*world_, *state_, &machines_, "000000000000", "us-east-1", "key", "id"};
      work(context);
      later = std::move(context.later);
    }
    for (const auto& one : later) one();
  }
  void start() {
    with_context([&](Context& context) { start_later(context, {id_}); });
  }
  void look() {
    with_context([](Context& context) { settle(context); });
  }
  void set(const Instance& instance) {
    auto lock = world_->lock();
    state_->instances.put(instance);
  }
  const Instance& instance() const { return *state_->instances.find(id_); }

  const std::string id_ = "i-00000000000000001";
  FakeClock clock_;
  SeededRandom random_{1};
  TestMachines machines_;
  std::unique_ptr<World> world_;
  RegionState* state_ = nullptr;
};

TEST_F(Life, AMachineThatCannotBeMadeEndsTheLaunchAndSaysWhy) {
  machines_.broken = true;
  start();
  look();
  EXPECT_EQ(instance().state, "terminated");
  EXPECT_EQ(instance().state_reason_code, "Server.InternalError");
  EXPECT_NE(instance().state_reason_message.view().find("no space left"), std::string::npos);
  EXPECT_TRUE(instance().intervals.empty()) << "it never ran";
}

TEST_F(Life, AnInstanceTerminatedWhileItsMachineIsMadeLeavesNoMachine) {
  machines_.before_start = [&] { set(begin_termination(instance(), clock_.now())); };
  start();
  EXPECT_EQ(machines_.status(id_).state, MachineState::absent);
  look();
  EXPECT_EQ(instance().state, "terminated");
}

TEST_F(Life, AnInstanceStoppedWhileItsMachineIsMadeIsStoppedAfterwards) {
  machines_.before_start = [&] { set(begin_stop(instance(), clock_.now())); };
  start();
  EXPECT_EQ(machines_.status(id_).state, MachineState::ended);
  look();
  EXPECT_EQ(instance().state, "stopped");
}

TEST_F(Life, WhatEndsByItselfToTerminateIsErasedThoughNobodyLooks) {
  Instance terminating = instance();
  terminating.shutdown_behavior = "terminate";
  set(terminating);
  InstanceLife life(*world_, machines_);
  start();
  clock_.advance(Duration{1'000});
  ASSERT_TRUE(machines_.end(id_, "poweroff"));
  machines_.await_erased();
  EXPECT_EQ(machines_.status(id_).state, MachineState::absent);
}

TEST_F(Life, NullMachinesThatRanRunAgainAfterARestartAndNothingIsBilledTwice) {
  start();
  ASSERT_EQ(instance().state, "running");
  ASSERT_TRUE(machines_.NullMachines::erase(id_)) << "a new process has none of them";
  InstanceLife life(*world_, machines_);
  ASSERT_TRUE(life.recover());
  EXPECT_EQ(machines_.status(id_).state, MachineState::booted);
  EXPECT_EQ(instance().state, "running");
  EXPECT_EQ(instance().intervals.size(), 1u);
}

TEST_F(Life, AStartThatWasBegunGoesOnAfterARestart) {
  InstanceLife life(*world_, machines_);
  ASSERT_TRUE(life.recover());
  EXPECT_EQ(instance().state, "running");
}

TEST_F(Life, AnInstanceWhoseMachineWasLostIsStopped) {
  start();
  clock_.advance(Duration{1'000});
  ASSERT_TRUE(machines_.end(id_, "killed"));
  look();
  EXPECT_EQ(instance().state, "stopped");
  EXPECT_EQ(instance().state_reason_code, "Server.ScheduledStop");
}

}  // namespace
}  // namespace hotaru::sim
