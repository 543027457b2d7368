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
  for (const std::string& body : cloud.wire.bodies)
    if (parameter_of(body, "Action") == "RunInstances") all.push_back(parameter_of(body, "ClientToken"));
  return all;
}

int living(Cloud& cloud) {
  int count = 0;
  for (const auto& instance : cloud.instances())
    count += instance.state == "running" || instance.state == "pending" ? 1 : 0;
  return count;
}

Result<Launched> up_in(Process& process, Request request, const std::vector<Place>& places) {
  auto planned = plan(process.context, request, places);
  if (!planned) return pass(planned);
  return launch(process.context, *planned);
}

Place place(const std::string& region, const std::string& zone_id, const std::string& type = "g4dn.xlarge") {
  return {.type = type, .region = region, .zone_id = zone_id};
}

/// The first so many launch calls find no room.
void refuse_first(Cloud& cloud, int calls) {
  cloud.wire.faults = [&cloud, calls](const std::string& action, int) {
    const bool refused = action == "RunInstances" && cloud.wire.count("RunInstances") <= calls;
    return refused ? Fault::capacity : Fault::none;
  };
}

TEST(Failover, GoesToTheNextZoneWithATokenOfItsOwn) {
  Cloud cloud;
  Process process(cloud);
  refuse_first(cloud, 2);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_TRUE(launched->ready);
  ASSERT_EQ(launched->refusals.size(), 2U);
  EXPECT_EQ(launched->refusals[0].code, "InsufficientInstanceCapacity");
  EXPECT_NE(launched->refusals[0].place.zone_id, launched->refusals[1].place.zone_id);
  const auto used = tokens(cloud);
  ASSERT_EQ(used.size(), 3U);
  EXPECT_EQ(std::set<std::string>(used.begin(), used.end()).size(), 3U);
  EXPECT_EQ(living(cloud), 1);
}

TEST(Failover, GoesToTheNextRegionAndLeavesNothingInTheFirst) {
  Cloud cloud;
  Process process(cloud);
  refuse_first(cloud, 2);
  auto launched =
      up_in(process, lab::request("ember"),
            {place("us-east-1", "use1-az1"), place("us-east-1", "use1-az2"), place("ap-northeast-1", "apne1-az4")});
  ASSERT_TRUE(launched) << launched.error().message;
  EXPECT_EQ(launched->facts.region, "ap-northeast-1");
  EXPECT_EQ(launched->refusals.size(), 2U);
  EXPECT_TRUE(cloud.group_names().empty());  // of us-east-1
  EXPECT_TRUE(process.journal.pending("sim/1")->empty());
  ASSERT_TRUE(end(process.context, {"ember", ""}));
}

TEST(Failover, TheLastRefusalTellsOfAll) {
  Cloud cloud;
  Process process(cloud);
  refuse_first(cloud, 99);
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
  refuse_first(cloud, 1);
  ASSERT_TRUE(up_in(process, lab::request("ember"), {place("us-east-1", "use1-az1"), place("us-east-1", "use1-az2")}));
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
