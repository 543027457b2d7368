#include <gtest/gtest.h>

#include <algorithm>

#include "sim/bill/usage.h"
#include "sim/network/lookups.h"
#include "sim/test_instances.h"

namespace hotaru::sim {
namespace {

class Networks : public TestInstances {
 protected:
  std::string make_vpc(const std::string& cidr = "10.0.0.0/16") {
    return value(call("CreateVpc", {{"CidrBlock", cidr}}), "vpcId");
  }
  std::string make_subnet(const std::string& vpc, const std::string& cidr = "10.0.1.0/24") {
    return value(call("CreateSubnet", {{"VpcId", vpc}, {"CidrBlock", cidr}, {"AvailabilityZone", "us-east-1a"}}),
                 "subnetId");
  }
  std::string make_gateway(const std::string& vpc) {
    const std::string id = value(call("CreateInternetGateway"), "internetGatewayId");
    call("AttachInternetGateway", {{"InternetGatewayId", id}, {"VpcId", vpc}});
    return id;
  }
  std::string main_table(const std::string& vpc) {
    return value(call("DescribeRouteTables", {{"Filter.1.Name", "vpc-id"}, {"Filter.1.Value.1", vpc}}), "routeTableId");
  }
  const Firewall firewall(const std::string& id) { return *machines_.firewall(id); }
};

TEST_F(Networks, AVpcComesWithATableAGroupAndNothingElse) {
  const std::string vpc = make_vpc("10.0.0.77/16");
  EXPECT_EQ(state_->vpcs.find(vpc)->cidr, "10.0.0.0/16");
  EXPECT_FALSE(has_dns_hostnames(*state_->vpcs.find(vpc)));
  EXPECT_EQ(value(call("DeleteVpc", {{"VpcId", vpc}}), "return"), "true");
  for (const auto& [id, table] : state_->route_tables.all()) EXPECT_NE(table.vpc_id, vpc);
}

TEST_F(Networks, ARouteToAnAttachedGatewayIsTheWayToTheInternet) {
  const std::string vpc = make_vpc();
  const std::string subnet = make_subnet(vpc);
  const std::string gateway = make_gateway(vpc);
  EXPECT_FALSE(reaches_internet(*state_, subnet));
  const std::string id = run({{"NetworkInterface.1.DeviceIndex", "0"},
                              {"NetworkInterface.1.SubnetId", subnet},
                              {"NetworkInterface.1.AssociatePublicIpAddress", "true"}});
  EXPECT_FALSE(firewall(id).internet);
  EXPECT_EQ(instance(id).public_dns, "") << "without enableDnsHostnames";
  const Form route = {{"RouteTableId", main_table(vpc)}, {"DestinationCidrBlock", "0.0.0.0/0"}, {"GatewayId", gateway}};
  EXPECT_EQ(value(call("CreateRoute", route), "return"), "true");
  EXPECT_TRUE(firewall(id).internet) << "at once";
  EXPECT_EQ(code(call("DetachInternetGateway", {{"InternetGatewayId", gateway}, {"VpcId", vpc}})),
            "DependencyViolation");
  const std::string other = value(call("CreateRouteTable", {{"VpcId", vpc}}), "routeTableId");
  call("AssociateRouteTable", {{"RouteTableId", other}, {"SubnetId", subnet}});
  EXPECT_FALSE(firewall(id).internet);
}

TEST_F(Networks, MembersOfAGroupAreAllAddressesOfItsInterfaces) {
  const std::string first = run();
  const std::string subnet(instance(first).subnet_id);
  const std::string interface = value(call("CreateNetworkInterface", {{"SubnetId", subnet}}), "networkInterfaceId");
  const std::string attached =
      call("AttachNetworkInterface", {{"InstanceId", first}, {"NetworkInterfaceId", interface}, {"DeviceIndex", "1"}});
  EXPECT_FALSE(value(attached, "attachmentId").empty()) << attached;
  const std::string address(state_->network_interfaces.find(interface)->private_ip);
  const std::string second = run();
  const auto allows = [&](const std::string& cidr) {
    const auto rules = firewall(second).ingress;
    return std::ranges::any_of(rules, [&](const TrafficRule& rule) { return rule.cidr == cidr; });
  };
  EXPECT_TRUE(allows(address + "/32"));
  const auto spec = machines_.spec(first);
  ASSERT_EQ(spec->interfaces.size(), 1u);
  EXPECT_EQ(spec->interfaces[0].private_ip, address);
  ASSERT_EQ(firewall(first).further.size(), 1u);
  call("AssignPrivateIpAddresses", {{"NetworkInterfaceId", interface}, {"SecondaryPrivateIpAddressCount", "1"}});
  const std::string more(state_->network_interfaces.find(interface)->secondary.front().private_ip);
  EXPECT_TRUE(allows(more + "/32"));
  EXPECT_EQ(machines_.spec(first)->interfaces[0].secondary.front().first, more);
  call("DetachNetworkInterface", {{"AttachmentId", value(attached, "attachmentId")}});
  EXPECT_FALSE(allows(address + "/32"));
  EXPECT_TRUE(machines_.spec(first)->interfaces.empty());
}

TEST_F(Networks, AnElasticAddressTakesThePlaceOfTheAutomaticOneAndGivesItBack) {
  const std::string id = run();
  const std::string automatic(instance(id).public_ip);
  const std::string answer = call("AllocateAddress");
  const std::string elastic = value(answer, "publicIp");
  EXPECT_NE(elastic, automatic);
  clock_.advance(std::chrono::hours(1));
  const Form place = {{"AllocationId", value(answer, "allocationId")}, {"InstanceId", id}};
  const std::string association = value(call("AssociateAddress", place), "associationId");
  EXPECT_EQ(value(call("AssociateAddress", place), "associationId"), association) << "done already";
  EXPECT_EQ(instance(id).public_ip, elastic);
  EXPECT_EQ(machines_.spec(id)->public_ip, elastic);
  ASSERT_EQ(instance(id).addresses.size(), 1u);
  EXPECT_EQ(instance(id).addresses[0].until, clock_.now()) << "no longer billed as the instance's";
  call("StopInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(instance(id).public_ip, elastic);
  call("StartInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(instance(id).public_ip, elastic);
  EXPECT_EQ(instance(id).addresses.size(), 1u);
  call("DisassociateAddress", {{"AssociationId", association}});
  EXPECT_FALSE(instance(id).public_ip.empty());
  EXPECT_NE(instance(id).public_ip, elastic);
  EXPECT_EQ(instance(id).addresses.size(), 2u);
  call("AssociateAddress", place);
  call("TerminateInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(state(id), "terminated");
  EXPECT_EQ(state_->elastic_addresses.all().begin()->second.association_id, "") << "allocated still, and free";
}

TEST_F(Networks, AnElasticAddressIsBilledFromItsAllocationToItsRelease) {
  const std::string id = value(call("AllocateAddress"), "allocationId");
  clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(usage_of(*state_->elastic_addresses.find(id), clock_.now()).nano_usd, 10'000'000);
  call("ReleaseAddress", {{"AllocationId", id}});
  ASSERT_TRUE(state_->usages.find(id));
  EXPECT_EQ(state_->usages.find(id)->nano_usd, 10'000'000);
}

struct Refused {
  const char* code;
  const char* action;
  Form form;
};

TEST_F(Networks, WhatCannotBeIsRefusedWithEc2sCode) {
  const std::string vpc = make_vpc();
  const std::string subnet = make_subnet(vpc);
  const std::string table = main_table(vpc);
  const std::vector<Refused> all = {
      {"MissingParameter", "CreateVpc", {}},
      {"UnsupportedTenancy", "CreateVpc", {{"CidrBlock", "10.0.0.0/16"}, {"InstanceTenancy", "host"}}},
      {"InvalidVpcID.NotFound", "CreateSubnet", {{"VpcId", "vpc-0123456789abcdef0"}, {"CidrBlock", "10.0.0.0/24"}}},
      {"InvalidParameterValue",
       "CreateSubnet",
       {{"VpcId", vpc}, {"CidrBlock", "10.0.7.0/24"}, {"AvailabilityZone", "us-east-1z"}}},
      {"DefaultSubnetAlreadyExistsInAvailabilityZone", "CreateDefaultSubnet", {{"AvailabilityZone", "us-east-1a"}}},
      {"InvalidParameterCombination", "ModifySubnetAttribute", {{"SubnetId", subnet}}},
      {"InvalidGatewayID.NotFound",
       "CreateRoute",
       {{"RouteTableId", table}, {"DestinationCidrBlock", "0.0.0.0/0"}, {"GatewayId", "igw-0123456789abcdef0"}}},
      {"MissingParameter", "CreateRoute", {{"RouteTableId", table}, {"DestinationCidrBlock", "0.0.0.0/0"}}},
      {"RouteAlreadyExists",
       "CreateRoute",
       {{"RouteTableId", table}, {"DestinationCidrBlock", "10.0.0.0/16"}, {"GatewayId", "igw-0123456789abcdef0"}}},
      {"InvalidParameterValue", "DeleteRoute", {{"RouteTableId", table}, {"DestinationCidrBlock", "10.0.0.0/16"}}},
      {"InvalidAssociationID.NotFound", "DisassociateRouteTable", {{"AssociationId", "rtbassoc-0123456789abcdef0"}}},
      {"MissingParameter", "AssociateAddress", {}},
      {"MissingParameter", "ReleaseAddress", {}},
      {"InvalidAddress.NotFound", "ReleaseAddress", {{"PublicIp", "192.0.2.1"}}},
      {"InvalidParameterValue", "CreateNetworkInterface", {{"SubnetId", subnet}, {"PrivateIpAddress", "10.0.2.9"}}},
      {"InvalidAttachmentID.NotFound", "DetachNetworkInterface", {{"AttachmentId", "eni-attach-0123456789abcdef0"}}},
      {"InvalidDhcpOptionID.NotFound", "DescribeDhcpOptions", {{"DhcpOptionsId.1", "dopt-0123456789abcdef0"}}},
      {"InvalidPlacementGroup.Unknown", "DeletePlacementGroup", {{"GroupName", "none"}}},
      {"InvalidParameterValue", "DescribeAccountAttributes", {{"AttributeName.1", "colour"}}},
      {"DryRunOperation", "AllocateAddress", {{"DryRun", "true"}}},
      {"DryRunOperation", "CreateVpc", {{"CidrBlock", "10.0.0.0/16"}, {"DryRun", "true"}}},
  };
  for (const Refused& one : all) {
    const std::string answer = call(one.action, one.form);
    EXPECT_EQ(code(answer), one.code) << one.action << ": " << answer;
  }
}

TEST_F(Networks, TagsAreForEachKind) {
  const std::string vpc = make_vpc();
  const std::string options = value(call("DescribeVpcs", {{"VpcId.1", vpc}}), "dhcpOptionsId");
  const std::string made = value(call("CreateDhcpOptions", {{"DhcpConfiguration.1.Key", "domain-name"},
                                                            {"DhcpConfiguration.1.Value.1", "example.com"}}),
                                 "dhcpOptionsId");
  EXPECT_NE(made, options);
  const std::string acl =
      value(call("DescribeNetworkAcls", {{"Filter.1.Name", "vpc-id"}, {"Filter.1.Value.1", vpc}}), "networkAclId");
  const std::string group = value(call("CreatePlacementGroup", {{"GroupName", "g"}}), "groupId");
  for (const std::string& id : {made, acl, group, value(call("AllocateAddress"), "allocationId")}) {
    const std::string answer = call("CreateTags", {{"ResourceId.1", id}, {"Tag.1.Key", "a"}, {"Tag.1.Value", "1"}});
    EXPECT_EQ(value(answer, "return"), "true") << id << answer;
  }
  EXPECT_EQ(count(call("DescribeTags"), "<resourceId>"), 4u);
}

}  // namespace
}  // namespace hotaru::sim
