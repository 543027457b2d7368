// Types, offerings, spot prices, templates and fleets: answers as the EC2 API Reference shows them.
#include <gtest/gtest.h>

#include <map>

#include "aws/ec2.h"
#include "base/text.h"
#include "http/fake_transport.h"

namespace hotaru::aws {
namespace {

using Sent = std::map<std::string, std::string>;

class Ec2Market : public testing::Test {
 protected:
  /// What was sent, decoded, without Action and Version.
  Sent sent(std::size_t number = 0) const {
    Sent parameters;
    for (const auto& part : split(transport.requests().at(number).body, '&')) {
      const auto equals = part.find('=');
      parameters[part.substr(0, equals)] = percent_decode(part.substr(equals + 1), true);
    }
    parameters.erase("Version");
    return parameters;
  }
  void answer(const std::string& action, const std::string& inside) {
    transport.answer(200, "<" + action +
                              "Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r"
                              "</requestId>" +
                              inside + "</" + action + "Response>");
  }

  http::FakeTransport transport;
  FakeClock clock;
  SeededRandom random{1};
  Client client{{}, {transport, clock, random, [] { return Result<Credentials>(Credentials{"AK", "s", "", {}, ""}); }}};
  Ec2 ec2{client, "us-east-1"};
};

const std::string g4dn =
    "<item><instanceType>g4dn.12xlarge</instanceType><currentGeneration>true</currentGeneration>"
    "<supportedUsageClasses><item>on-demand</item><item>spot</item></supportedUsageClasses>"
    "<supportedVirtualizationTypes><item>hvm</item></supportedVirtualizationTypes><bareMetal>false</bareMetal>"
    "<processorInfo><supportedArchitectures><item>i386</item><item>x86_64</item></supportedArchitectures>"
    "</processorInfo><vCpuInfo><defaultVCpus>48</defaultVCpus></vCpuInfo>"
    "<memoryInfo><sizeInMiB>196608</sizeInMiB></memoryInfo>"
    "<instanceStorageInfo><totalSizeInGB>900</totalSizeInGB></instanceStorageInfo>"
    "<networkInfo><networkPerformance>50 Gigabit</networkPerformance><enaSupport>required</enaSupport>"
    "<efaSupported>true</efaSupported></networkInfo>"
    "<gpuInfo><gpus><item><name>T4</name><manufacturer>NVIDIA</manufacturer><count>4</count>"
    "<memoryInfo><sizeInMiB>16384</sizeInMiB></memoryInfo></item></gpus>"
    "<totalGpuMemoryInMiB>65536</totalGpuMemoryInMiB></gpuInfo>"
    "<supportedBootModes><item>legacy-bios</item><item>uefi</item></supportedBootModes></item>";

const std::string g6f =
    "<item><instanceType>g6f.large</instanceType><gpuInfo><gpus><item><name>L4</name>"
    "<manufacturer>NVIDIA</manufacturer><count>0</count><logicalGpuCount>1</logicalGpuCount>"
    "<gpuPartitionSize>0.125</gpuPartitionSize><memoryInfo><sizeInMiB>2861</sizeInMiB></memoryInfo></item></gpus>"
    "</gpuInfo></item>";

TEST_F(Ec2Market, ReadsEverythingOfATypeThatTheCatalogueHas) {
  answer("DescribeInstanceTypes", "<instanceTypeSet>" + g4dn + "</instanceTypeSet><nextToken>n</nextToken>");
  answer("DescribeInstanceTypes", "<instanceTypeSet>" + g6f + "</instanceTypeSet>");
  const auto types = ec2.describe_instance_types();
  ASSERT_TRUE(types) << types.error().message;
  ASSERT_EQ(types->size(), 2U);
  const TypeInfo& whole = types->at(0);
  EXPECT_EQ(whole.name, "g4dn.12xlarge");
  EXPECT_EQ(whole.arch, "x86_64");
  EXPECT_EQ(whole.vcpus, 48);
  EXPECT_EQ(whole.memory_mib, 196608);
  EXPECT_EQ(whole.gpu_name, "T4");
  EXPECT_EQ(whole.gpu_manufacturer, "NVIDIA");
  EXPECT_EQ(whole.gpu_count, 4);
  EXPECT_EQ(whole.logical_gpu_count, 4);
  EXPECT_EQ(whole.gpu_partition, 1);
  EXPECT_EQ(whole.gpu_memory_mib, 16384);
  EXPECT_EQ(whole.local_nvme_gb, 900);
  EXPECT_EQ(whole.network, "50 Gigabit");
  EXPECT_TRUE(whole.efa);
  EXPECT_EQ(whole.ena, "required");
  EXPECT_EQ(whole.virtualization, "hvm");
  EXPECT_EQ(whole.boot_modes, "legacy-bios+uefi");
  EXPECT_EQ(whole.usage_classes, "on-demand+spot");
  EXPECT_TRUE(whole.current_generation);
  const TypeInfo& fraction = types->at(1);
  EXPECT_EQ(fraction.gpu_count, 0);
  EXPECT_EQ(fraction.logical_gpu_count, 1);
  EXPECT_EQ(fraction.gpu_partition, 0.125);
  EXPECT_EQ(sent(), (Sent{{"Action", "DescribeInstanceTypes"}, {"MaxResults", "100"}}));
}

TEST_F(Ec2Market, AsksForNamedTypesWithoutAPageSize) {
  answer("DescribeInstanceTypes", "");
  EXPECT_TRUE(ec2.describe_instance_types({"a", "b"})->empty());
  EXPECT_EQ(sent(), (Sent{{"Action", "DescribeInstanceTypes"}, {"InstanceType.1", "a"}, {"InstanceType.2", "b"}}));
}

TEST_F(Ec2Market, TellsWhereTypesAreOffered) {
  answer("DescribeInstanceTypeOfferings",
         "<instanceTypeOfferingSet><item><instanceType>p4d.24xlarge</instanceType>"
         "<locationType>availability-zone-id</locationType><location>use1-az2</location></item>"
         "</instanceTypeOfferingSet>");
  const auto offerings = ec2.describe_type_offerings({"p4d.*"});
  ASSERT_TRUE(offerings) << offerings.error().message;
  EXPECT_EQ(offerings->at(0).type, "p4d.24xlarge");
  EXPECT_EQ(offerings->at(0).zone_id, "use1-az2");
  EXPECT_EQ(sent(), (Sent{{"Action", "DescribeInstanceTypeOfferings"},
                          {"LocationType", "availability-zone-id"},
                          {"Filter.1.Name", "instance-type"},
                          {"Filter.1.Value.1", "p4d.*"},
                          {"MaxResults", "1000"}}));
}

TEST_F(Ec2Market, TellsNamesAndIdsOfZonesAndAllRegions) {
  answer("DescribeAvailabilityZones",
         "<availabilityZoneInfo><item><optInStatus>opt-in-not-required</optInStatus><zoneState>available</zoneState>"
         "<regionName>us-east-1</regionName><zoneName>us-east-1a</zoneName><zoneId>use1-az6</zoneId>"
         "<zoneType>availability-zone</zoneType></item></availabilityZoneInfo>");
  answer("DescribeRegions",
         "<regionInfo><item><regionName>af-south-1</regionName>"
         "<optInStatus>not-opted-in</optInStatus></item></regionInfo>");
  const auto zones = ec2.describe_zones();
  ASSERT_TRUE(zones) << zones.error().message;
  EXPECT_EQ(zones->at(0).name, "us-east-1a");
  EXPECT_EQ(zones->at(0).id, "use1-az6");
  EXPECT_EQ(zones->at(0).type, "availability-zone");
  EXPECT_EQ(zones->at(0).state, "available");
  EXPECT_EQ(ec2.describe_regions(true)->at(0).opt_in_status, "not-opted-in");
  EXPECT_EQ(sent(1), (Sent{{"Action", "DescribeRegions"}, {"AllRegions", "true"}}));
}

TEST_F(Ec2Market, TellsSpotPricesAndLeavesOutWhatIsNone) {
  const std::string before =
      "<item><instanceType>g5.xlarge</instanceType><productDescription>Linux/UNIX"
      "</productDescription><spotPrice>";
  const std::string after =
      "</spotPrice><timestamp>2026-11-21T06:02:03.000Z</timestamp><availabilityZone>us-east-1b"
      "</availabilityZone><availabilityZoneId>use1-az1</availabilityZoneId></item>";
  answer("DescribeSpotPriceHistory", "<spotPriceHistorySet>" + before + "0.402100" + after + before + "inf" + after +
                                         before + "-1" + after + before + after + "</spotPriceHistorySet><nextToken/>");
  SpotPriceHistory request{.types = {"g5.xlarge"}, .zone = "us-east-1b", .since = {}, .until = {}};
  request.since = parse_iso8601("2026-10-22T00:00:00Z");
  request.until = parse_iso8601("2026-11-22T00:00:00Z");
  const auto points = ec2.spot_price_history(request);
  ASSERT_TRUE(points) << points.error().message;
  ASSERT_EQ(points->size(), 1U);
  EXPECT_DOUBLE_EQ(points->at(0).usd_per_hour, 0.4021);
  EXPECT_EQ(points->at(0).zone, "us-east-1b");
  EXPECT_EQ(points->at(0).zone_id, "use1-az1");
  EXPECT_EQ(iso8601(points->at(0).time), "2026-11-21T06:02:03.000Z");
  EXPECT_EQ(sent(), (Sent{{"Action", "DescribeSpotPriceHistory"},
                          {"ProductDescription.1", "Linux/UNIX"},
                          {"InstanceType.1", "g5.xlarge"},
                          {"AvailabilityZone", "us-east-1b"},
                          {"StartTime", "2026-10-22T00:00:00.000Z"},
                          {"EndTime", "2026-11-22T00:00:00.000Z"},
                          {"MaxResults", "1000"}}));
}

TEST_F(Ec2Market, TellsPlacementScores) {
  answer("GetSpotPlacementScores",
         "<spotPlacementScoreSet><item><region>us-east-1</region>"
         "<availabilityZoneId>use1-az1</availabilityZoneId><score>9</score></item>"
         "</spotPlacementScoreSet>");
  const auto scores =
      ec2.spot_placement_scores({.types = {"a", "b", "c"}, .capacity = 2, .regions = {"us-east-1"}, .by_zone = true});
  ASSERT_TRUE(scores) << scores.error().message;
  EXPECT_EQ(scores->at(0).score, 9);
  EXPECT_EQ(scores->at(0).zone_id, "use1-az1");
  EXPECT_EQ(sent()["SingleAvailabilityZone"], "true");
  EXPECT_EQ(sent()["TargetCapacity"], "2");
  EXPECT_EQ(sent()["RegionName.1"], "us-east-1");
}

RunInstances launch() {
  RunInstances request;
  request.image_id = "ami-1";
  request.instance_type = "g4dn.xlarge";
  request.key_name = "hotaru";
  request.zone = "us-east-1a";
  request.security_group_ids = {"sg-1"};
  request.user_data = "#!/bin/sh";
  request.client_token = "token-1";
  request.block_devices = {{"/dev/sda1", 64, "gp3", true, true}};
  request.tags = {{"hotaru:name", "x"}};
  return request;
}

TEST_F(Ec2Market, LaunchesOnTheSpotMarket) {
  answer("RunInstances", "<instancesSet><item><instanceId>i-1</instanceId></item></instancesSet>");
  RunInstances request = launch();
  request.spot = true;
  request.max_price = "0.3";
  ASSERT_TRUE(ec2.run_instance(request));
  const Sent parameters = sent();
  EXPECT_EQ(parameters.at("InstanceMarketOptions.MarketType"), "spot");
  EXPECT_EQ(parameters.at("InstanceMarketOptions.SpotOptions.SpotInstanceType"), "one-time");
  EXPECT_EQ(parameters.at("InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior"), "terminate");
  EXPECT_EQ(parameters.at("InstanceMarketOptions.SpotOptions.MaxPrice"), "0.3");
  EXPECT_EQ(parameters.at("TagSpecification.4.ResourceType"), "spot-instances-request");
  EXPECT_EQ(parameters.at("Placement.AvailabilityZone"), "us-east-1a");
}

TEST_F(Ec2Market, MakesATemplateThatLeavesTypePlaceAndMarketToTheFleet) {
  answer("CreateLaunchTemplate", "<launchTemplate><launchTemplateId>lt-1</launchTemplateId></launchTemplate>");
  RunInstances request = launch();
  request.spot = true;
  request.instance_type.clear();
  EXPECT_EQ(ec2.create_launch_template("hotaru-x", request, {{"hotaru:operation", "o"}}).value(), "lt-1");
  const Sent parameters = sent();
  EXPECT_EQ(parameters.at("LaunchTemplateName"), "hotaru-x");
  EXPECT_EQ(parameters.at("ClientToken"), "token-1");
  EXPECT_EQ(parameters.at("LaunchTemplateData.ImageId"), "ami-1");
  EXPECT_EQ(parameters.at("LaunchTemplateData.UserData"), base64_encode("#!/bin/sh"));
  EXPECT_EQ(parameters.at("LaunchTemplateData.NetworkInterface.1.SecurityGroupId.1"), "sg-1");
  EXPECT_EQ(parameters.at("LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize"), "64");
  EXPECT_EQ(parameters.at("LaunchTemplateData.TagSpecification.1.Tag.1.Value"), "x");
  EXPECT_EQ(parameters.at("TagSpecification.1.ResourceType"), "launch-template");
  for (const char* not_in_a_template :
       {"LaunchTemplateData.InstanceType", "LaunchTemplateData.MinCount", "LaunchTemplateData.ClientToken",
        "LaunchTemplateData.Placement.AvailabilityZone", "LaunchTemplateData.InstanceMarketOptions.MarketType"}) {
    EXPECT_FALSE(parameters.contains(not_in_a_template)) << not_in_a_template;
  }
}

TEST_F(Ec2Market, FindsAndDeletesTemplates) {
  answer("DescribeLaunchTemplates",
         "<launchTemplates><item><launchTemplateId>lt-1</launchTemplateId><launchTemplateName>hotaru-x"
         "</launchTemplateName><createTime>2026-11-22T00:00:00.000Z</createTime><tagSet><item><key>k</key>"
         "<value>v</value></item></tagSet></item></launchTemplates>");
  answer("DeleteLaunchTemplate", "");
  const auto templates = ec2.describe_launch_templates({{"tag-key", {"hotaru:name"}}});
  ASSERT_TRUE(templates) << templates.error().message;
  EXPECT_EQ(templates->at(0).name, "hotaru-x");
  EXPECT_EQ(tag_value(templates->at(0).tags, "k"), "v");
  ASSERT_TRUE(ec2.delete_launch_template("lt-1"));
  EXPECT_EQ(sent(1), (Sent{{"Action", "DeleteLaunchTemplate"}, {"LaunchTemplateId", "lt-1"}}));
}

CreateFleet fleet(bool spot) {
  CreateFleet request;
  request.launch_template_id = "lt-1";
  request.overrides = {{"g5.xlarge", "subnet-1", "", 1, spot ? "0.5" : ""}, {"g4dn.xlarge", "", "us-east-1b", 2, ""}};
  request.spot = spot;
  request.client_token = "token";
  request.tags = {{"hotaru:name", "x"}};
  return request;
}

TEST_F(Ec2Market, TriesManyOffersInOneCallAndTellsWhichGaveNothing) {
  answer("CreateFleet",
         "<fleetId>fleet-1</fleetId><errorSet><item><launchTemplateAndOverrides><overrides>"
         "<instanceType>g5.xlarge</instanceType><subnetId>subnet-1</subnetId><availabilityZone>us-east-1a"
         "</availabilityZone></overrides></launchTemplateAndOverrides><lifecycle>on-demand</lifecycle>"
         "<errorCode>InsufficientInstanceCapacity</errorCode><errorMessage>We currently do not have it</errorMessage>"
         "</item></errorSet><fleetInstanceSet><item><launchTemplateAndOverrides><overrides><instanceType>g4dn.xlarge"
         "</instanceType><availabilityZone>us-east-1b</availabilityZone></overrides></launchTemplateAndOverrides>"
         "<lifecycle>on-demand</lifecycle><instanceIds><item>i-1</item></instanceIds>"
         "<instanceType>g4dn.xlarge</instanceType></item></fleetInstanceSet>");
  const auto outcome = ec2.create_fleet(fleet(false));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->fleet_id, "fleet-1");
  ASSERT_EQ(outcome->instances.size(), 1U);
  EXPECT_EQ(outcome->instances[0].id, "i-1");
  EXPECT_EQ(outcome->instances[0].type, "g4dn.xlarge");
  EXPECT_EQ(outcome->instances[0].zone, "us-east-1b");
  ASSERT_EQ(outcome->errors.size(), 1U);
  EXPECT_EQ(outcome->errors[0].subnet_id, "subnet-1");
  EXPECT_EQ(outcome->errors[0].error.kind, ErrorClass::capacity);
  EXPECT_EQ(outcome->errors[0].error.code, "InsufficientInstanceCapacity");
  EXPECT_EQ(outcome->errors[0].error.message, "We currently do not have it.");
  EXPECT_EQ(sent(), (Sent{{"Action", "CreateFleet"},
                          {"Type", "instant"},
                          {"ClientToken", "token"},
                          {"LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId", "lt-1"},
                          {"LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version", "$Latest"},
                          {"LaunchTemplateConfigs.1.Overrides.1.InstanceType", "g5.xlarge"},
                          {"LaunchTemplateConfigs.1.Overrides.1.SubnetId", "subnet-1"},
                          {"LaunchTemplateConfigs.1.Overrides.1.Priority", "1"},
                          {"LaunchTemplateConfigs.1.Overrides.2.InstanceType", "g4dn.xlarge"},
                          {"LaunchTemplateConfigs.1.Overrides.2.AvailabilityZone", "us-east-1b"},
                          {"LaunchTemplateConfigs.1.Overrides.2.Priority", "2"},
                          {"TargetCapacitySpecification.TotalTargetCapacity", "1"},
                          {"TargetCapacitySpecification.DefaultTargetCapacityType", "on-demand"},
                          {"OnDemandOptions.AllocationStrategy", "prioritized"},
                          {"TagSpecification.1.ResourceType", "fleet"},
                          {"TagSpecification.1.Tag.1.Key", "hotaru:name"},
                          {"TagSpecification.1.Tag.1.Value", "x"},
                          {"TagSpecification.2.ResourceType", "instance"},
                          {"TagSpecification.2.Tag.1.Key", "hotaru:name"},
                          {"TagSpecification.2.Tag.1.Value", "x"}}));
}

TEST_F(Ec2Market, AsksForASpotFleetWithItsHighestPrice) {
  answer("CreateFleet", "<fleetId>fleet-1</fleetId><errorSet><item/></errorSet>");
  const auto outcome = ec2.create_fleet(fleet(true));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->instances.empty());
  EXPECT_EQ(outcome->errors.at(0).error.message, "CreateFleet was refused without a reason.");
  EXPECT_EQ(sent()["TargetCapacitySpecification.DefaultTargetCapacityType"], "spot");
  EXPECT_EQ(sent()["SpotOptions.AllocationStrategy"], "capacity-optimized-prioritized");
  EXPECT_EQ(sent()["LaunchTemplateConfigs.1.Overrides.1.MaxPrice"], "0.5");
}

TEST_F(Ec2Market, ReadsWhatDecidesWhetherAnImageFits) {
  answer("DescribeImages",
         "<imagesSet><item><imageId>ami-1</imageId><isPublic>true</isPublic><enaSupport>true</enaSupport>"
         "<bootMode>uefi-preferred</bootMode><imageOwnerAlias>aws-marketplace</imageOwnerAlias><productCodes><item>"
         "<productCode>abc</productCode><type>marketplace</type></item></productCodes></item></imagesSet>");
  const auto images = ec2.describe_images({});
  ASSERT_TRUE(images) << images.error().message;
  const Image& image = images->at(0);
  EXPECT_TRUE(image.ena);
  EXPECT_TRUE(image.is_public);
  EXPECT_EQ(image.boot_mode, "uefi-preferred");
  EXPECT_EQ(image.owner_alias, "aws-marketplace");
  EXPECT_EQ(image.product_codes, std::vector<std::string>{"abc"});
}

}  // namespace
}  // namespace hotaru::aws
