#include <gtest/gtest.h>

#include "lifecycle/lab_test.h"
#include "lifecycle/names.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Fault;
using lab::Process;

Result<Ended> down(Process& process, const std::string& name) { return end(process.context, {name, ""}); }

/// Exactly one live instance, its group, and nothing pending in the journal.
void expect_one(Cloud& cloud, const std::string& name) {
  int live = 0;
  for (const auto& instance : cloud.instances())
    live += instance.state == "running" || instance.state == "pending" ? 1 : 0;
  EXPECT_EQ(live, 1);
  EXPECT_EQ(cloud.group_names(), std::vector<std::string>{group_name(name)});
}

void expect_nothing(Cloud& cloud) {
  for (const auto& instance : cloud.instances()) EXPECT_EQ(instance.state, "terminated") << instance.id;
  EXPECT_TRUE(cloud.group_names().empty());
}

TEST(Launch, UpEndsInAVerifiedShellAndDownLeavesNothing) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_TRUE(launched->ready);
  EXPECT_FALSE(launched->existed);
  EXPECT_EQ(launched->facts.name, "ember");
  EXPECT_EQ(launched->facts.state, "running");
  EXPECT_EQ(launched->facts.gpu, "1 × T4 (16 GB)");
  EXPECT_EQ(launched->target.user, "ubuntu");
  EXPECT_EQ(launched->target.address, launched->facts.address);
  expect_one(cloud, "ember");
  EXPECT_TRUE(process.journal.pending("sim/1")->empty());

  auto ended = down(process, "ember");
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_TRUE(ended->group_removed);
  expect_nothing(cloud);
  EXPECT_TRUE(process.known.all("sim/1")->empty());
  EXPECT_FALSE(std::filesystem::exists(launched->target.known_hosts));
  EXPECT_TRUE(process.journal.pending("sim/1")->empty());
}

TEST(Launch, TakesThirteenCallsAtMostTheFirstTimeAndElevenLater) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  ASSERT_TRUE(down(process, "ember"));
  EXPECT_LE(cloud.wire.actions.size(), 13U) << join(cloud.wire.actions, " ");
  cloud.wire.forget();
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  ASSERT_TRUE(down(process, "ember"));
  EXPECT_LE(cloud.wire.actions.size(), 11U) << join(cloud.wire.actions, " ");
}

TEST(Launch, TheFirstVisitTrustsTheKeyOfTheUserDataAndItsSuccessorComesIntoTheTag) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  ASSERT_EQ(cloud.door.trusted.size(), 1U);
  const std::string first = cloud.door.trusted[0];
  EXPECT_TRUE(first.starts_with("ssh-ed25519 "));
  const auto instances = cloud.instances();
  ASSERT_EQ(instances.size(), 1U);
  EXPECT_NE(base64_decode(instances[0].user_data)->find("ed25519_public: " + first), std::string::npos);
  auto facts = show(process.context, {"ember", ""});
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->host_key, cloud.door.new_key);
}

TEST(Launch, EverythingMadeCarriesOurTags) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  auto lock = cloud.world->lock();
  auto& region = cloud.world->region(Cloud::account, "us-east-1");
  const auto instance = region.instances.all().begin()->second;
  std::vector<std::string> ids{instance.id, instance.root_volume_id, instance.network_interface_id};
  ids.insert(ids.end(), instance.group_ids.begin(), instance.group_ids.end());
  for (const std::string& id : ids) {
    const auto& tags = region.tags_of(id);
    ASSERT_TRUE(tags.contains(tag::name)) << id;
    EXPECT_EQ(tags.at(tag::name), "ember");
    EXPECT_TRUE(tags.contains(tag::owner)) << id;
    EXPECT_TRUE(tags.contains(tag::operation)) << id;
  }
}

TEST(Launch, TheGroupLetsInTheAskedRangesOnPort22Alone) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.from = {"198.51.100.7", "2001:db8::1/128"};
  ASSERT_TRUE(lab::up(process, request));
  auto lock = cloud.world->lock();
  std::vector<std::string> ranges;
  for (const auto& [id, group] : cloud.world->region(Cloud::account, "us-east-1").security_groups.all())
    for (const auto& rule : group.rules)
      if (group.name == "hotaru-ember" && !rule.egress) {
        EXPECT_EQ(rule.from_port, 22);
        EXPECT_EQ(rule.to_port, 22);
        ranges.push_back(rule.cidr + rule.cidr6);
      }
  EXPECT_EQ(ranges, (std::vector<std::string>{"198.51.100.7/32", "2001:db8::1/128"}));
}

TEST(Launch, TheDiskIsEncryptedAndGoesWithTheInstance) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  auto lock = cloud.world->lock();
  const auto& volumes = cloud.world->region(Cloud::account, "us-east-1").volumes.all();
  ASSERT_EQ(volumes.size(), 1U);
  const auto& volume = volumes.begin()->second;
  EXPECT_EQ(volume.size_gib, 64);
  EXPECT_TRUE(volume.encrypted);
  ASSERT_EQ(volume.attachments.size(), 1U);
  EXPECT_TRUE(volume.attachments[0].delete_on_termination);
  EXPECT_EQ(volume.attachments[0].device, "/dev/sda1");
}

TEST(Launch, UpAgainIsHarmlessAndSaysWhatIsThere) {
  Cloud cloud;
  Process process(cloud);
  auto first = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(first);
  auto second = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_TRUE(second->existed);
  EXPECT_FALSE(second->started);
  EXPECT_EQ(second->facts.id, first->facts.id);
  EXPECT_TRUE(second->ready);
  expect_one(cloud, "ember");
}

TEST(Launch, UpOfAStoppedInstanceStartsIt) {
  Cloud cloud;
  Process process(cloud);
  auto first = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(first);
  ASSERT_TRUE(stop(process.context, {"ember", ""}));
  auto again = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->started);
  EXPECT_TRUE(again->ready);
  EXPECT_EQ(again->facts.id, first->facts.id);
  EXPECT_EQ(again->target.address, again->facts.address);
}

TEST(Launch, AnotherMachineFindsTheNameTakenAndAttaches) {
  Cloud cloud;
  Process here(cloud);
  Process there(cloud, "other");
  auto first = lab::up(here, lab::request("ember"));
  ASSERT_TRUE(first);
  auto second = lab::up(there, lab::request("ember"));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_TRUE(second->existed);
  EXPECT_EQ(second->facts.id, first->facts.id);
  EXPECT_EQ(cloud.door.trusted.back(), cloud.door.new_key);
  expect_one(cloud, "ember");
  EXPECT_TRUE(there.journal.pending("sim/1")->empty());
}

TEST(Launch, OfTwoAtOnceExactlyOneLaunches) {
  Cloud cloud;
  Process first(cloud);
  Process second(cloud);
  std::optional<Result<Launched>> other;
  cloud.wire.before = [&](const std::string& action) {
    if (action != "RunInstances" || other) return;
    other = fail(ErrorClass::internal, "under way");
    other = lab::up(second, lab::request("ember"));
  };
  auto launched = lab::up(first, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  ASSERT_FALSE(*other);
  EXPECT_EQ(other->error().kind, ErrorClass::conflict);
  expect_one(cloud, "ember");
}

TEST(Launch, OfTwoMachinesAtOnceExactlyOneLaunches) {
  Cloud cloud;
  Process first(cloud);
  Process second(cloud, "other");
  std::optional<Result<Launched>> other;
  cloud.wire.before = [&](const std::string& action) {
    if (action != "RunInstances" || other) return;
    other = fail(ErrorClass::internal, "under way");
    other = lab::up(second, lab::request("ember"));
  };
  ASSERT_TRUE(lab::up(first, lab::request("ember")));
  ASSERT_FALSE(*other);
  EXPECT_EQ(other->error().kind, ErrorClass::conflict);
  expect_one(cloud, "ember");
}

TEST(Launch, AGroupOfThatNameThatIsNotOursIsLeftAlone) {
  Cloud cloud;
  Process process(cloud);
  aws::Ec2 ec2 = process.context.ec2("us-east-1");
  auto subnets = ec2.describe_subnets({});
  ASSERT_TRUE(subnets);
  ASSERT_TRUE(ec2.create_security_group(
      {.name = "hotaru-ember", .description = "mine", .vpc_id = subnets->front().vpc_id, .tags = {}}));
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().kind, ErrorClass::conflict);
  EXPECT_EQ(cloud.group_names(), std::vector<std::string>{"hotaru-ember"});
}

TEST(Launch, WithoutWaitingNothingIsConnectedTo) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.wait = false;
  auto launched = lab::up(process, request);
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_FALSE(launched->ready);
  EXPECT_TRUE(cloud.door.visitors.empty());
  EXPECT_TRUE(process.journal.pending("sim/1")->empty());
}

TEST(Launch, ALostAnswerNeverLaunchesTwice) {
  Cloud cloud;
  Process process(cloud);
  int lost = 0;
  cloud.wire.faults = [&](const std::string& action, int) {
    return action == "RunInstances" && lost++ < 6 ? Fault::lost_reply : Fault::none;
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_EQ(cloud.instances().size(), 1U);
}

TEST(Launch, AnAnswerThatNeverComesIsFoundByItsToken) {
  Cloud cloud;
  Process process(cloud);
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "RunInstances" ? Fault::lost_reply : Fault::none;
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_EQ(cloud.instances().size(), 1U);
  EXPECT_EQ(launched->facts.id, cloud.instances()[0].id);
}

class LaunchWithAFault : public testing::TestWithParam<Fault> {};

TEST_P(LaunchWithAFault, AtAnyOneCallEndsInOneInstance) {
  for (int at = 1;; ++at) {
    Cloud cloud;
    Process process(cloud);
    bool reached = false;
    cloud.wire.faults = [&](const std::string&, int number) {
      reached = reached || number == at;
      return number == at ? GetParam() : Fault::none;
    };
    auto launched = lab::up(process, lab::request("ember"));
    if (!reached) {
      EXPECT_GT(at, 7);
      return;
    }
    ASSERT_TRUE(launched) << at << ": " << launched.error().message;
    EXPECT_EQ(cloud.instances().size(), 1U) << at;
    expect_one(cloud, "ember");
    ASSERT_TRUE(down(process, "ember"));
    expect_nothing(cloud);
  }
}

INSTANTIATE_TEST_SUITE_P(Wire, LaunchWithAFault,
                         testing::Values(Fault::lost_reply, Fault::server_error, Fault::refused));

TEST(Launch, ALostAnswerToTheGroupIsFoundByItsTag) {
  Cloud cloud;
  Process process(cloud);
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "CreateSecurityGroup" ? Fault::lost_reply : Fault::none;
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  expect_one(cloud, "ember");
}

TEST(Launch, ARefusalForCapacityRemovesWhatWasMadeAndSaysSo) {
  Cloud cloud;
  Process process(cloud);
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "RunInstances" || action == "CreateFleet" ? Fault::capacity : Fault::none;
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().kind, ErrorClass::capacity);
  EXPECT_NE(launched.error().message.find("removed"), std::string::npos);
  EXPECT_FALSE(launched.error().hint.empty());
  expect_nothing(cloud);
  EXPECT_EQ(cloud.wire.count("RunInstances"), 1);  // in the first zone
  EXPECT_EQ(cloud.wire.count("CreateFleet"), 1);   // in the others
  EXPECT_TRUE(process.journal.pending("sim/1")->empty());
}

TEST(Launch, AnEndpointThatIsNotThereIsSaidAndLeavesNothing) {
  Cloud cloud;
  Process process(cloud);
  cloud.wire.faults = [](const std::string&, int) { return Fault::refused; };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().kind, ErrorClass::unavailable);
  EXPECT_TRUE(process.journal.pending("sim/1")->empty());
}

TEST(Launch, AnInstanceThatDiesOnItsWayIsToldByItsStateReason) {
  Cloud cloud;
  Process process(cloud);
  bool dead = false;
  cloud.wire.before = [&](const std::string& action) {
    if (action != "DescribeInstances" || dead) return;
    dead = true;
    ASSERT_TRUE(process.context.ec2("us-east-1").terminate_instance(cloud.instances()[0].id));
    auto lock = cloud.world->lock();
    auto& region = cloud.world->region(Cloud::account, "us-east-1");
    region.instances.modify(cloud.instances()[0].id, [](sim::Instance& one) {
      one.state_reason_code = "Client.VolumeLimitExceeded";
      one.state_reason_message = "Client.VolumeLimitExceeded: None left";
    });
  };
  Request request = lab::request("ember");
  request.zone = "us-east-1a";
  auto launched = lab::up(process, request);
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().kind, ErrorClass::quota);
  EXPECT_NE(launched.error().message.find("None left"), std::string::npos);
  EXPECT_TRUE(cloud.group_names().empty());
  EXPECT_TRUE(process.known.all("sim/1")->empty());
}

TEST(Launch, OneThatDoesNotLetUsInIsKeptAndSaid) {
  Cloud cloud;
  Process process(cloud);
  cloud.door.open = [](const ssh::Target&, const auto&) -> Result<void> {
    return fail(ErrorClass::unavailable, "It does not answer.");
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_FALSE(launched);
  EXPECT_NE(launched.error().message.find("is kept"), std::string::npos);
  expect_one(cloud, "ember");
  EXPECT_TRUE(process.journal.pending("sim/1")->empty());
}

TEST(Launch, AStaleImageKeyAndSubnetAreLookedUpAgain) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("first")));
  ASSERT_TRUE(down(process, "first"));
  // As after `sim reset`, or in another account: what is remembered of the region is no longer there.
  cloud.world = std::move(sim::World::open("", cloud.clock, cloud.random)).value();
  sim::Endpoint fresh{
      {.account_id = Cloud::account, .secrets = {{"AKIDTEST", "secret"}}}, *cloud.world, &cloud.machines};
  cloud.transport = sim::InMemoryTransport([&](const http::ServerRequest& request) { return fresh.handle(request); });
  auto launched = lab::up(process, lab::request("second"));
  ASSERT_TRUE(launched) << launched.error().message;
  expect_one(cloud, "second");
}

TEST(Launch, AnImageThatWasWithdrawnIsLookedUpAgainWithANewToken) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(plan(process.context, lab::request("ember")));
  auto kept = process.known.fact("sim/1", "us-east-1", "image/dlami/x86_64", Duration{1});
  ASSERT_TRUE(kept && *kept);
  std::string text = **kept;
  text.replace(text.find("ami-"), 21, "ami-0123456789abcdef0");
  ASSERT_TRUE(process.known.set_fact("sim/1", "us-east-1", "image/dlami/x86_64", text));
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_EQ(cloud.wire.count("RunInstances"), 2);
  expect_one(cloud, "ember");
}

}  // namespace
}  // namespace hotaru::lifecycle
