#include "aws/ec2.h"

#include <gtest/gtest.h>

#include <latch>

#include "base/text.h"
#include "http/fake_transport.h"

namespace hotaru::aws {
namespace {

std::string error_body(const std::string& code) {
  return "<Response><Errors><Error><Code>" + code + "</Code><Message>m</Message></Error></Errors></Response>";
}

const std::string instance_item =
    "<item><instanceId>i-1</instanceId><imageId>ami-1</imageId>"
    "<instanceState><code>16</code><name>running</name></instanceState><privateIpAddress>172.31.0.5</privateIpAddress>"
    "<ipAddress>198.18.0.9</ipAddress><dnsName>ec2-198-18-0-9.compute.example</dnsName><keyName>hotaru</keyName>"
    "<instanceType>g4dn.xlarge</instanceType><launchTime>2026-11-22T01:02:03.000Z</launchTime>"
    "<placement><availabilityZone>us-east-1a</availabilityZone></placement><subnetId>subnet-1</subnetId>"
    "<vpcId>vpc-1</vpcId><clientToken>tok</clientToken>"
    "<stateReason><code>Client.UserInitiatedShutdown</code><message>why</message></stateReason>"
    "<groupSet><item><groupId>sg-1</groupId><groupName>hotaru-x</groupName></item></groupSet>"
    "<networkInterfaceSet><item><groupSet><item><groupId>sg-1</groupId></item><item><groupId>sg-2</groupId></item>"
    "</groupSet></item></networkInterfaceSet>"
    "<blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><volumeId>vol-1</volumeId></ebs></item>"
    "</blockDeviceMapping><tagSet><item><key>hotaru:name</key><value>a &amp; b</value></item></tagSet></item>";

std::string instances_page(const std::string& items, const std::string& next = "") {
  return "<?xml version=\"1.0\"?><DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
         "<requestId>r</requestId><reservationSet><item><reservationId>r-1</reservationId><instancesSet>" +
         items + "</instancesSet></item></reservationSet>" +
         (next.empty() ? "" : "<nextToken>" + next + "</nextToken>") + "</DescribeInstancesResponse>";
}

class Ec2Test : public testing::Test {
 protected:
  /// What was sent in the last call, decoded, without Action and Version.
  std::map<std::string, std::string> sent() const {
    std::map<std::string, std::string> parameters;
    for (const auto& part : split(transport.requests().back().body, '&')) {
      const auto equals = part.find('=');
      parameters[part.substr(0, equals)] = percent_decode(part.substr(equals + 1), true);
    }
    parameters.erase("Version");
    return parameters;
  }

  http::FakeTransport transport;
  FakeClock clock;
  SeededRandom random{1};
  Client client{{}, {transport, clock, random, [] { return Result<Credentials>(Credentials{"AK", "s", "", {}, ""}); }}};
  Ec2 ec2{client, "us-east-1"};
};

using Sent = std::map<std::string, std::string>;

TEST_F(Ec2Test, HandsOverEachPageAsItArrives) {
  transport.answer(200, instances_page(instance_item, "page-2"));
  transport.answer(200, instances_page(instance_item, "page-3"));
  transport.answer(403, error_body("UnauthorizedOperation"));
  int taken = 0;
  const auto asked = ec2.each_instance({}, [&](const Instance&) { ++taken; });
  EXPECT_EQ(taken, 2);
  EXPECT_EQ(asked.error().kind, ErrorClass::unauthorized);
  EXPECT_EQ(sent(), (Sent{{"Action", "DescribeInstances"}, {"MaxResults", "1000"}, {"NextToken", "page-3"}}));
}

/// Answers the second page when the first has been taken, and not before.
class SlowSecondPage final : public http::Transport {
 public:
  Result<http::Response> send(const http::Request& request) override {
    timeouts.push_back(request.timeout);
    if (timeouts.size() == 1) return http::Response{200, {}, instances_page(instance_item, "page-2")};
    second_asked.count_down();
    first_taken.wait();
    return http::Response{200, {}, instances_page(instance_item)};
  }
  std::latch second_asked{1};
  std::latch first_taken{1};
  std::vector<Duration> timeouts;
};

TEST_F(Ec2Test, FetchesTheNextPageWhileOneIsReadAndLeavesItTimeBeyondTheDeadline) {
  SlowSecondPage slow;
  Client other({},
               {slow, clock, random, [] { return Result<Credentials>(Credentials{"AK", "s", "", {}, ""}); }, {}, {}});
  int taken = 0;
  const Duration second{1000};
  const auto asked = Ec2(other, "us-east-1").by(clock.steady() + second).each_instance({}, [&](const Instance&) {
    if (++taken > 1) return;
    slow.second_asked.wait();  // would never end if the next page were asked for afterwards
    slow.first_taken.count_down();
  });
  EXPECT_TRUE(asked);
  EXPECT_EQ(taken, 2);
  EXPECT_EQ(slow.timeouts.at(0), second);
  EXPECT_GT(slow.timeouts.at(1), second);
}

TEST_F(Ec2Test, FetchesNoPageAheadWhereItIsNotToldTo) {
  transport.answer(200, instances_page(instance_item, "page-2"));
  transport.answer(200, instances_page(instance_item));
  std::vector<std::size_t> asked_before;
  DescribeInstances request;
  request.ahead = false;
  ASSERT_TRUE(
      ec2.each_instance(request, [&](const Instance&) { asked_before.push_back(transport.requests().size()); }));
  EXPECT_EQ(asked_before, (std::vector<std::size_t>{1, 2}));
}

TEST_F(Ec2Test, FollowsATokenThatOnlyTheParserUnderstands) {
  transport.answer(200, instances_page(instance_item, "a&amp;b"));
  transport.answer(200, instances_page(instance_item + "<!-- <nextToken>no</nextToken> -->"));
  transport.answer(200, instances_page(instance_item));
  EXPECT_EQ(ec2.describe_instances({})->size(), 2U);
  EXPECT_EQ(transport.requests().size(), 3U) << "what a comment seems to say is asked for, and dropped";
  EXPECT_NE(transport.requests()[1].body.find("NextToken=a%26b"), std::string::npos);
}

TEST_F(Ec2Test, ReadsEverythingOfAnInstanceThatWeUse) {
  transport.answer(200, instances_page(instance_item));
  const auto instances = ec2.describe_instances({{"i-1"}, {{"tag:hotaru:name", {"a", "b*"}}}});
  ASSERT_TRUE(instances) << instances.error().message;
  const Instance& instance = instances->at(0);
  EXPECT_EQ(instance.id, "i-1");
  EXPECT_EQ(instance.type, "g4dn.xlarge");
  EXPECT_EQ(instance.state, "running");
  EXPECT_EQ(instance.state_reason_code, "Client.UserInitiatedShutdown");
  EXPECT_EQ(instance.state_reason_message, "why");
  EXPECT_EQ(instance.public_ip, "198.18.0.9");
  EXPECT_EQ(instance.private_ip, "172.31.0.5");
  EXPECT_EQ(instance.zone, "us-east-1a");
  EXPECT_EQ(instance.client_token, "tok");
  EXPECT_EQ(instance.security_group_ids, (std::vector<std::string>{"sg-1", "sg-2"}));
  EXPECT_EQ(instance.volume_ids, (std::vector<std::string>{"vol-1"}));
  EXPECT_EQ(tag_value(instance.tags, "hotaru:name"), "a & b");
  EXPECT_EQ(tag_value(instance.tags, "absent"), "");
  EXPECT_EQ(sent(), (Sent{{"Action", "DescribeInstances"},
                          {"InstanceId.1", "i-1"},
                          {"Filter.1.Name", "tag:hotaru:name"},
                          {"Filter.1.Value.1", "a"},
                          {"Filter.1.Value.2", "b*"}}));
}

TEST_F(Ec2Test, FollowsAllPages) {
  transport.answer(200, instances_page(instance_item, "page2+/="));
  transport.answer(200, instances_page(instance_item + instance_item));
  EXPECT_EQ(ec2.describe_instances({})->size(), 3U);
  EXPECT_EQ(sent().at("NextToken"), "page2+/=");
}

TEST_F(Ec2Test, DoesNotTurnInCirclesWithAnEndpointThatDoes) {
  transport.answer(200, instances_page(instance_item, "same"));
  transport.answer(200, instances_page(instance_item, "same"));
  EXPECT_TRUE(ec2.describe_instances({}));
  EXPECT_EQ(transport.requests().size(), 2U);
}

TEST_F(Ec2Test, LaunchesWithEverythingThatTheTransactionNeeds) {
  transport.answer(200,
                   "<RunInstancesResponse><instancesSet>" + instance_item + "</instancesSet></RunInstancesResponse>");
  RunInstances request;
  request.image_id = "ami-1";
  request.instance_type = "g4dn.xlarge";
  request.key_name = "hotaru";
  request.subnet_id = "subnet-1";
  request.zone = "us-east-1a";
  request.security_group_ids = {"sg-1"};
  request.user_data = "#cloud-config\n";
  request.client_token = "tok";
  request.instance_profile = "role";
  request.shutdown_behavior = "terminate";
  request.block_devices = {{"/dev/sda1", 64, "gp3", true, true}};
  request.tags = {{"Name", "x"}};
  const auto instance = ec2.run_instance(request);
  ASSERT_TRUE(instance) << instance.error().message;
  EXPECT_EQ(instance->id, "i-1");
  EXPECT_EQ(sent(), (Sent{{"Action", "RunInstances"},
                          {"ImageId", "ami-1"},
                          {"InstanceType", "g4dn.xlarge"},
                          {"MinCount", "1"},
                          {"MaxCount", "1"},
                          {"KeyName", "hotaru"},
                          {"ClientToken", "tok"},
                          {"InstanceInitiatedShutdownBehavior", "terminate"},
                          {"UserData", base64_encode("#cloud-config\n")},
                          {"IamInstanceProfile.Name", "role"},
                          {"NetworkInterface.1.DeviceIndex", "0"},
                          {"NetworkInterface.1.AssociatePublicIpAddress", "true"},
                          {"NetworkInterface.1.DeleteOnTermination", "true"},
                          {"NetworkInterface.1.SubnetId", "subnet-1"},
                          {"NetworkInterface.1.SecurityGroupId.1", "sg-1"},
                          {"BlockDeviceMapping.1.DeviceName", "/dev/sda1"},
                          {"BlockDeviceMapping.1.Ebs.VolumeSize", "64"},
                          {"BlockDeviceMapping.1.Ebs.VolumeType", "gp3"},
                          {"BlockDeviceMapping.1.Ebs.Encrypted", "true"},
                          {"BlockDeviceMapping.1.Ebs.DeleteOnTermination", "true"},
                          {"MetadataOptions.HttpTokens", "required"},
                          {"MetadataOptions.HttpPutResponseHopLimit", "2"},
                          {"TagSpecification.1.ResourceType", "instance"},
                          {"TagSpecification.1.Tag.1.Key", "Name"},
                          {"TagSpecification.1.Tag.1.Value", "x"},
                          {"TagSpecification.2.ResourceType", "volume"},
                          {"TagSpecification.2.Tag.1.Key", "Name"},
                          {"TagSpecification.2.Tag.1.Value", "x"},
                          {"TagSpecification.3.ResourceType", "network-interface"},
                          {"TagSpecification.3.Tag.1.Key", "Name"},
                          {"TagSpecification.3.Tag.1.Value", "x"}}));
}

TEST_F(Ec2Test, LaunchesAgainWithTheSameTokenWhenTheOutcomeIsUnknownAndNeverWithoutOne) {
  const std::string launched =
      "<RunInstancesResponse><instancesSet>" + instance_item + "</instancesSet></RunInstancesResponse>";
  RunInstances request;
  request.client_token = "tok";
  transport.fail(Error{ErrorClass::unknown_outcome, "lost"});
  transport.answer(200, launched);
  EXPECT_EQ(ec2.run_instance(request)->id, "i-1");
  EXPECT_EQ(transport.requests()[0].body, transport.requests()[1].body);
  request.client_token = "";
  transport.fail(Error{ErrorClass::unknown_outcome, "lost"});
  transport.answer(200, launched);
  EXPECT_EQ(ec2.run_instance(request).error().kind, ErrorClass::unknown_outcome);
}

TEST_F(Ec2Test, ADryRunThatWouldHaveWorkedIsASuccess) {
  RunInstances request;
  request.dry_run = true;
  transport.answer(412, error_body("DryRunOperation"));
  EXPECT_TRUE(ec2.run_instance(request));
  EXPECT_EQ(sent().at("DryRun"), "true");
  transport.answer(403, error_body("UnauthorizedOperation"));
  EXPECT_EQ(ec2.run_instance(request).error().kind, ErrorClass::unauthorized);
}

TEST_F(Ec2Test, SaysThatALaunchWithoutAnInstanceHasAnUnknownOutcome) {
  transport.answer(200, "<RunInstancesResponse><instancesSet/></RunInstancesResponse>");
  EXPECT_EQ(ec2.run_instance({}).error().kind, ErrorClass::unknown_outcome);
}

TEST_F(Ec2Test, ReadsImagesWithTheirRootDevice) {
  transport.answer(200,
                   "<DescribeImagesResponse><imagesSet><item><imageId>ami-1</imageId><name>ubuntu</name>"
                   "<rootDeviceName>/dev/sda1</rootDeviceName><blockDeviceMapping>"
                   "<item><deviceName>/dev/sda1</deviceName><ebs><volumeSize>8</volumeSize></ebs></item>"
                   "<item><deviceName>/dev/sdf</deviceName><ebs><volumeSize>100</volumeSize></ebs></item>"
                   "<item><deviceName>/dev/sdb</deviceName><virtualName>ephemeral0</virtualName></item>"
                   "</blockDeviceMapping></item></imagesSet></DescribeImagesResponse>");
  const auto images = ec2.describe_images({{}, {"099720109477"}, {{"state", {"available"}}}});
  ASSERT_TRUE(images);
  EXPECT_EQ(images->at(0).root_volume_gib, 8);
  EXPECT_EQ(images->at(0).ebs_device_names, (std::vector<std::string>{"/dev/sda1", "/dev/sdf"}));
  EXPECT_EQ(sent().at("Owner.1"), "099720109477");
}

TEST_F(Ec2Test, ReadsSubnetsRegionsAndGroups) {
  transport.answer(200,
                   "<DescribeSubnetsResponse><subnetSet><item><subnetId>s-1</subnetId><vpcId>vpc-1</vpcId>"
                   "<availabilityZone>us-east-1a</availabilityZone><availabilityZoneId>use1-az1</availabilityZoneId>"
                   "<defaultForAz>true</defaultForAz><availableIpAddressCount>4091</availableIpAddressCount></item>"
                   "</subnetSet></DescribeSubnetsResponse>");
  const auto subnet = ec2.describe_subnets({})->at(0);
  EXPECT_TRUE(subnet.default_for_zone);
  EXPECT_EQ(subnet.free_addresses, 4091);
  EXPECT_EQ(subnet.zone_id, "use1-az1");
  transport.answer(200,
                   "<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1</regionName>"
                   "<optInStatus>opt-in-not-required</optInStatus></item></regionInfo></DescribeRegionsResponse>");
  EXPECT_EQ(ec2.describe_regions()->at(0).name, "eu-west-1");
  transport.answer(
      200,
      "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId>"
      "<groupName>hotaru-x</groupName><ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>22</fromPort>"
      "<toPort>22</toPort><ipRanges><item><cidrIp>198.51.100.1/32</cidrIp><description>d</description></item>"
      "</ipRanges><ipv6Ranges><item><cidrIpv6>2001:db8::/128</cidrIpv6></item></ipv6Ranges></item>"
      "</ipPermissions></item></securityGroupInfo></DescribeSecurityGroupsResponse>");
  const auto group = ec2.describe_security_groups({})->at(0);
  EXPECT_EQ(group.ingress.at(0).from_port, 22);
  EXPECT_EQ(group.ingress.at(0).ranges.at(0).cidr, "198.51.100.1/32");
  EXPECT_EQ(group.ingress.at(0).ranges6.at(0).cidr, "2001:db8::/128");
}

TEST_F(Ec2Test, WritesRulesKeysGroupsAndTags) {
  transport.answer(200, "<AuthorizeSecurityGroupIngressResponse/>");
  EXPECT_TRUE(ec2.authorize_ingress("sg-1", {"tcp", 22, 22, {{"198.51.100.1/32", "me"}}, {}}));
  EXPECT_EQ(sent(), (Sent{{"Action", "AuthorizeSecurityGroupIngress"},
                          {"GroupId", "sg-1"},
                          {"IpPermissions.1.IpProtocol", "tcp"},
                          {"IpPermissions.1.FromPort", "22"},
                          {"IpPermissions.1.ToPort", "22"},
                          {"IpPermissions.1.IpRanges.1.CidrIp", "198.51.100.1/32"},
                          {"IpPermissions.1.IpRanges.1.Description", "me"}}));
  transport.answer(200, "<ImportKeyPairResponse/>");
  EXPECT_TRUE(ec2.import_key_pair("k", "ssh-ed25519 AAAA", {{"a", "b"}}));
  EXPECT_EQ(sent().at("PublicKeyMaterial"), base64_encode("ssh-ed25519 AAAA"));
  EXPECT_EQ(sent().at("TagSpecification.1.ResourceType"), "key-pair");
  transport.answer(200, "<CreateSecurityGroupResponse><groupId>sg-9</groupId></CreateSecurityGroupResponse>");
  EXPECT_EQ(ec2.create_security_group({"hotaru-x", "d", "vpc-1", {}}).value(), "sg-9");
  transport.answer(200, "<CreateTagsResponse/>");
  EXPECT_TRUE(ec2.create_tags({"i-1", "vol-1"}, {{"k", "v"}}));
  EXPECT_EQ(sent(), (Sent{{"Action", "CreateTags"},
                          {"ResourceId.1", "i-1"},
                          {"ResourceId.2", "vol-1"},
                          {"Tag.1.Key", "k"},
                          {"Tag.1.Value", "v"}}));
  transport.answer(200, "<DeleteTagsResponse/>");
  EXPECT_TRUE(ec2.delete_tags({"i-1"}, {"k"}));
  EXPECT_EQ(sent().at("Tag.1.Key"), "k");
}

TEST_F(Ec2Test, ReadsChangesOfState) {
  transport.answer(
      200,
      "<StopInstancesResponse><instancesSet><item><instanceId>i-1</instanceId>"
      "<currentState><name>stopping</name></currentState><previousState><name>running</name></previousState>"
      "</item></instancesSet></StopInstancesResponse>");
  const auto change = ec2.stop_instance("i-1", true);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->previous + ">" + change->current, "running>stopping");
  EXPECT_EQ(
      sent(),
      (Sent{{"Action", "StopInstances"}, {"InstanceId.1", "i-1"}, {"Force", "true"}, {"SkipOsShutdown", "true"}}));
}

TEST_F(Ec2Test, TakesTheKeptConsoleOutputWhereThereIsNoLatestOne) {
  transport.answer(400, error_body("UnsupportedOperation"));
  transport.answer(
      200, "<GetConsoleOutputResponse><output>" + base64_encode("armed\n") + "</output></GetConsoleOutputResponse>");
  EXPECT_EQ(ec2.console_output("i-1").value(), "armed\n");
  EXPECT_FALSE(sent().contains("Latest"));
  transport.answer(200, "<GetConsoleOutputResponse/>");
  EXPECT_EQ(ec2.console_output("i-1").value(), "");
}

TEST_F(Ec2Test, AsksStsWhoWeAre) {
  transport.answer(200,
                   "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                   "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn><UserId>AIDA</UserId>"
                   "<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>");
  const auto identity = caller_identity(client, "us-east-1");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->account, "123456789012");
  EXPECT_NE(transport.requests().back().body.find("Version=2011-06-15"), std::string::npos);
}

TEST_F(Ec2Test, SurvivesAnyAnswer) {
  SeededRandom noise(5);
  const std::string page = instances_page(instance_item);
  for (int round = 0; round < 3'000; ++round) {
    std::string body = page;
    for (int change = 0; change < 3; ++change) body[noise.next() % body.size()] = static_cast<char>(noise.next());
    body.resize(noise.next() % (body.size() + 1));
    transport.answer(200, body);
    const auto instances = ec2.describe_instances({});
    if (!instances) {
      EXPECT_NE(instances.error().kind, ErrorClass::internal) << body;
    }
  }
  // What is well-formed and wrong gives empty fields, never a crash.
  transport.answer(200,
                   "<DescribeInstancesResponse><reservationSet><item><instancesSet><item/></instancesSet></item>"
                   "</reservationSet></DescribeInstancesResponse>");
  EXPECT_EQ(ec2.describe_instances({})->at(0).id, "");
  transport.answer(200,
                   "<DescribeSubnetsResponse><subnetSet><item><availableIpAddressCount>-99999999999999999999"
                   "</availableIpAddressCount></item></subnetSet></DescribeSubnetsResponse>");
  EXPECT_EQ(ec2.describe_subnets({})->at(0).free_addresses, 0);
}

}  // namespace
}  // namespace hotaru::aws
