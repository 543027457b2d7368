#include <gtest/gtest.h>

#include "lifecycle/lab_test.h"

/// What becomes of a command when EC2 stops answering in the middle of it.
namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Fault;
using lab::Process;

Fault all_refused(const std::string&, int) { return Fault::refused; }
Fault none_refused(const std::string&, int) { return Fault::none; }

/// The endpoint is gone after the first call of an action, which meets the fault.
void dies_after(Cloud& cloud, const std::string& last, Fault fault) {
  cloud.wire.faults = [last, fault, dead = false](const std::string& action, int) mutable {
    if (dead) return Fault::refused;
    dead = action == last;
    return dead ? fault : Fault::none;
  };
}

Result<void> interrupted() { return fail(ErrorClass::interrupted, "Interrupted."); }

bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

/// What an await_shell does in two minutes in which nobody answers at port 22.
Result<void> knock_for_two_minutes(Cloud& cloud, const std::function<Result<void>()>& still_alive) {
  for (int question = 0; question < 24; ++question) {
    cloud.clock.advance(Duration{5'000});
    if (auto alive = still_alive(); !alive) return alive;
  }
  return {};
}

TEST(Silent, WhileUpWaitsForAShellItIsNoticedSoonAndForgivenWhenItIsOver) {
  Cloud cloud;
  Process process(cloud);
  cloud.door.open = [&](const ssh::Target&, const auto& still_alive) -> Result<void> {
    cloud.wire.faults = all_refused;
    const Duration began = cloud.clock.steady();
    std::optional<Duration> told;
    cloud.wire.before = [&](const std::string&) {
      if (!told && !process.silences.empty() && process.silences.back().lasted >= Duration{5'000})
        told = cloud.clock.steady() - began;
    };
    if (auto knocked = knock_for_two_minutes(cloud, still_alive); !knocked) return knocked;
    EXPECT_TRUE(told);
    EXPECT_LE(told.value_or(Duration::max()), Duration{20'000});
    cloud.wire.before = [](const std::string&) {};
    cloud.wire.faults = none_refused;
    return knock_for_two_minutes(cloud, still_alive);
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_TRUE(launched->ready);
  ASSERT_FALSE(process.silences.empty());
  EXPECT_TRUE(process.silences.back().over);
}

TEST(Silent, ForAsLongAsAnybodyWaitsForAStopItIsSaidInTheEnd) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  dies_after(cloud, "StopInstances", Fault::none);
  auto stopped = stop(process.context, {"ember", ""});
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(says(stopped.error().message, "EC2 does not answer; i-")) << stopped.error().message;
  EXPECT_GE(process.silences.back().lasted, Duration{9 * 60'000});
}

TEST(Silent, DuringAnUndoingLeavesItToTheJournalAfterAMinuteAndNamesWhatMayBill) {
  Cloud cloud;
  std::string id;
  {
    Process process(cloud);
    Duration began{0};
    cloud.door.open = [&](const ssh::Target&, const auto&) -> Result<void> {
      cloud.wire.faults = all_refused;
      began = cloud.clock.steady();
      return interrupted();
    };
    auto launched = lab::up(process, lab::request("ember"));
    ASSERT_FALSE(launched);
    id = cloud.instances().at(0).id;
    EXPECT_GE(cloud.clock.steady() - began, Duration{60'000}) << "it may only be a moment";
    EXPECT_LE(cloud.clock.steady() - began, Duration{80'000});
    EXPECT_EQ(launched.error().kind, ErrorClass::interrupted);
    EXPECT_TRUE(says(launched.error().message, id + " may still run, and bill.")) << launched.error().message;
    EXPECT_TRUE(says(launched.error().hint, "the next hotaru command removes it")) << launched.error().hint;
    EXPECT_TRUE(says(launched.error().hint, "`hotaru down ember`")) << launched.error().hint;
  }
  cloud.wire.faults = none_refused;
  Process next(cloud);
  ASSERT_TRUE(reconcile(next.context));
  EXPECT_EQ(cloud.instances().at(0).state, "terminated");
  EXPECT_TRUE(cloud.group_names().empty());
}

TEST(Silent, DuringAnUndoingWithNoInstanceYetSaysThatNothingBills) {
  Cloud cloud;
  Process process(cloud);
  dies_after(cloud, "AuthorizeSecurityGroupIngress", Fault::interrupted);
  const Duration began = cloud.clock.steady();
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_FALSE(launched);
  EXPECT_LE(cloud.clock.steady() - began, Duration{80'000});
  EXPECT_TRUE(says(launched.error().message, "Nothing of it bills.")) << launched.error().message;
  EXPECT_FALSE(says(launched.error().hint, "hotaru down")) << launched.error().hint;
}

TEST(Silent, DuringALaunchOfUnknownOutcomeSaysThatAnInstanceMayBill) {
  Cloud cloud;
  Process process(cloud);
  dies_after(cloud, "RunInstances", Fault::lost_reply);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_FALSE(launched);
  EXPECT_TRUE(says(launched.error().message, "Whether an instance was launched is not known"))
      << launched.error().message;
  cloud.wire.faults = none_refused;
  Process next(cloud);
  ASSERT_TRUE(reconcile(next.context));
  EXPECT_EQ(cloud.instances().at(0).state, "terminated");
}

TEST(Silent, ForMomentsAgainAndAgainAnUndoingGoesOn) {
  Cloud cloud;
  Process process(cloud);
  const Duration begin = cloud.clock.steady();
  cloud.door.open = [&](const ssh::Target&, const auto&) -> Result<void> {
    // Forty seconds of silence, twenty of answers, and an instance that takes five minutes to end.
    cloud.wire.faults = [&](const std::string& action, int) {
      const auto passed = cloud.clock.steady() - begin;
      const bool ending = action == "DeleteSecurityGroup" && passed < Duration{5 * 60'000};
      return ending || passed % Duration{60'000} < Duration{40'000} ? Fault::server_error : Fault::none;
    };
    return interrupted();
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_FALSE(launched);
  EXPECT_EQ(cloud.instances().at(0).state, "terminated");
}

TEST(Silent, DuringADownItIsTriedForAMinuteAndLeftToTheNextCommand) {
  Cloud cloud;
  {
    Process process(cloud);
    ASSERT_TRUE(lab::up(process, lab::request("ember")));
    cloud.wire.faults = all_refused;
    const Duration began = cloud.clock.steady();
    auto ended = end(process.context, {"ember", ""});
    ASSERT_FALSE(ended);
    EXPECT_LE(cloud.clock.steady() - began, Duration{80'000});
    EXPECT_TRUE(says(ended.error().message, cloud.instances().at(0).id + " may still run, and bill."))
        << ended.error().message;
    EXPECT_TRUE(says(ended.error().hint, "The next hotaru command goes on with it")) << ended.error().hint;
  }
  cloud.wire.faults = none_refused;
  Process next(cloud);
  ASSERT_TRUE(reconcile(next.context));
  EXPECT_EQ(cloud.instances().at(0).state, "terminated");
}

TEST(Silent, ARegionIsAskedOnceForAllThatIsToBeSettledInIt) {
  Cloud cloud;
  {
    Process process(cloud);
    cloud.wire.faults = [](const std::string& action, int) {
      return action == "RunInstances" ? Fault::killed_before : Fault::none;
    };
    for (const char* name : {"ember", "glow"}) {
      EXPECT_THROW((void)lab::up(process, lab::request(name)), lab::Killed);
      cloud.clock.advance(Duration{1});
    }
  }
  cloud.wire.faults = all_refused;
  cloud.wire.forget();
  Process next(cloud);
  const Duration began = cloud.clock.steady();
  auto settled = reconcile(next.context);
  ASSERT_TRUE(settled);
  ASSERT_EQ(settled->size(), 2U);
  EXPECT_TRUE(settled->at(0).pending && settled->at(1).pending);
  EXPECT_TRUE(says(settled->at(1).text, "`hotaru up glow` began is not settled yet")) << settled->at(1).text;
  EXPECT_LE(cloud.wire.actions.size(), 4U) << "the attempts of one call";
  EXPECT_LE(cloud.clock.steady() - began, Duration{5'000});
}

}  // namespace
}  // namespace hotaru::lifecycle
