#include <gtest/gtest.h>

#include <set>

#include "lifecycle/lab_test.h"
#include "lifecycle/names.h"
#include "sim/scenario/script.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Fault;
using lab::Process;

std::string parameter_of(const std::string& body, const std::string& name) {
  for (const std::string& part : split(body, '&'))
    if (part.starts_with(name + "=")) return percent_decode(part.substr(name.size() + 1), true);
  return "";
}

/// The client tokens of all launch calls so far.
std::vector<std::string> tokens(const Cloud& cloud) {
  std::vector<std::string> all;
  for (const std::string& body : cloud.wire.bodies) {
    const std::string action = parameter_of(body, "Action");
    if (action == "RunInstances" || action == "CreateFleet") all.push_back(parameter_of(body, "ClientToken"));
  }
  return all;
}

int living(Cloud& cloud) {
  int count = 0;
  for (const auto& instance : cloud.instances())
    count += instance.state == "running" || instance.state == "pending" ? 1 : 0;
  return count;
}

Result<Launched> up_in(Process& process, const Request& request, const std::vector<Place>& places) {
  auto planned = plan(process.context, request, places);
  if (!planned) return pass(planned);
  return launch(process.context, *planned);
}

Place place(const std::string& region, const std::string& zone_id, const std::string& type = "g4dn.xlarge") {
  return {.type = type, .region = region, .zone_id = zone_id};
}

/// Room nowhere but in one zone.
void load_room(Cloud& cloud, const std::string& zone) {
  std::string yaml = "capacity:\n";
  for (const char* region : {"us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1"})
    for (const char letter : {'a', 'b', 'c', 'd', 'e', 'f'}) {
      const std::string name = std::string(region) + letter;
      if (name != zone) yaml += "  - {zone: " + name + ", instances: 0}\n";
    }
  auto scenario = sim::parse_scenario(yaml, "room.yaml");
  ASSERT_TRUE(scenario) << scenario.error().message;
  cloud.script.load(*scenario, cloud.clock.now());
}

/// Every launch call finds no room, and fleets are not permitted.
void refuse_all(Cloud& cloud) {
  cloud.wire.faults = [](const std::string& action, int) {
    if (action == "CreateLaunchTemplate") return Fault::forbidden;
    return action == "RunInstances" ? Fault::capacity : Fault::none;
  };
}

void expect_nothing_prepared(Cloud& cloud, Process& process) {
  for (const char* region : {"us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1"}) {
    auto templates = process.context.ec2(region).describe_launch_templates({});
    ASSERT_TRUE(templates);
    EXPECT_TRUE(templates->empty()) << region;
  }
  EXPECT_TRUE(process.journal.pending("sim/1")->empty());
  EXPECT_TRUE(cloud.group_names("us-west-2").empty());
}

TEST(Failover, AsksForTheOtherZonesInOneCallWithATokenOfItsOwn) {
  Cloud cloud;
  Process process(cloud);
  load_room(cloud, "us-east-1d");
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_TRUE(launched->ready);
  EXPECT_EQ(launched->facts.zone, "us-east-1d");
  EXPECT_FALSE(launched->refusals.empty());
  EXPECT_EQ(launched->refusals[0].code, "InsufficientInstanceCapacity");
  const auto used = tokens(cloud);
  ASSERT_EQ(used.size(), 2U);
  EXPECT_NE(used[0], used[1]);
  EXPECT_EQ(living(cloud), 1);
  expect_nothing_prepared(cloud, process);
  auto facts = show(process.context, {"ember", ""});
  ASSERT_TRUE(facts);
  EXPECT_TRUE(facts->ours);
  EXPECT_EQ(facts->host_key, cloud.door.new_key);
  ASSERT_TRUE(end(process.context, {"ember", ""}));
  EXPECT_EQ(living(cloud), 0);
}

TEST(Failover, WithoutAPermissionForFleetsZonesAreAskedOneByOne) {
  Cloud cloud;
  Process process(cloud);
  load_room(cloud, "us-east-1d");
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "CreateFleet" ? Fault::forbidden : Fault::none;
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_EQ(launched->facts.zone, "us-east-1d");
  EXPECT_EQ(cloud.wire.count("CreateFleet"), 1);
  const auto used = tokens(cloud);
  EXPECT_EQ(std::set<std::string>(used.begin(), used.end()).size(), used.size());
  EXPECT_EQ(living(cloud), 1);
  ASSERT_TRUE(end(process.context, {"ember", ""}));
  expect_nothing_prepared(cloud, process);
}

TEST(Failover, GoesThroughRegionsWithTwoLaunchCallsEachAndLeavesNothingBehind) {
  Cloud cloud;
  Process process(cloud);
  load_room(cloud, "ap-northeast-1c");
  std::vector<Place> places;
  for (const auto& [region, zone] :
       {std::pair{"us-east-1", "use1-az"}, {"us-west-2", "usw2-az"}, {"eu-west-1", "euw1-az"}})
    for (const char* number : {"1", "2", "3"}) places.push_back(place(region, zone + std::string(number)));
  for (const char* zone : {"apne1-az1", "apne1-az2", "apne1-az4"}) places.push_back(place("ap-northeast-1", zone));
  auto launched = up_in(process, lab::request("ember"), places);
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_EQ(launched->facts.zone, "ap-northeast-1c");
  EXPECT_LE(tokens(cloud).size(), 8U);
  EXPECT_TRUE(cloud.group_names().empty());  // of us-east-1
  EXPECT_EQ(cloud.group_names("ap-northeast-1"), std::vector<std::string>{group_name("ember")});
  expect_nothing_prepared(cloud, process);
  ASSERT_TRUE(end(process.context, {"ember", ""}));
}

TEST(Failover, OnSpotIsOneTimeAndItsPriceAnEstimate) {
  Cloud cloud;
  Process process(cloud);
  Request request = lab::request("ember");
  request.spot = true;
  auto planned = plan(process.context, request);
  ASSERT_TRUE(planned) << planned.error().message;
  ASSERT_TRUE(planned->price);
  EXPECT_TRUE(planned->price->estimated);
  EXPECT_LT(planned->price->usd, 0.526);
  auto launched = launch(process.context, *planned);
  ASSERT_TRUE(launched) << launched.error().message;
  ASSERT_EQ(cloud.instances().size(), 1U);
  EXPECT_EQ(std::string(cloud.instances()[0].lifecycle), "spot");
  EXPECT_EQ(std::string(cloud.instances()[0].shutdown_behavior), "terminate");
  EXPECT_FALSE(cloud.instances()[0].spot_persistent);
  ASSERT_TRUE(end(process.context, {"ember", ""}));
}

TEST(Failover, TheLastRefusalTellsOfAll) {
  Cloud cloud;
  Process process(cloud);
  refuse_all(cloud);
  auto launched =
      up_in(process, lab::request("ember"), {place("us-east-1", "use1-az1"), place("ap-northeast-1", "apne1-az4")});
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().kind, ErrorClass::capacity);
  EXPECT_NE(launched.error().message.find("2 offers in 2 regions"), std::string::npos) << launched.error().message;
  EXPECT_EQ(living(cloud), 0);
  EXPECT_TRUE(process.journal.pending("sim/1")->empty());
}

TEST(Failover, WhatRefusedIsRememberedForTenMinutes) {
  Cloud cloud;
  Process process(cloud);
  load_room(cloud, "us-east-1f");
  ASSERT_FALSE(up_in(process, lab::request("ember"), {place("us-east-1", "use1-az1")}));
  const auto refused = refused_lately(process.context);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].zone_id, "use1-az1");
  EXPECT_EQ(refused[0].type, "g4dn.xlarge");
  ASSERT_TRUE(process.context.clock.sleep(Duration{11 * 60'000}));
  EXPECT_TRUE(refused_lately(process.context).empty());
}

TEST(Failover, AnInstanceThatWasAcceptedAndDiesForCapacityMakesWayForTheNext) {
  Cloud cloud;
  Process process(cloud);
  bool dead = false;
  cloud.wire.before = [&](const std::string& action) {
    if (action != "DescribeInstances" || dead) return;
    dead = true;
    ASSERT_TRUE(process.context.ec2("us-east-1").terminate_instance(cloud.instances()[0].id));
    auto lock = cloud.world->lock();
    cloud.world->region(Cloud::account, "us-east-1").instances.modify(cloud.instances()[0].id, [](sim::Instance& one) {
      one.state_reason_code = "Server.InsufficientInstanceCapacity";
      one.state_reason_message = "Server.InsufficientInstanceCapacity: None left";
    });
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_EQ(launched->refusals.size(), 1U);
  EXPECT_EQ(living(cloud), 1);
  ASSERT_TRUE(end(process.context, {"ember", ""}));
  EXPECT_EQ(living(cloud), 0);
}

TEST(Failover, WhatIsNoRefusalOfAPlaceEndsTheLaunch) {
  Cloud cloud;
  Process process(cloud);
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "RunInstances" ? Fault::forbidden : Fault::none;
  };
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().kind, ErrorClass::unauthorized);
  EXPECT_EQ(cloud.wire.count("RunInstances"), 1);
}

}  // namespace
}  // namespace hotaru::lifecycle
