#include <gtest/gtest.h>

#include <tuple>

#include "lifecycle/lab_test.h"

/// Ctrl-C and kill -9 at every call that a launch makes: what is there afterwards is either a whole instance that is
/// kept and said, or nothing at all.
namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Fault;
using lab::Killed;
using lab::Process;

int live(Cloud& cloud) {
  int count = 0;
  for (const auto& instance : cloud.instances()) count += instance.state != "terminated" ? 1 : 0;
  return count;
}

/// Runs up with one call that ends badly; false if the launch had fewer calls.
bool up_with_fault(Cloud& cloud, Fault fault, int at) {
  bool reached = false;
  cloud.wire.forget();
  cloud.wire.faults = [&](const std::string&, int number) {
    if (number != at) return Fault::none;
    reached = true;
    return fault;
  };
  try {
    Process process(cloud);
    (void)lab::up(process, lab::request("ember"));
  } catch (const Killed&) {
  }
  cloud.wire.faults = [](const std::string&, int) { return Fault::none; };
  return reached;
}

void expect_settled(Cloud& cloud, int at) {
  cloud.clock.advance(std::chrono::minutes(2));
  Process later(cloud);
  auto settled = reconcile(later.context);
  ASSERT_TRUE(settled) << at << ": " << settled.error().message;
  EXPECT_TRUE(later.journal.pending("sim/1")->empty()) << at;
  const int instances = live(cloud);
  EXPECT_LE(instances, 1) << at;
  EXPECT_EQ(cloud.group_names().size(), static_cast<std::size_t>(instances)) << at;
  if (instances == 0) return;
  auto ended = end(later.context, {"ember", ""});
  ASSERT_TRUE(ended) << at << ": " << ended.error().message;
  EXPECT_EQ(live(cloud), 0) << at;
  EXPECT_TRUE(cloud.group_names().empty()) << at;
}

class KilledAtEveryCall : public testing::TestWithParam<Fault> {};

TEST_P(KilledAtEveryCall, ALaterCommandKeepsTheInstanceOrRemovesEverything) {
  for (int at = 1;; ++at) {
    Cloud cloud;
    if (!up_with_fault(cloud, GetParam(), at)) {
      EXPECT_GT(at, 7);
      return;
    }
    expect_settled(cloud, at);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Kill, KilledAtEveryCall, testing::Values(Fault::killed_before, Fault::killed_after));

class InterruptedAtEveryCall : public testing::TestWithParam<Fault> {};

TEST_P(InterruptedAtEveryCall, EverythingIsRemovedAtOnce) {
  for (int at = 1;; ++at) {
    Cloud cloud;
    if (!up_with_fault(cloud, GetParam(), at)) {
      EXPECT_GT(at, 7);
      return;
    }
    Process later(cloud);
    EXPECT_EQ(live(cloud), 0) << at;
    EXPECT_TRUE(cloud.group_names().empty()) << at;
    EXPECT_TRUE(later.journal.pending("sim/1")->empty()) << at;
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(CtrlC, InterruptedAtEveryCall, testing::Values(Fault::interrupted, Fault::interrupted_before));

/// A launch that finds room in the last zone of the second of three regions alone, with its calls in one order.
bool failover_with_fault(Cloud& cloud, Fault fault, int at) {
  const auto scenario = sim::parse_scenario(
      "capacity:\n  - {zone: \"us-*\", instances: 0}\n  - {zone: ap-northeast-1a, instances: 0}\n", "room.yaml");
  cloud.script.load(*scenario, cloud.clock.now());
  bool reached = false;
  cloud.wire.faults = [&](const std::string&, int number) {
    if (number != at) return Fault::none;
    reached = true;
    return fault;
  };
  try {
    Process process(cloud);
    process.context.one_by_one = true;
    std::vector<Place> places;
    for (const auto& [region, zone] : {std::pair{"us-east-1", "use1-az1"},
                                       {"us-east-1", "use1-az2"},
                                       {"us-east-1", "use1-az4"},
                                       {"ap-northeast-1", "apne1-az4"},
                                       {"ap-northeast-1", "apne1-az1"},
                                       {"ap-northeast-1", "apne1-az2"},
                                       {"us-west-2", "usw2-az1"}})
      places.push_back({.type = "g4dn.xlarge", .region = region, .zone_id = zone});
    auto planned = plan(process.context, lab::request("ember"), places);
    if (planned) (void)launch(process.context, *planned);
  } catch (const Killed&) {
  }
  cloud.wire.faults = [](const std::string&, int) { return Fault::none; };
  return reached;
}

constexpr const char* tried_regions[] = {"us-east-1", "ap-northeast-1", "us-west-2"};

/// What there is in all of them: living instances, groups, launch templates.
std::tuple<int, int, int> things(Cloud& cloud, Process& process) {
  int instances = 0;
  int groups = 0;
  int templates = 0;
  for (const char* region : tried_regions) {
    for (const auto& instance : cloud.instances(region)) instances += instance.state != "terminated" ? 1 : 0;
    groups += static_cast<int>(cloud.group_names(region).size());
    templates += static_cast<int>(process.context.ec2(region).describe_launch_templates({})->size());
  }
  return {instances, groups, templates};
}

TEST_P(KilledAtEveryCall, OnTheWayThroughRegionsNothingIsLeftButAtMostOneInstance) {
  for (int at = 1;; ++at) {
    Cloud cloud;
    const bool reached = failover_with_fault(cloud, GetParam(), at);
    cloud.clock.advance(std::chrono::minutes(2));
    Process later(cloud);
    ASSERT_TRUE(reconcile(later.context)) << at;
    EXPECT_TRUE(later.journal.pending("sim/1")->empty()) << at;
    const auto [instances, groups, templates] = things(cloud, later);
    EXPECT_LE(instances, 1) << at;
    EXPECT_EQ(groups, instances) << at;
    EXPECT_EQ(templates, 0) << at;
    if (HasFailure()) return;
    if (reached) continue;
    EXPECT_EQ(instances, 1);
    EXPECT_GT(at, 15);
    return;
  }
}

TEST_P(InterruptedAtEveryCall, OnTheWayThroughRegionsToo) {
  for (int at = 1;; ++at) {
    Cloud cloud;
    if (!failover_with_fault(cloud, GetParam(), at)) return;
    Process later(cloud);
    ASSERT_TRUE(reconcile(later.context)) << at;  // a removal beside the next launch may have been what was interrupted
    const auto [instances, groups, templates] = things(cloud, later);
    EXPECT_LE(instances, 1) << at;
    EXPECT_EQ(groups, instances) << at;
    EXPECT_EQ(templates, 0) << at;
    EXPECT_TRUE(later.journal.pending("sim/1")->empty()) << at;
    if (HasFailure()) return;
  }
}

TEST(Interrupted, SaysThatEverythingWasRemoved) {
  Cloud cloud;
  Process process(cloud);
  bool forgotten = false;
  process.context.forget_interrupt = [&] { forgotten = true; };
  cloud.door.open = [](const ssh::Target&, const auto&) -> Result<void> {
    return fail(ErrorClass::interrupted, "Interrupted.");
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_FALSE(launched);
  EXPECT_TRUE(forgotten);
  EXPECT_EQ(launched.error().kind, ErrorClass::interrupted);
  EXPECT_NE(launched.error().message.find("has been removed"), std::string::npos);
  EXPECT_EQ(live(cloud), 0);
  EXPECT_TRUE(cloud.group_names().empty());
}

TEST(Interrupted, WhileItOnlyWaitsForWhatIsThereSaysThatItBillsAndHowToEndIt) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  ASSERT_TRUE(stop(process.context, {"ember", ""}));
  cloud.door.open = [](const ssh::Target&, const auto&) -> Result<void> {
    return fail(ErrorClass::interrupted, "Interrupted while waiting.");
  };
  const std::string id = cloud.instances().at(0).id;
  const auto expect_said = [&](const Result<Launched>& outcome) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorClass::interrupted);
    EXPECT_EQ(outcome.error().message,
              "Interrupted. ember (" + id + ") is there, and bills, $0.526 per hour while it runs.");
    EXPECT_NE(outcome.error().hint.find("`hotaru down ember` ends it"), std::string::npos) << outcome.error().hint;
  };
  expect_said(lab::up(process, lab::request("ember")));
  expect_said(start(process.context, {"ember", ""}));
  Process other(cloud, "other");  // which learns by the group that the name is taken
  expect_said(lab::up(other, lab::request("ember")));
  EXPECT_EQ(live(cloud), 1);
}

TEST(Interrupted, WhileItStartsWhatIsStoppedSaysThatItIsThere) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  ASSERT_TRUE(stop(process.context, {"ember", ""}));
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "StartInstances" ? Fault::interrupted : Fault::none;
  };
  auto started = start(process.context, {"ember", ""});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("is there, and bills"), std::string::npos) << started.error().message;
}

TEST(Interrupted, ASecondTimeItIsLeftToTheJournalAndTheNextCommandFinishes) {
  Cloud cloud;
  {
    Process process(cloud);
    cloud.door.open = [&](const ssh::Target&, const auto&) -> Result<void> {
      cloud.wire.faults = [](const std::string&, int) { return Fault::interrupted_before; };
      return fail(ErrorClass::interrupted, "Interrupted.");
    };
    auto launched = lab::up(process, lab::request("ember"));
    ASSERT_FALSE(launched);
    EXPECT_EQ(launched.error().kind, ErrorClass::interrupted);
    EXPECT_NE(launched.error().hint.find("journal"), std::string::npos);
    EXPECT_EQ(live(cloud), 1);
  }
  cloud.wire.faults = [](const std::string&, int) { return Fault::none; };
  Process next(cloud);
  auto settled = reconcile(next.context);
  ASSERT_TRUE(settled);
  ASSERT_EQ(settled->size(), 1U);
  EXPECT_FALSE(settled->front().kept);
  EXPECT_EQ(live(cloud), 0);
  EXPECT_TRUE(cloud.group_names().empty());
}

TEST(Killed, AnInstanceThatIsKeptCanBeReachedAndIsSaid) {
  Cloud cloud;
  cloud.door.open = [](const ssh::Target&, const auto&) -> Result<void> { throw Killed{}; };
  try {
    Process process(cloud);
    (void)lab::up(process, lab::request("ember"));
  } catch (const Killed&) {
  }
  Process later(cloud);
  auto settled = reconcile(later.context);
  ASSERT_TRUE(settled);
  ASSERT_EQ(settled->size(), 1U);
  EXPECT_TRUE(settled->front().kept);
  EXPECT_NE(settled->front().text.find("is kept"), std::string::npos);
  cloud.door.open = [](const ssh::Target&, const auto&) { return Result<void>{}; };
  auto again = lab::up(later, lab::request("ember"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->existed);
  EXPECT_TRUE(again->ready);
  EXPECT_EQ(again->target.user, "ubuntu");
  EXPECT_FALSE(again->target.identity.empty());
}

TEST(Killed, JustAfterTheLaunchTheInstanceIsFoundByItsClientToken) {
  Cloud cloud;
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "RunInstances" ? Fault::killed_after : Fault::none;
  };
  try {
    Process process(cloud);
    (void)lab::up(process, lab::request("ember"));
  } catch (const Killed&) {
  }
  Process later(cloud);
  auto settled = reconcile(later.context);
  ASSERT_TRUE(settled);
  ASSERT_EQ(settled->size(), 1U);
  EXPECT_TRUE(settled->front().kept);
  EXPECT_EQ(live(cloud), 1);
  EXPECT_EQ(later.known.find("sim/1", "ember")->size(), 1U);
}

TEST(Killed, ALaunchThatArrivesLateFindsItsGroupGone) {
  Cloud cloud;
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "RunInstances" ? Fault::killed_before : Fault::none;
  };
  try {
    Process process(cloud);
    (void)lab::up(process, lab::request("ember"));
  } catch (const Killed&) {
  }
  const std::string late = cloud.wire.bodies.back();
  cloud.wire.faults = [](const std::string&, int) { return Fault::none; };
  Process later(cloud);
  ASSERT_TRUE(reconcile(later.context));
  EXPECT_TRUE(cloud.group_names().empty());
  std::string group = late.substr(late.find("sg-"), 20);
  auto planned = plan(later.context, lab::request("ember"));
  ASSERT_TRUE(planned);
  aws::RunInstances run;
  run.image_id = planned->image.id;
  run.instance_type = "g4dn.xlarge";
  run.subnet_id = planned->subnet.id;
  run.security_group_ids = {group};
  auto launched = later.context.ec2("us-east-1").run_instance(run);
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().code, "InvalidGroup.NotFound");
}

TEST(Killed, AnOperationThatLivesIsLeftAlone) {
  Cloud cloud;
  Process first(cloud);
  Process second(cloud);
  bool asked = false;
  cloud.door.open = [&](const ssh::Target&, const auto&) -> Result<void> {
    auto settled = reconcile(second.context);
    EXPECT_TRUE(settled && settled->empty());
    asked = true;
    return {};
  };
  ASSERT_TRUE(lab::up(first, lab::request("ember")));
  EXPECT_TRUE(asked);
}

TEST(Killed, NothingPendingCostsNoCall) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(reconcile(process.context));
  EXPECT_TRUE(cloud.wire.actions.empty());
}

TEST(Killed, AnotherMachineRemovesAGroupWhoseDeadlineHasPassed) {
  Cloud cloud;
  ASSERT_TRUE(up_with_fault(cloud, Fault::killed_before, 6));
  ASSERT_EQ(cloud.group_names().size(), 1U);
  Process other(cloud, "other");
  auto early = reconcile_region(other.context, "us-east-1");
  ASSERT_TRUE(early);
  EXPECT_TRUE(early->empty());
  cloud.clock.advance(std::chrono::hours(1));
  auto late = reconcile_region(other.context, "us-east-1");
  ASSERT_TRUE(late);
  EXPECT_EQ(late->size(), 1U);
  EXPECT_TRUE(cloud.group_names().empty());
}

TEST(Killed, AnotherMachineLeavesTheGroupOfAnInstanceAlone) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  cloud.clock.advance(std::chrono::hours(1));
  Process other(cloud, "other");
  auto settled = reconcile_region(other.context, "us-east-1");
  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->empty());
  EXPECT_EQ(cloud.group_names().size(), 1U);
}

TEST(Killed, ADownThatWasCutOffIsFinished) {
  for (int at = 1; at <= 3; ++at) {
    Cloud cloud;
    {
      Process process(cloud);
      ASSERT_TRUE(lab::up(process, lab::request("ember")));
    }
    cloud.wire.forget();
    cloud.wire.faults = [&](const std::string&, int number) {
      return number == at ? Fault::killed_after : Fault::none;
    };
    try {
      Process process(cloud);
      (void)end(process.context, {"ember", ""});
    } catch (const Killed&) {
    }
    cloud.wire.faults = [](const std::string&, int) { return Fault::none; };
    Process later(cloud);
    auto settled = reconcile(later.context);
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->size(), 1U) << at;
    EXPECT_EQ(live(cloud), 0) << at;
    EXPECT_TRUE(cloud.group_names().empty()) << at;
    EXPECT_TRUE(later.known.all("sim/1")->empty()) << at;
  }
}

}  // namespace
}  // namespace hotaru::lifecycle
