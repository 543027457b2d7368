#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>

#include "lifecycle/access.h"
#include "lifecycle/lab_test.h"
#include "lifecycle/names.h"
#include "lifecycle/wait.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

TEST(List, ShowsHotarusInstancesInAllRegionsInUse) {
  Cloud cloud;
  Process process(cloud);
  auto tokyo = lab::request("tokyo");
  tokyo.region = "ap-northeast-1";
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  ASSERT_TRUE(lab::up(process, tokyo));
  auto listing = list(process.context, {});
  ASSERT_TRUE(listing) << listing.error().message;
  ASSERT_EQ(listing->instances.size(), 2U);
  EXPECT_EQ(listing->instances[0].name, "tokyo");
  EXPECT_EQ(listing->instances[0].region, "ap-northeast-1");
  EXPECT_EQ(listing->instances[1].name, "ember");
  ASSERT_TRUE(listing->instances[1].price);
  EXPECT_GT(listing->instances[1].price->usd, 0);
}

TEST(List, WithoutAMemoryLooksEverywhere) {
  Cloud cloud;
  Process process(cloud);
  auto tokyo = lab::request("tokyo");
  tokyo.region = "ap-northeast-1";
  ASSERT_TRUE(lab::up(process, tokyo));
  Process other(cloud, "other");
  auto listing = list(other.context, {});
  ASSERT_TRUE(listing) << listing.error().message;
  ASSERT_EQ(listing->instances.size(), 1U);
  EXPECT_EQ(listing->instances[0].name, "tokyo");
}

TEST(List, LeavesOutWhatIsNotHotarusUnlessAskedForAll) {
  Cloud cloud;
  Process process(cloud);
  aws::Ec2 ec2 = process.context.ec2("us-east-1");
  auto planned = plan(process.context, lab::request("ember"));
  ASSERT_TRUE(planned);
  aws::RunInstances run;
  run.image_id = planned->image.id;
  run.instance_type = "g4dn.xlarge";
  run.subnet_id = planned->subnet.id;
  ASSERT_TRUE(ec2.run_instance(run));
  EXPECT_TRUE(list(process.context, {.regions = {"us-east-1"}, .all = false})->instances.empty());
  auto all = list(process.context, {.regions = {"us-east-1"}, .all = true});
  ASSERT_EQ(all->instances.size(), 1U);
  EXPECT_FALSE(all->instances[0].ours);
}

TEST(List, OneRegionThatCannotBeReadDoesNotHideTheOthers) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  auto listing = list(process.context, {.regions = {"us-east-1", "ap-east-1"}, .all = false});
  ASSERT_TRUE(listing) << listing.error().message;
  EXPECT_EQ(listing->instances.size(), 1U);
  ASSERT_EQ(listing->errors.size(), 1U);
  EXPECT_EQ(listing->errors[0].region, "ap-east-1") << "one that the account would have to opt in to";
}

TEST(Locate, SaysWhichRegionsItMayNotReadWhenItFindsNothing) {
  Cloud cloud;
  Process process(cloud);
  std::atomic<int> asked{0};
  cloud.wire.faults = [&](const std::string& action, int) {
    return action == "DescribeInstances" && asked++ == 0 ? lab::Fault::forbidden : lab::Fault::none;
  };
  const auto missing = show(process.context, {"nobody", ""});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorClass::not_found);
  EXPECT_TRUE(missing.error().message.starts_with("There is no instance nobody in the regions that may be read (not "))
      << missing.error().message;
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "DescribeInstances" ? lab::Fault::forbidden : lab::Fault::none;
  };
  EXPECT_EQ(show(process.context, {"nobody", ""}).error().kind, ErrorClass::unauthorized);
}

TEST(List, ForgetsWhatHasEndedBehindOurBack) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  ASSERT_TRUE(process.context.ec2("us-east-1").terminate_instance(launched->facts.id));
  cloud.clock.advance(std::chrono::minutes(2));
  ASSERT_TRUE(list(process.context, {}));
  EXPECT_TRUE(process.known.all("sim/1")->empty());
}

TEST(List, RemovesWhatAnotherMachineLeftOnceAnHour) {
  Cloud cloud;
  Process dead(cloud);
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "RunInstances" ? lab::Fault::killed_before : lab::Fault::none;
  };
  EXPECT_THROW((void)lab::up(dead, lab::request("ember")), lab::Killed);
  cloud.wire.faults = [](const std::string&, int) { return lab::Fault::none; };
  cloud.clock.advance(std::chrono::hours(2));
  Process other(cloud, "other");
  auto listing = list(other.context, {});
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->settled.size(), 1U);
  EXPECT_TRUE(cloud.group_names().empty());
  cloud.wire.forget();
  ASSERT_TRUE(list(other.context, {}));
  EXPECT_EQ(cloud.wire.actions, std::vector<std::string>{"DescribeInstances"});
}

TEST(Region, ThatDoesNotExistIsSaidOnTheSimTooWithTheNearest) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.region = "mars-north-1";
  const auto expect_said = [](const Error& error) {
    EXPECT_EQ(error.kind, ErrorClass::invalid);
    EXPECT_EQ(error.message, "There is no region mars-north-1.");
    EXPECT_EQ(error.hint, "Did you mean eu-north-1?");
  };
  expect_said(lab::up(process, request).error());
  expect_said(show(process.context, {"ember", "mars-north-1"}).error());
  expect_said(end(process.context, {"ember", "mars-north-1"}).error());
  expect_said(list(process.context, {.regions = {"mars-north-1"}, .all = false}).error());
  process.context.region = "mars-north-1";
  expect_said(list(process.context, {}).error());
  EXPECT_TRUE(cloud.wire.actions.empty());
  // Of an endpoint that is not AWS's and not the sim, nobody knows the regions.
  process.context.scope = "http://127.0.0.1:5000/1";
  EXPECT_EQ(show(process.context, {"ember", "mars-north-1"}).error().kind, ErrorClass::unauthorized);
}

TEST(Plan, OfADryRunLaunchesNothingAndSeesNamesInUse) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.dry_run = true;
  auto planned = plan(process.context, request);
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_FALSE(planned->existing);
  EXPECT_EQ(planned->disk_gib, 64);
  EXPECT_EQ(planned->image.root_device, "/dev/sda1");
  EXPECT_EQ(planned->image.user, "ubuntu");
  EXPECT_FALSE(planned->creates.empty());
  ASSERT_TRUE(planned->price);
  EXPECT_TRUE(cloud.instances().empty());
  EXPECT_TRUE(cloud.group_names().empty());
  EXPECT_FALSE(std::filesystem::exists(process.folders.state / "ssh" / "id_ed25519"));
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  Process other(cloud, "other");
  auto again = plan(other.context, request);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->existing);
}

TEST(Plan, ADiskSmallerThanTheImageIsRefused) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.disk_gib = 1;
  auto planned = plan(process.context, request);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().kind, ErrorClass::invalid);
}

TEST(Plan, AZoneIsTakenByNameOrId) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  for (const char* zone : {"us-east-1b", "use1-az2"}) {
    request.zone = zone;
    auto planned = plan(process.context, request);
    ASSERT_TRUE(planned) << planned.error().message;
    EXPECT_TRUE(planned->subnet.zone == zone || planned->subnet.zone_id == zone);
  }
  request.zone = "us-east-1z";
  EXPECT_EQ(plan(process.context, request).error().kind, ErrorClass::not_found);
}

TEST(Plan, ImagesThatDoNotExistAreSaid) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.image = "ami-0123456789abcdef0";
  EXPECT_EQ(plan(process.context, request).error().kind, ErrorClass::not_found);
  request.image = "slackware";
  EXPECT_EQ(plan(process.context, request).error().kind, ErrorClass::invalid);
}

/// A key pair of the user's own: its public file.
std::string make_key(Cloud& cloud, const std::string& name) {
  const std::string file = (cloud.folder.path() / name).string();
  (void)cloud.programs.run({.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file}});
  return file + ".pub";
}

TEST(Plan, AKeyThatNobodyCouldLogInWithIsRefusedBeforeAnythingIsMade) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.key_file = make_key(cloud, "lost");
  std::filesystem::remove(cloud.folder.path() / "lost");
  auto launched = lab::up(process, request);
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().kind, ErrorClass::invalid);
  EXPECT_NE(launched.error().message.find(request.key_file), std::string::npos) << launched.error().message;
  EXPECT_EQ(cloud.wire.count("CreateSecurityGroup") + cloud.wire.count("ImportKeyPair"), 0);
  request.wait = false;  // then it is not this machine that logs in
  EXPECT_TRUE(lab::up(process, request));
}

TEST(Plan, AKeyOfTheUsersOwnIsImportedAndLoggedInWith) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.key_file = make_key(cloud, "mine");
  auto planned = plan(process.context, request);
  ASSERT_TRUE(planned) << planned.error().message;
  auto launched = launch(process.context, *planned);
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_EQ(launched->target.identity, cloud.folder.path() / "mine");
  EXPECT_EQ(cloud.instances().at(0).key_name, planned->key_name);
  EXPECT_EQ(planned->key_name, key_pair_name(read_file(request.key_file).value_or("")));
  EXPECT_FALSE(std::filesystem::exists(process.folders.state / "ssh" / "id_ed25519")) << "none of ours is made";
  // Said as the private file, it means the same.
  request.name = "glow";
  request.key_file = (cloud.folder.path() / "mine").string();
  auto again = lab::up(process, request);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->target.identity, cloud.folder.path() / "mine");
  EXPECT_EQ(cloud.wire.count("ImportKeyPair"), 1);
}

TEST(Plan, FamiliesHaveTheirOwnLogins) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.image = "amazon-linux";
  EXPECT_EQ(plan(process.context, request)->image.user, "ec2-user");
  request.image = "debian";
  EXPECT_EQ(plan(process.context, request)->image.user, "admin");
}

TEST(Plan, WithoutARangeTheCallersOwnAddressIsAskedFor) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.from.clear();
  EXPECT_EQ(plan(process.context, request)->from, std::vector<std::string>{"127.0.0.1/32"});
  process.context.environment.unset("HOTARU_CHECKIP_URL");
  EXPECT_EQ(plan(process.context, request).error().kind, ErrorClass::invalid);
}

TEST(Show, ANameThatDoesNotExistIsAnsweredWithTheNearest) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  auto facts = show(process.context, {"embre", ""});
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().kind, ErrorClass::not_found);
  EXPECT_NE(facts.error().hint.find("ember"), std::string::npos);
}

TEST(Show, AnotherMachineFindsItInAnyRegion) {
  Cloud cloud;
  Process process(cloud);
  auto tokyo = lab::request("tokyo");
  tokyo.region = "ap-northeast-1";
  auto launched = lab::up(process, tokyo);
  ASSERT_TRUE(launched);
  Process other(cloud, "other");
  auto facts = show(other.context, {"tokyo", ""});
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->id, launched->facts.id);
  EXPECT_EQ(facts->region, "ap-northeast-1");
}

TEST(Show, TheSameNameInTwoRegionsMustBeToldApart) {
  Cloud cloud;
  Process here(cloud);
  Process there(cloud, "other");
  auto tokyo = lab::request("ember");
  tokyo.region = "ap-northeast-1";
  ASSERT_TRUE(lab::up(here, lab::request("ember")));
  ASSERT_TRUE(lab::up(there, tokyo));
  Process third(cloud, "third");
  auto facts = show(third.context, {"ember", ""});
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().kind, ErrorClass::conflict);
  EXPECT_TRUE(show(third.context, {"ember", "ap-northeast-1"}));
}

TEST(Target, OfAKnownInstanceNeedsNoCall) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  cloud.wire.forget();
  auto reach = target(process.context, {"ember", ""});
  ASSERT_TRUE(reach);
  EXPECT_EQ(reach->address, launched->facts.address);
  EXPECT_TRUE(cloud.wire.actions.empty());
}

TEST(Target, OfAnotherMachinesInstanceTrustsTheKeyOfTheTag) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  Process other(cloud, "other");
  auto reach = target(other.context, {"ember", ""});
  ASSERT_TRUE(reach) << reach.error().message;
  EXPECT_EQ(reach->user, "ubuntu");
  auto keys = ssh::stored_host_keys(*reach);
  ASSERT_TRUE(keys);
  EXPECT_EQ(*keys, std::vector<std::string>{cloud.door.new_key});
}

TEST(Target, OfAnInstanceThatWasOnlyListedTrustsTheKeyOfTheTag) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  Process other(cloud, "other");
  ASSERT_TRUE(list(other.context, {}));
  auto reach = target(other.context, {"ember", ""});
  ASSERT_TRUE(reach) << reach.error().message;
  EXPECT_EQ(ssh::stored_host_keys(*reach).value_or(std::vector<std::string>{}),
            std::vector<std::string>{cloud.door.new_key});
}

TEST(Target, OfAnotherMachinesInstanceFollowsTheTagWhenItIsAskedAgain) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  Process other(cloud, "other");
  auto reach = target(other.context, {"ember", ""});
  ASSERT_TRUE(reach);
  // What was there while the launching machine had not replaced the key yet.
  ASSERT_TRUE(ssh::store_host_keys(*reach, {"ssh-ed25519 AAAAgiven"}));
  ASSERT_TRUE(target(other.context, {"ember", ""}, true));
  EXPECT_EQ(ssh::stored_host_keys(*reach).value_or(std::vector<std::string>{}),
            std::vector<std::string>{cloud.door.new_key});
}

TEST(Target, OfOurOwnInstanceKeepsTheKeyThatWasLearntWhateverTheTagSays) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  const std::string key_tag = tag::host_key;
  ASSERT_TRUE(
      process.context.ec2("us-east-1").create_tags({launched->facts.id}, {{key_tag, "ssh-ed25519 AAAAforged"}}));
  auto reach = target(process.context, {"ember", ""}, true);
  ASSERT_TRUE(reach);
  EXPECT_EQ(ssh::stored_host_keys(*reach).value_or(std::vector<std::string>{}),
            std::vector<std::string>{cloud.door.new_key});
}

TEST(BringUp, FromAnotherMachineLeavesTheHostKeyToTheOneThatLaunched) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  const std::string before = cloud.door.new_key;
  cloud.door.new_key = "ssh-ed25519 AAAAother";
  Process other(cloud, "other");
  auto again = lab::up(other, lab::request("ember"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->ready);
  EXPECT_EQ(ssh::stored_host_keys(again->target).value_or(std::vector<std::string>{}),
            std::vector<std::string>{before});
}

TEST(BringUp, ReplacesTheHostKeyOnceWhereTwoCommandsWaitForTheSameInstance) {
  Cloud cloud;
  Process first(cloud);
  Process second(cloud);
  auto launched = lab::up(first, lab::request("ember"));
  ASSERT_TRUE(launched);
  auto known = first.known.find("sim/1", "ember");
  ASSERT_TRUE(known && known->size() == 1);
  auto stale = known->front();
  stale.host_key_renewed = false;  // as the second read it before the first had done its work
  const std::string before = cloud.door.new_key;
  cloud.door.new_key = "ssh-ed25519 AAAAsecond";
  Waiter waiter(second.context, "us-east-1", launched->facts.id, Duration{60'000});
  ASSERT_TRUE(waiter.until_login(stale));
  EXPECT_EQ(ssh::stored_host_keys(launched->target).value_or(std::vector<std::string>{}),
            std::vector<std::string>{before});
}

TEST(BringUp, RefusedByAnotherMachinesInstanceSaysWhereToLogIn) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  cloud.door.open = [](const ssh::Target&, const std::function<Result<void>()>&) -> Result<void> {
    return std::unexpected(Error{ErrorClass::unauthorized, "No.", "An image's.", ssh::key_refused, {}});
  };
  Process other(cloud, "other");
  auto again = lab::up(other, lab::request("ember"));
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().hint.find("launched from another machine"), std::string::npos) << again.error().hint;
}

TEST(Target, OfAStoppedInstanceSaysHowToStartIt) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  ASSERT_TRUE(stop(process.context, {"ember", ""}));
  auto reach = target(process.context, {"ember", ""});
  ASSERT_FALSE(reach);
  EXPECT_EQ(reach.error().kind, ErrorClass::conflict);
  EXPECT_NE(reach.error().hint.find("hotaru start ember"), std::string::npos);
}

TEST(Power, StopAndStartKeepTheInstanceAndRenewItsAddress) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  auto stopped = stop(process.context, {"ember", ""});
  ASSERT_TRUE(stopped) << stopped.error().message;
  EXPECT_EQ(stopped->state, "stopped");
  EXPECT_EQ(stopped->address, "");
  auto started = start(process.context, {"ember", ""});
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_TRUE(started->started);
  EXPECT_TRUE(started->ready);
  EXPECT_EQ(started->facts.id, launched->facts.id);
  EXPECT_EQ(target(process.context, {"ember", ""})->address, started->facts.address);
  auto alias = read_file(process.folders.config / "ssh_config");
  ASSERT_TRUE(alias);
  EXPECT_NE(alias->find("HostName " + started->facts.address), std::string::npos);
}

TEST(Power, RebootKeepsTheAddress) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  auto facts = reboot(process.context, {"ember", ""});
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->address, launched->facts.address);
}

TEST(Power, WhatIsNotOursIsLeftAlone) {
  Cloud cloud;
  Process process(cloud);
  auto planned = plan(process.context, lab::request("ember"));
  ASSERT_TRUE(planned);
  aws::RunInstances run;
  run.image_id = planned->image.id;
  run.instance_type = "g4dn.xlarge";
  run.subnet_id = planned->subnet.id;
  auto instance = process.context.ec2("us-east-1").run_instance(run);
  ASSERT_TRUE(instance);
  const Which which{instance->id, "us-east-1"};
  EXPECT_EQ(stop(process.context, which).error().kind, ErrorClass::conflict);
  EXPECT_EQ(reboot(process.context, which).error().kind, ErrorClass::conflict);
  EXPECT_EQ(end(process.context, which).error().kind, ErrorClass::conflict);
  EXPECT_EQ(cloud.instances()[0].state, "running");
}

TEST(LookUp, TakesAKnownInstanceFromTheCacheAndAsksForAnother) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  cloud.wire.forget();
  auto known = look_up(process.context, {"ember", ""});
  ASSERT_TRUE(known);
  EXPECT_EQ(known->id, launched->facts.id);
  EXPECT_TRUE(cloud.wire.actions.empty());
  Process other(cloud, "other");
  auto found = look_up(other.context, {"ember", ""});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->id, launched->facts.id);
  EXPECT_EQ(found->region, "us-east-1");
  EXPECT_EQ(look_up(other.context, {"nope", ""}).error().kind, ErrorClass::not_found);
}

TEST(End, LeavesNoSocketOfASharedConnection) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  const auto socket = launched->target.control_path;
  EXPECT_EQ(socket, ssh::shared_connection_path(process.folders, launched->facts.id, launched->facts.address));
  ASSERT_EQ(::mknod(socket.c_str(), S_IFSOCK | 0600, 0), 0);
  ASSERT_TRUE(end(process.context, {"ember", ""}));
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST(End, IsIdempotent) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  ASSERT_TRUE(end(process.context, {"ember", ""}));
  auto again = end(process.context, {"ember", ""});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->was_gone);
}

TEST(End, OfSomethingThatNeverWasIsNotFound) {
  Cloud cloud;
  Process process(cloud);
  auto ended = end(process.context, {"ember", ""});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorClass::not_found);
}

TEST(End, AnotherMachineEndsItAndItsGroup) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  Process other(cloud, "other");
  auto ended = end(other.context, {"ember", ""});
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_TRUE(ended->group_removed);
  EXPECT_TRUE(cloud.group_names().empty());
}

TEST(End, OfAnInstanceThatEndedByItselfRemovesItsGroup) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  ASSERT_TRUE(process.context.ec2("us-east-1").terminate_instance(launched->facts.id));
  cloud.clock.advance(std::chrono::minutes(1));
  auto ended = end(process.context, {"ember", ""});
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_TRUE(cloud.group_names().empty());
  EXPECT_TRUE(process.known.all("sim/1")->empty());
}

TEST(Access, IsJudgedByTheRulesThatThereAreNotByThoseThatWereMade) {
  Cloud cloud;
  Process process(cloud);
  auto wanted = lab::request("ember");
  wanted.from = {"127.0.0.1/32"};
  ASSERT_TRUE(lab::up(process, wanted));
  EXPECT_TRUE(check_access(process.context, {"ember", ""})->open);
  const std::string group = process.known.find("sim/1", "ember")->front().group_id;
  aws::Ec2 ec2 = process.context.ec2("us-east-1");
  ASSERT_TRUE(ec2.revoke_ingress(group, ssh_permission({"127.0.0.1/32"}, "")));
  auto access = check_access(process.context, {"ember", ""});
  ASSERT_TRUE(access);
  EXPECT_FALSE(access->open);
  EXPECT_TRUE(access->allowed.empty());
  ASSERT_TRUE(ec2.authorize_ingress(
      group, {.protocol = "tcp", .from_port = 1, .to_port = 1024, .ranges = {{"127.0.0.0/8", "mine"}}, .ranges6 = {}}));
  EXPECT_TRUE(check_access(process.context, {"ember", ""})->open);
}

TEST(Access, IsMendedForANewAddressAndClosedForTheOld) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  auto access = check_access(process.context, {"ember", ""});
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->current, "127.0.0.1/32");
  EXPECT_FALSE(access->open);
  auto fixed = fix_access(process.context, {"ember", ""});
  ASSERT_TRUE(fixed) << fixed.error().message;
  EXPECT_TRUE(check_access(process.context, {"ember", ""})->open);
  auto lock = cloud.world->lock();
  for (const auto& [id, group] : cloud.world->region(Cloud::account, "us-east-1").security_groups.all())
    for (const auto& rule : group.rules)
      if (group.name == "hotaru-ember" && !rule.egress) {
        EXPECT_EQ(rule.cidr, "127.0.0.1/32");
      }
}

}  // namespace
}  // namespace hotaru::lifecycle
