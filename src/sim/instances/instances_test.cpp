#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "sim/instances/transitions.h"
#include "sim/test_instances.h"

namespace hotaru::sim {
namespace {

using Instances = TestInstances;

TEST_F(Instances, ALaunchIsPendingInItsAnswerAndThenRunsAndIsChecked) {
  const std::string answer = call("RunInstances", launch());
  EXPECT_EQ(value(answer, "instanceState"), "<code>0</code><name>pending</name>");
  const std::string id = value(answer, "instanceId");
  EXPECT_EQ(state(id), "running");
  const std::string status = call("DescribeInstanceStatus", {{"InstanceId.1", id}});
  EXPECT_EQ(count(status, "<status>ok</status>"), 2u);
  EXPECT_EQ(count(status, "<status>passed</status>"), 2u);
}

TEST_F(Instances, TheMachineIsGivenWhatTheWorldKnows) {
  const std::string id = run({{"UserData", base64_encode("#!/bin/sh")},
                              {"MetadataOptions.HttpTokens", "required"},
                              {"BlockDeviceMapping.1.DeviceName", "/dev/sda1"},
                              {"BlockDeviceMapping.1.Ebs.VolumeSize", "64"}});
  const auto spec = machines_.spec(id);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->user_data, "#!/bin/sh");
  EXPECT_EQ(spec->disk_gib, 64);
  EXPECT_EQ(spec->gpu_name, "T4");
  EXPECT_EQ(spec->gpu_count, 1);
  EXPECT_EQ(spec->default_user, "ubuntu");
  EXPECT_TRUE(spec->metadata_tokens_required);
  EXPECT_EQ(spec->security_groups, std::vector<std::string>{"default"});
  EXPECT_TRUE(spec->public_ip.starts_with("127."));
  EXPECT_EQ(spec->subnet_cidr, state_->subnets.find(spec->subnet_id)->cidr);
}

TEST_F(Instances, StopReleasesThePublicAddressAndStartGivesAnotherButThePrivateOneStays) {
  const std::string id = run();
  const Instance before = instance(id);
  call("RebootInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(instance(id).public_ip, before.public_ip) << "a reboot keeps it";
  clock_.advance(Duration{60'000});
  const std::string stopping = call("StopInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(value(stopping, "currentState"), "<code>64</code><name>stopping</name>");
  EXPECT_EQ(value(stopping, "previousState"), "<code>16</code><name>running</name>");
  EXPECT_EQ(state(id), "stopped");
  EXPECT_EQ(instance(id).public_ip, "");
  EXPECT_EQ(value(call("StartInstances", {{"InstanceId.1", id}}), "name"), "pending");
  const Instance& after = instance(id);
  EXPECT_EQ(after.state, "running");
  EXPECT_NE(after.public_ip, before.public_ip);
  EXPECT_EQ(after.private_ip, before.private_ip);
  EXPECT_EQ(after.network_interface_id, before.network_interface_id);
  EXPECT_EQ(after.intervals.size(), 2u);
}

TEST_F(Instances, ATerminatedInstanceLeavesNothingAndIsForgottenAfterAnHour) {
  const std::string id = run({{"TagSpecification.1.ResourceType", "instance"},
                              {"TagSpecification.1.Tag.1.Key", "Name"},
                              {"TagSpecification.1.Tag.1.Value", "one"}});
  EXPECT_EQ(value(call("TerminateInstances", {{"InstanceId.1", id}}), "name"), "shutting-down");
  EXPECT_EQ(state(id), "terminated");
  EXPECT_TRUE(state_->volumes.all().empty());
  EXPECT_TRUE(state_->network_interfaces.all().empty());
  EXPECT_EQ(state_->tags_of(id).size(), 1u) << "its tags are still seen";
  EXPECT_EQ(machines_.status(id).state, MachineState::absent);
  clock_.advance(terminated_visible_for);
  EXPECT_EQ(code(call("DescribeInstances", {{"InstanceId.1", id}})), "InvalidInstanceID.NotFound");
  EXPECT_TRUE(state_->tags_of(id).empty());
}

TEST_F(Instances, PoweringOffInsideStopsOrTerminatesAsWasAskedFor) {
  const std::string stops = run();
  const std::string ends = run({{"InstanceInitiatedShutdownBehavior", "terminate"}});
  clock_.advance(Duration{1'000});
  ASSERT_TRUE(machines_.end(stops, "poweroff"));
  ASSERT_TRUE(machines_.end(ends, "poweroff"));
  EXPECT_EQ(state(stops), "stopped");
  EXPECT_EQ(state(ends), "terminated");
  EXPECT_EQ(instance(ends).state_reason_code, "Client.InstanceInitiatedShutdown");
}

TEST_F(Instances, TheSameTokenLaunchesOnceAndOnlyForTheSameParameters) {
  const Form form = launch({{"ClientToken", "token"}});
  const std::string id = value(call("RunInstances", form), "instanceId");
  EXPECT_EQ(value(call("RunInstances", form), "instanceId"), id);
  EXPECT_EQ(state_->instances.all().size(), 1u);
  Form other = form;
  other["InstanceType"] = "g5.xlarge";
  EXPECT_EQ(code(call("RunInstances", other)), "IdempotentParameterMismatch");
  call("TerminateInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(code(call("RunInstances", form)), "IdempotentInstanceTerminated");
  EXPECT_EQ(count(call("DescribeInstances", {{"Filter.1.Name", "client-token"}, {"Filter.1.Value.1", "tok*"}}),
                  "<instanceId>"),
            1u);
}

struct Refused {
  const char* code;
  Form form;
};

TEST_F(Instances, ALaunchThatCannotBeIsRefusedWithEc2sCode) {
  const std::string big = base64_encode(std::string(16'385, 'x'));
  const std::vector<Refused> all = {
      {"InvalidAMIID.Malformed", {{"ImageId", "ubuntu"}}},
      {"InvalidAMIID.NotFound", {{"ImageId", "ami-00000000000000000"}}},
      {"InvalidParameterValue", {{"InstanceType", "g99.xlarge"}}},
      {"InvalidParameterValue", {{"InstanceType", "g5g.xlarge"}}},
      {"InvalidParameterValue", {{"Placement.AvailabilityZone", "us-east-1z"}}},
      {"InvalidKeyPair.NotFound", {{"KeyName", "none"}}},
      {"InvalidGroup.NotFound", {{"SecurityGroupId.1", "sg-00000000000000000"}}},
      {"InvalidGroup.NotFound", {{"SecurityGroup.1", "none"}}},
      {"InvalidSubnetID.NotFound", {{"SubnetId", "subnet-00000000000000000"}}},
      {"InvalidParameterCombination", {{"SecurityGroup.1", "default"}, {"NetworkInterface.1.DeviceIndex", "0"}}},
      {"InvalidBlockDeviceMapping",
       {{"BlockDeviceMapping.1.DeviceName", "/dev/sda1"}, {"BlockDeviceMapping.1.Ebs.VolumeSize", "1"}}},
      {"InvalidBlockDeviceMapping",
       {{"BlockDeviceMapping.1.DeviceName", "zz"}, {"BlockDeviceMapping.1.Ebs.VolumeSize", "1"}}},
      {"InvalidBlockDeviceMapping",
       {{"BlockDeviceMapping.1.DeviceName", "/dev/sdf1"}, {"BlockDeviceMapping.1.Ebs.VolumeSize", "1"}}},
      {"InvalidParameterValue",
       {{"BlockDeviceMapping.1.DeviceName", "/dev/sda1"}, {"BlockDeviceMapping.1.Ebs.VolumeType", "gp9"}}},
      {"InvalidParameterValue", {{"UserData", big}}},
      {"InvalidParameterValue", {{"IamInstanceProfile.Name", "trainer"}}},
      {"InvalidParameterValue", {{"MinCount", "0"}}},
      {"InvalidParameterValue", {{"MinCount", "3"}, {"MaxCount", "2"}}},
      {"UnknownParameter", {{"Colour", "red"}}},
      {"DryRunOperation", {{"DryRun", "true"}}},
  };
  for (const Refused& one : all) {
    const std::string answer = call("RunInstances", launch(one.form));
    EXPECT_EQ(code(answer), one.code) << one.form.begin()->first << ": " << answer;
  }
  EXPECT_TRUE(state_->instances.all().empty());
  EXPECT_TRUE(state_->volumes.all().empty());
  EXPECT_TRUE(state_->network_interfaces.all().empty());
}

TEST_F(Instances, WithoutADefaultVpcALaunchNeedsASubnet) {
  const std::string vpc = state_->default_vpc()->id;
  const std::string subnet = state_->subnets.all().begin()->first;
  state_->vpcs.modify(vpc, [](Vpc& one) { one.is_default = false; });
  EXPECT_EQ(code(call("RunInstances", launch())), "VPCIdNotSpecified");
  EXPECT_NE(run({{"InstanceType", "t3.micro"}, {"SubnetId", subnet}}), "");
}

TEST_F(Instances, ATypeIsLaunchedOnlyInZonesThatOfferIt) {
  const auto all = zones_of("us-east-1");
  for (const catalog::InstanceType& type : catalog::types()) {
    const auto offering = catalog_zones(std::string(type.name));
    if (type.arch != "x86_64" || offering.empty() || offering.size() == all.size()) continue;
    const auto without = std::ranges::find_if(all, [&](const Zone& zone) { return !offering.contains(zone.id); });
    const std::string name(type.name);
    const Form there = launch({{"InstanceType", name}, {"Placement.AvailabilityZone", without->name}});
    EXPECT_EQ(code(call("RunInstances", there)), "Unsupported") << name;
    EXPECT_TRUE(offering.contains(instance(run({{"InstanceType", name}})).zone_id)) << "left to choose, it finds one";
    return;
  }
  FAIL() << "the catalogue has no type that some zones lack";
}

TEST_F(Instances, TerminationProtectionIsObeyedUntilItIsTakenBack) {
  const std::string id = run({{"DisableApiTermination", "true"}});
  EXPECT_EQ(code(call("TerminateInstances", {{"InstanceId.1", id}})), "OperationNotPermitted");
  EXPECT_EQ(code(call("ModifyInstanceAttribute", {{"InstanceId", id}, {"DisableApiTermination.Value", "false"}})),
            "<return>true</return>");
  call("TerminateInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(state(id), "terminated");
}

TEST_F(Instances, StatesThatForbidAnActionAreNamed) {
  const std::string id = run();
  EXPECT_EQ(code(call("ModifyInstanceAttribute", {{"InstanceId", id}, {"UserData.Value", "aGk="}})),
            "IncorrectInstanceState");
  EXPECT_EQ(value(call("StartInstances", {{"InstanceId.1", id}}), "name"), "running") << "no harm";
  const std::string spot = run({{"InstanceMarketOptions.MarketType", "spot"}});
  EXPECT_EQ(instance(spot).lifecycle, "spot");
  EXPECT_EQ(code(call("StopInstances", {{"InstanceId.1", spot}})), "UnsupportedOperation");
  call("TerminateInstances", {{"InstanceId.1", id}});
  for (const char* action : {"StartInstances", "StopInstances", "RebootInstances"})
    EXPECT_EQ(code(call(action, {{"InstanceId.1", id}})), "IncorrectInstanceState") << action;
  EXPECT_EQ(value(call("TerminateInstances", {{"InstanceId.1", id}}), "name"), "terminated") << "no harm";
  EXPECT_EQ(code(call("StopInstances", {{"InstanceId.1", "i-123"}})), "InvalidInstanceID.Malformed");
  EXPECT_EQ(code(call("StopInstances")), "InvalidParameterCombination");
}

TEST_F(Instances, UserDataChangedWhileStoppedIsWhatTheNextStartGets) {
  const std::string id = run({{"UserData", base64_encode("old")}});
  call("StopInstances", {{"InstanceId.1", id}});
  state(id);
  call("ModifyInstanceAttribute", {{"InstanceId", id}, {"UserData.Value", base64_encode("new")}});
  EXPECT_EQ(value(call("DescribeInstanceAttribute", {{"InstanceId", id}, {"Attribute", "userData"}}), "value"),
            base64_encode("new"));
  call("StartInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(machines_.spec(id)->user_data, "new");
}

TEST_F(Instances, PublicAddressesAreUniqueAcrossRegionsWhilePrivateRangesRepeat) {
  Form form = launch({{"MinCount", "20"}, {"MaxCount", "20"}, {"InstanceType", "t3.micro"}});
  call("RunInstances", form);
  form["ImageId"] = image("eu-west-1");
  call("RunInstances", form, "eu-west-1");
  std::set<std::string> addresses;
  for (RegionState* region : world_->regions()) {
    EXPECT_EQ(region->default_vpc()->cidr, "172.31.0.0/16");
    for (const auto& [id, one] : region->instances.all()) addresses.insert(one.public_ip);
  }
  EXPECT_EQ(addresses.size(), 40u);
}

TEST_F(Instances, PagesHoldEveryInstanceOnce) {
  run({{"MinCount", "12"}, {"MaxCount", "12"}, {"InstanceType", "t3.micro"}});
  std::set<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    Form form{{"MaxResults", "5"}};
    if (!token.empty()) form["NextToken"] = token;
    const std::string answer = call("DescribeInstances", form);
    for (const auto& [id, one] : state_->instances.all())
      if (answer.find("<instanceId>" + id + "</instanceId><imageId>") != std::string::npos && !seen.insert(id).second)
        ADD_FAILURE() << id << " is on two pages";
    token = value(answer, "nextToken");
    ++pages;
  } while (!token.empty() && pages < 10);
  EXPECT_EQ(seen.size(), 12u);
  EXPECT_EQ(pages, 3);
}

TEST_F(Instances, FiltersThatAnIndexAnswersFindWhatTheOthersFind) {
  const auto group = value(call("CreateSecurityGroup", {{"GroupName", "g"}, {"GroupDescription", "d"}}), "groupId");
  const Form many{{"MinCount", "7"}, {"MaxCount", "7"}, {"ClientToken", "token-1"}, {"SecurityGroupId.1", group}};
  const std::string one = run(many);
  const std::string other = run({{"ClientToken", "token-2"}});
  const auto found = [&](const std::string& name, const std::string& text, Form form = {}) {
    form["Filter.1.Name"] = name;
    form["Filter.1.Value.1"] = text;
    return call("DescribeInstances", form);
  };
  for (const auto& [name, exact, pattern] : {std::tuple("client-token", std::string("token-1"), std::string("token-?")),
                                             std::tuple("instance.group-id", group, group.substr(0, 19) + "?"),
                                             std::tuple("instance-id", other, other.substr(0, 18) + "?")}) {
    EXPECT_EQ(count(found(name, exact), "<amiLaunchIndex>"), name == std::string("instance-id") ? 1u : 7u) << name;
    EXPECT_EQ(count(found(name, exact + "x"), "<amiLaunchIndex>"), 0u) << name;
    EXPECT_NE(found(name, pattern).find(value(found(name, exact), "instanceId")), std::string::npos) << name;
  }
  const std::string page = found("client-token", "token-1", {{"MaxResults", "5"}});
  EXPECT_EQ(count(page, "<amiLaunchIndex>"), 5u);
  const std::string rest =
      found("client-token", "token-1", {{"MaxResults", "5"}, {"NextToken", value(page, "nextToken")}});
  EXPECT_EQ(count(rest, "<amiLaunchIndex>"), 2u);
  for (const char* action : {"DescribeVolumes", "DescribeNetworkInterfaces"}) {
    const std::string of_one = call(action, {{"Filter.1.Name", "attachment.instance-id"}, {"Filter.1.Value.1", one}});
    EXPECT_EQ(count(of_one, "<instanceId>" + one + "</instanceId>"), 1u) << of_one;
    EXPECT_EQ(count(of_one, "<instanceId>"), 1u) << of_one;
  }
}

TEST_F(Instances, TagsComeInPagesTooAndByTheirResource) {
  run({{"MinCount", "4"},
       {"MaxCount", "4"},
       {"TagSpecification.1.ResourceType", "instance"},
       {"TagSpecification.1.Tag.1.Key", "a"},
       {"TagSpecification.1.Tag.1.Value", "1"},
       {"TagSpecification.1.Tag.2.Key", "b"},
       {"TagSpecification.1.Tag.2.Value", "2"}});
  const std::string first = call("DescribeTags", {{"MaxResults", "5"}});
  EXPECT_EQ(count(first, "<resourceId>"), 5u);
  const std::string second = call("DescribeTags", {{"MaxResults", "5"}, {"NextToken", value(first, "nextToken")}});
  EXPECT_EQ(count(second, "<resourceId>"), 3u);
  EXPECT_EQ(value(second, "nextToken"), "");
  std::size_t seen = 0;
  for (const auto& [id, one] : state_->instances.all())
    for (const char* key : {"a", "b"})
      seen +=
          count(first + second, "<resourceId>" + id + "</resourceId><resourceType>instance</resourceType><key>" + key);
  EXPECT_EQ(seen, 8u);
  const std::string id = state_->instances.all().begin()->first;
  EXPECT_EQ(count(call("DescribeTags", {{"Filter.1.Name", "resource-id"}, {"Filter.1.Value.1", id}}), "<key>"), 2u);
}

TEST_F(Instances, FiltersFindByWhatAnInstanceIs) {
  const std::string id = run({{"TagSpecification.1.ResourceType", "instance"},
                              {"TagSpecification.1.Tag.1.Key", "Name"},
                              {"TagSpecification.1.Tag.1.Value", "trainer-7"}});
  run({{"InstanceType", "t3.micro"}});
  const Instance one = instance(id);
  const Form filters{{"instance-type", "g4dn.*"},
                     {"tag:Name", "trainer-?"},
                     {"private-ip-address", one.private_ip},
                     {"ip-address", one.public_ip},
                     {"reservation-id", one.reservation_id},
                     {"network-interface.network-interface-id", one.network_interface_id},
                     {"block-device-mapping.volume-id", one.root_volume_id}};
  for (const auto& [name, pattern] : filters) {
    const std::string answer = call("DescribeInstances", {{"Filter.1.Name", name}, {"Filter.1.Value.1", pattern}});
    EXPECT_EQ(value(answer, "instanceId"), id) << name;
    EXPECT_EQ(count(answer, "<amiLaunchIndex>"), 1u) << name;
  }
  const Form both{{"Filter.1.Name", "instance-state-name"},
                  {"Filter.1.Value.1", "pending"},
                  {"Filter.1.Value.2", "running"},
                  {"Filter.2.Name", "instance.group-name"},
                  {"Filter.2.Value.1", "default"}};
  EXPECT_EQ(count(call("DescribeInstances", both), "<amiLaunchIndex>"), 2u);
  EXPECT_EQ(code(call("DescribeInstances", {{"Filter.1.Name", "colour"}, {"Filter.1.Value.1", "red"}})),
            "InvalidParameterValue");
}

TEST_F(Instances, VolumesAndInterfacesAreDescribedWithTheirTagsAndAttachments) {
  const std::string id = run({{"TagSpecification.1.ResourceType", "volume"},
                              {"TagSpecification.1.Tag.1.Key", "owner"},
                              {"TagSpecification.1.Tag.1.Value", "me"},
                              {"NetworkInterface.1.DeviceIndex", "0"},
                              {"NetworkInterface.1.AssociatePublicIpAddress", "false"},
                              {"BlockDeviceMapping.1.DeviceName", "/dev/sdf"},
                              {"BlockDeviceMapping.1.Ebs.VolumeSize", "100"},
                              {"BlockDeviceMapping.1.Ebs.DeleteOnTermination", "false"}});
  EXPECT_EQ(instance(id).public_ip, "");
  const Form mine{{"Filter.1.Name", "attachment.instance-id"}, {"Filter.1.Value.1", id}};
  const std::string volumes = call("DescribeVolumes", mine);
  EXPECT_EQ(count(volumes, "<status>in-use</status>"), 2u);
  EXPECT_EQ(count(volumes, "<key>owner</key><value>me</value>"), 2u);
  EXPECT_EQ(count(call("DescribeNetworkInterfaces", mine), "<status>in-use</status>"), 1u);
  call("TerminateInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(state(id), "terminated");
  ASSERT_EQ(state_->volumes.all().size(), 1u) << "the data volume stays";
  EXPECT_EQ(state_->volumes.all().begin()->second.state, "available");
}

TEST_F(Instances, TheConsoleSaysThatTheMachineIsSimulated) {
  const std::string id = run();
  const auto text = base64_decode(value(call("GetConsoleOutput", {{"InstanceId", id}}), "output"));
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("simulated"), std::string::npos);
}

TEST_F(Instances, RulesThatNameAGroupBecomeTheAddressesOfItsMembers) {
  const std::string id = run();
  const auto firewall = machines_.firewall(id);
  ASSERT_TRUE(firewall);
  ASSERT_EQ(firewall->ingress.size(), 1u) << "the default group lets its own members in";
  EXPECT_EQ(firewall->ingress[0].cidr, instance(id).private_ip + "/32");
  run();
  EXPECT_EQ(machines_.firewall(id)->ingress.size(), 2u) << "the first one was told of the second";
}

TEST_F(Instances, WhatMayLeaveIsWhatTheGroupsRulesForItSay) {
  const std::string id = run();
  EXPECT_EQ(machines_.firewall(id)->egress, Firewall{}.egress) << "every group begins with a rule that lets all out";
  const std::string group = instance(id).group_ids.at(0);
  const Form all{
      {"GroupId", group}, {"IpPermissions.1.IpProtocol", "-1"}, {"IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"}};
  call("RevokeSecurityGroupEgress", all);
  EXPECT_TRUE(machines_.firewall(id)->egress.empty());
  call("AuthorizeSecurityGroupEgress", {{"GroupId", group},
                                        {"IpPermissions.1.IpProtocol", "tcp"},
                                        {"IpPermissions.1.FromPort", "80"},
                                        {"IpPermissions.1.ToPort", "81"},
                                        {"IpPermissions.1.Groups.1.GroupId", group}});
  const std::vector<TrafficRule> to_members = {{"tcp", 80, 81, instance(id).private_ip + "/32"}};
  EXPECT_EQ(machines_.firewall(id)->egress, to_members);
}

TEST_F(Instances, MembersOfAGroupShareItsRulesAndOthersKeepTheirOwn) {
  const std::string one = run();
  const auto group = value(call("CreateSecurityGroup", {{"GroupName", "apart"}, {"GroupDescription", "d"}}), "groupId");
  const std::string apart = run({{"SecurityGroupId.1", group}});
  const std::string two = run();
  EXPECT_EQ(machines_.firewall(one)->ingress, machines_.firewall(two)->ingress);
  EXPECT_EQ(machines_.firewall(one)->ingress.size(), 2u);
  EXPECT_EQ(machines_.firewall(two)->private_ip, instance(two).private_ip);
  EXPECT_TRUE(machines_.firewall(apart)->ingress.empty());
}

TEST_F(Instances, AfterARestartTheMachinesAreFoundAsTheyAre) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "hotaru-instances-restart.sqlite";
  const auto clean = [&] {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + end);
  };
  clean();
  open(path);
  const std::string stays = run();
  const std::string stops = run();
  const std::string ends = run({{"InstanceInitiatedShutdownBehavior", "terminate"}});
  clock_.advance(Duration{5'000});
  ASSERT_TRUE(machines_.end(stops, "poweroff"));
  ASSERT_TRUE(machines_.end(ends, "poweroff"));
  open(path);
  {
    InstanceLife life(*world_, machines_);
    ASSERT_TRUE(life.recover());
    EXPECT_EQ(state_->instances.find(stays)->state, "running");
    EXPECT_EQ(state_->instances.find(stops)->state, "stopped");
    EXPECT_EQ(state_->instances.find(ends)->state, "terminated");
  }
  clean();
}

}  // namespace
}  // namespace hotaru::sim
