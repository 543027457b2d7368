#include "catalog/catalog.h"
#include "sim/images.h"
#include "sim/test_api.h"

namespace hotaru::sim {
namespace {

using CoreActions = TestApi;

Form filter(const std::string& name, const std::string& value, Form more = {}) {
  more["Filter.1.Name"] = name;
  more["Filter.1.Value.1"] = value;
  return more;
}

TEST_F(CoreActions, OptInRegionsAreOnlySeenByThoseWhoAskForAll) {
  const std::string enabled = call("DescribeRegions");
  EXPECT_EQ(enabled.find("not-opted-in"), std::string::npos);
  const std::string all = call("DescribeRegions", {{"AllRegions", "true"}});
  EXPECT_EQ(count(all, "<regionName>"), catalog::regions().size());
  EXPECT_NE(all.find("not-opted-in"), std::string::npos);
  EXPECT_EQ(code(call("DescribeRegions", {{"RegionName.1", "us-moon-1"}})), "InvalidParameterValue");
}

TEST_F(CoreActions, EveryZoneHasADefaultSubnetWithAWayOut) {
  const std::string zones = call("DescribeAvailabilityZones");
  const std::string subnets = call("DescribeSubnets", filter("default-for-az", "true"));
  EXPECT_EQ(count(zones, "<zoneName>"), catalog::zone_ids("us-east-1").size());
  EXPECT_EQ(count(subnets, "<subnetId>"), catalog::zone_ids("us-east-1").size());
  EXPECT_EQ(value(subnets, "availableIpAddressCount"), "4091");
  const std::string gateway = value(call("DescribeInternetGateways"), "internetGatewayId");
  const std::string routes = call("DescribeRouteTables", filter("association.main", "true"));
  EXPECT_NE(routes.find("<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>" + gateway),
            std::string::npos);
}

TEST_F(CoreActions, RegionsAreSeparate) {
  TestSigner tokyo;
  tokyo.region = "ap-northeast-1";
  EXPECT_NE(value(call("DescribeVpcs"), "vpcId"), value(call("DescribeVpcs", {}, tokyo), "vpcId"));
  call("CreateSecurityGroup", {{"GroupName", "a"}, {"GroupDescription", "d"}}, tokyo);
  EXPECT_EQ(count(call("DescribeSecurityGroups"), "<groupName>"), 1u);
}

TEST_F(CoreActions, ADefaultVpcCanBeTakenApartAndMadeAgain) {
  EXPECT_EQ(code(call("CreateDefaultVpc")), "DefaultVpcAlreadyExists");
  const std::string vpc = value(call("DescribeVpcs"), "vpcId");
  const std::string gateway = value(call("DescribeInternetGateways"), "internetGatewayId");
  EXPECT_EQ(code(call("DeleteVpc", {{"VpcId", vpc}})), "DependencyViolation");
  EXPECT_EQ(code(call("DeleteInternetGateway", {{"InternetGatewayId", gateway}})), "DependencyViolation");
  for (std::size_t i = catalog::zone_ids("us-east-1").size(); i > 0; --i) {
    call("DeleteSubnet", {{"SubnetId", value(call("DescribeSubnets"), "subnetId")}});
  }
  call("DetachInternetGateway", {{"InternetGatewayId", gateway}, {"VpcId", vpc}});
  call("DeleteInternetGateway", {{"InternetGatewayId", gateway}});
  EXPECT_EQ(value(call("DeleteVpc", {{"VpcId", vpc}}), "return"), "true");
  EXPECT_EQ(code(call("CreateSecurityGroup", {{"GroupName", "a"}, {"GroupDescription", "d"}})), "VPCIdNotSpecified");
  EXPECT_EQ(value(call("CreateDefaultVpc"), "isDefault"), "true");
  EXPECT_EQ(count(call("DescribeSecurityGroups"), "<groupName>default</groupName>"), 1u);
}

TEST_F(CoreActions, IdsAreCheckedForFormAndExistence) {
  EXPECT_EQ(code(call("DescribeVpcs", {{"VpcId.1", "vpc-xyz"}})), "InvalidVpcID.Malformed");
  EXPECT_EQ(code(call("DescribeVpcs", {{"VpcId.1", "vpc-0123456789abcdef0"}})), "InvalidVpcID.NotFound");
  EXPECT_EQ(code(call("DescribeSubnets", {{"SubnetId.1", "subnet-0123456789abcdef0"}})), "InvalidSubnetID.NotFound");
  EXPECT_EQ(code(call("DescribeVpcs", filter("colour", "red"))), "InvalidParameterValue");
}

TEST_F(CoreActions, PagesFollowOneAnother) {
  std::set<std::string> seen;
  Form form = {{"MaxResults", "5"}};
  int pages = 0;
  while (true) {
    const std::string page = call("DescribeSubnets", form);
    ++pages;
    for (auto at = page.find("<subnetId>"); at != std::string::npos; at = page.find("<subnetId>", at + 1)) {
      EXPECT_TRUE(seen.insert(page.substr(at, 34)).second);
    }
    const std::string token = value(page, "nextToken");
    if (token.empty()) break;
    form["NextToken"] = token;
  }
  EXPECT_EQ(seen.size(), catalog::zone_ids("us-east-1").size());
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(code(call("DescribeSubnets", {{"MaxResults", "4"}})), "InvalidParameterValue");
  EXPECT_EQ(code(call("DescribeSubnets", {{"NextToken", "what"}})), "InvalidParameterValue");
}

TEST_F(CoreActions, TypesAreTheCataloguesWithTheirGpus) {
  const std::string type = call("DescribeInstanceTypes", {{"InstanceType.1", "g4dn.xlarge"}});
  EXPECT_EQ(value(value(type, "vCpuInfo"), "defaultVCpus"), "4");
  EXPECT_EQ(value(value(type, "gpuInfo"), "name"), "T4");
  EXPECT_EQ(value(value(type, "gpuInfo"), "totalGpuMemoryInMiB"), "16384");
  EXPECT_EQ(code(call("DescribeInstanceTypes", {{"InstanceType.1", "p2.xlarge"}})), "InvalidInstanceType");
  const std::string fraction = call("DescribeInstanceTypes", {{"InstanceType.1", "g6f.xlarge"}});
  EXPECT_EQ(value(fraction, "count"), "1");  // its disk: the GPU's count follows
  EXPECT_EQ(value(value(fraction, "gpus"), "count"), "0");
  EXPECT_EQ(value(value(fraction, "gpus"), "gpuPartitionSize"), "0.125");
}

TEST_F(CoreActions, OfferingsAreThoseOfTheRegionsZones) {
  Form form = filter("instance-type", "g4dn.xlarge", {{"LocationType", "availability-zone-id"}});
  EXPECT_EQ(count(call("DescribeInstanceTypeOfferings", form), "<location>"),
            catalog::zones_offering("us-east-1", "g4dn.xlarge").size());
  EXPECT_EQ(
      count(call("DescribeInstanceTypeOfferings", filter("instance-type", "g4dn.xlarge")), "<location>us-east-1<"), 1u);
}

TEST_F(CoreActions, ImagesAreFoundByOwnerAndNameAndSayThatTheyAreSimulated) {
  const Form form =
      filter("name", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*", {{"Owner.1", "099720109477"}});
  const std::string images = call("DescribeImages", form);
  EXPECT_EQ(count(images, "<imageId>"), 2u);
  EXPECT_NE(value(images, "description").find("simulated by hotaru: really "), std::string::npos);
  EXPECT_EQ(value(images, "rootDeviceName"), "/dev/sda1");
  EXPECT_EQ(count(call("DescribeImages", {{"Owner.1", "self"}}), "<imageId>"), 0u);
  EXPECT_EQ(count(call("DescribeImages", {{"Owner.1", "amazon"}, {"Owner.2", "aws-marketplace"}}), "<imageId>"),
            images_of("us-east-1").size());
  EXPECT_EQ(code(call("DescribeImages", {{"ImageId.1", "ami-0123456789abcdef0"}})), "InvalidAMIID.NotFound");
  EXPECT_NE(images_of("us-east-1")[0].id, images_of("us-west-2")[0].id);
}

TEST_F(CoreActions, KeyPairsHaveOneNameEach) {
  const std::string text = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAYAwOm98P6CmmXUVzF96nad54Ab1Y7Kc8z64HvEaALt a";
  const Form form = {{"KeyName", "k"}, {"PublicKeyMaterial", base64_encode(text)}};
  EXPECT_EQ(value(call("ImportKeyPair", form), "keyFingerprint"), "ohqVOOaBLw/EUsAshIt9Adqrf2X/VIs0nZXIswUzncY=");
  EXPECT_EQ(code(call("ImportKeyPair", form)), "InvalidKeyPair.Duplicate");
  EXPECT_EQ(value(call("DescribeKeyPairs", {{"IncludePublicKey", "true"}}), "publicKey"), text);
  EXPECT_EQ(value(call("DescribeKeyPairs"), "publicKey"), "");
  EXPECT_EQ(value(call("DeleteKeyPair", {{"KeyName", "k"}}), "return"), "true");
  EXPECT_EQ(value(call("DeleteKeyPair", {{"KeyName", "k"}}), "return"), "true");
  EXPECT_EQ(code(call("DescribeKeyPairs", {{"KeyName.1", "k"}})), "InvalidKeyPair.NotFound");
  EXPECT_EQ(code(call("ImportKeyPair", {{"KeyName", "x"}, {"PublicKeyMaterial", "AAAA"}})), "InvalidKey.Format");
}

TEST_F(CoreActions, TheLastOfAKeyCountsInCreateTagsAndIsRefusedElsewhere) {
  const std::string vpc = value(call("DescribeVpcs"), "vpcId");
  Form twice = {{"Tag.1.Key", "Name"}, {"Tag.1.Value", "old"}, {"Tag.2.Key", "Name"}, {"Tag.2.Value", "new"}};
  twice["ResourceId.1"] = vpc;
  EXPECT_EQ(value(call("CreateTags", twice), "return"), "true");
  EXPECT_EQ(value(call("DescribeTags"), "value"), "new");
  const Form specified = {{"CidrBlock", "10.9.0.0/16"},
                          {"TagSpecification.1.ResourceType", "vpc"},
                          {"TagSpecification.1.Tag.1.Key", "Name"},
                          {"TagSpecification.1.Tag.2.Key", "Name"}};
  EXPECT_EQ(code(call("CreateVpc", specified)), "InvalidParameterValue");
}

TEST_F(CoreActions, AVpcIsFoundByItsRangeWhateverItIsCalled) {
  for (const std::string name : {"cidr", "cidr-block", "cidrBlock"}) {
    EXPECT_EQ(count(call("DescribeVpcs", filter(name, "172.31.0.0/16")), "<vpcId>"), 1u) << name;
    EXPECT_EQ(count(call("DescribeVpcs", filter(name, "10.0.0.0/16")), "<vpcId>"), 0u) << name;
  }
}

TEST_F(CoreActions, TagsAreAddedFoundAndTakenAway) {
  const std::string vpc = value(call("DescribeVpcs"), "vpcId");
  call("CreateTags", {{"ResourceId.1", vpc}, {"Tag.1.Key", "a"}, {"Tag.1.Value", "1"}, {"Tag.2.Key", "b"}});
  EXPECT_EQ(count(call("DescribeTags"), "<key>"), 2u);
  EXPECT_EQ(value(call("DescribeVpcs", filter("tag:a", "?")), "vpcId"), vpc);
  EXPECT_EQ(value(call("DescribeVpcs", filter("tag-key", "c")), "vpcId"), "");
  call("DeleteTags", {{"ResourceId.1", vpc}, {"Tag.1.Key", "a"}, {"Tag.1.Value", "2"}});
  EXPECT_EQ(count(call("DescribeTags"), "<key>"), 2u);
  call("DeleteTags", {{"ResourceId.1", vpc}, {"Tag.1.Key", "a"}});
  EXPECT_EQ(count(call("DescribeTags"), "<key>"), 1u);
  EXPECT_EQ(code(call("CreateTags", {{"ResourceId.1", vpc}, {"Tag.1.Key", "aws:x"}})), "InvalidParameterValue");
  EXPECT_EQ(code(call("CreateTags", {{"ResourceId.1", "x"}, {"Tag.1.Key", "x"}})), "InvalidID");
  EXPECT_EQ(code(call("CreateTags", {{"ResourceId.1", "i-0123456789abcdef0"}, {"Tag.1.Key", "x"}})),
            "InvalidInstanceID.NotFound");
}

}  // namespace
}  // namespace hotaru::sim
