// The client's reading of EC2's and STS's answers. The first byte chooses the call, and whether the rest is the inside
// of the answer that the call expects or the whole of it.
#include "aws/ec2.h"
#include "fuzz/fuzz.h"
#include "http/fake_transport.h"
#include "lifecycle/encode.h"

namespace hotaru::aws {
namespace {

using fuzz::require;

struct Reader {
  const char* action;
  void (*read)(Client& client, Ec2& ec2);
};

void read_images(Client&, Ec2& ec2) {
  const auto images = ec2.describe_images({});
  if (!images) return;
  for (const Image& image : *images) {
    tag_value(image.tags, "Name");
    // As it is kept for the next launch.
    const lifecycle::ImageChoice choice{.id = image.id,
                                        .name = image.name,
                                        .family = image.description,
                                        .root_device = image.root_device_name,
                                        .root_gib = image.root_volume_gib,
                                        .ebs_devices = image.ebs_device_names,
                                        .architecture = image.architecture,
                                        .user = image.owner_id,
                                        .boot_mode = image.boot_mode};
    const auto kept = lifecycle::decode_image(lifecycle::encode(choice));
    require(kept && (!fuzz::is_utf8(image.name) || kept->name == image.name), "an image is kept as it is");
  }
}

void read_subnets(Client&, Ec2& ec2) {
  const auto subnets = ec2.describe_subnets({});
  if (!subnets) return;
  std::vector<lifecycle::SubnetChoice> choices;
  for (const Subnet& subnet : *subnets) choices.push_back({subnet.id, subnet.vpc_id, subnet.zone, subnet.zone_id});
  const auto kept = lifecycle::decode_subnets(lifecycle::encode(choices));
  require(kept && kept->size() == choices.size(), "subnets are kept as they are");
}

void read_fleet(Client&, Ec2& ec2) {
  const auto outcome = ec2.create_fleet({});
  if (!outcome) return;
  for (const FleetError& refused : outcome->errors) {
    require(!refused.error.message.empty() && fuzz::is_plain(refused.error.message), "there is a plain reason");
  }
}

void read_spot_prices(Client&, Ec2& ec2) {
  const auto points = ec2.spot_price_history({});
  if (!points) return;
  for (const SpotPricePoint& point : *points) require(point.usd_per_hour > 0 && point.usd_per_hour < 1e6, "a price");
}

constexpr Reader readers[] = {
    {"DescribeInstances", [](Client&, Ec2& ec2) { (void)ec2.describe_instances({}); }},
    {"RunInstances", [](Client&, Ec2& ec2) { (void)ec2.run_instance({}); }},
    {"DescribeImages", read_images},
    {"DescribeSubnets", read_subnets},
    {"DescribeSecurityGroups", [](Client&, Ec2& ec2) { (void)ec2.describe_security_groups({}); }},
    {"DescribeKeyPairs", [](Client&, Ec2& ec2) { (void)ec2.describe_key_pairs({}); }},
    {"DescribeRegions", [](Client&, Ec2& ec2) { (void)ec2.describe_regions(); }},
    {"CreateSecurityGroup", [](Client&, Ec2& ec2) { (void)ec2.create_security_group({}); }},
    {"CreateDefaultVpc", [](Client&, Ec2& ec2) { (void)ec2.create_default_vpc(); }},
    {"StopInstances", [](Client&, Ec2& ec2) { (void)ec2.stop_instance("i-1"); }},
    {"GetConsoleOutput", [](Client&, Ec2& ec2) { (void)ec2.console_output("i-1"); }},
    {"CreateTags", [](Client&, Ec2& ec2) { (void)ec2.create_tags({"i-1"}, {{"a", "b"}}); }},
    {"GetCallerIdentity", [](Client& client, Ec2&) { (void)caller_identity(client, "us-east-1"); }},
    {"DescribeInstanceTypes", [](Client&, Ec2& ec2) { (void)ec2.describe_instance_types(); }},
    {"DescribeInstanceTypeOfferings", [](Client&, Ec2& ec2) { (void)ec2.describe_type_offerings(); }},
    {"DescribeAvailabilityZones", [](Client&, Ec2& ec2) { (void)ec2.describe_zones(); }},
    {"DescribeSpotPriceHistory", read_spot_prices},
    {"GetSpotPlacementScores", [](Client&, Ec2& ec2) { (void)ec2.spot_placement_scores({}); }},
    {"CreateLaunchTemplate", [](Client&, Ec2& ec2) { (void)ec2.create_launch_template("t", {}, {}); }},
    {"DescribeLaunchTemplates", [](Client&, Ec2& ec2) { (void)ec2.describe_launch_templates({}); }},
    {"CreateFleet", read_fleet},
};

}  // namespace

HOTARU_FUZZ(input) {
  const unsigned choice = fuzz::take_byte(input);
  const Reader& reader = readers[choice % 64 % std::size(readers)];
  std::string body(input);
  if (choice < 128) body = "<" + std::string(reader.action) + "Response>" + body + "</" + reader.action + "Response>";
  http::FakeTransport transport;
  transport.answer(200, body);
  transport.answer(200, body);  // a second page
  FakeClock clock;
  SeededRandom random(1);
  Settings settings;
  settings.max_attempts = 1;
  Client client(settings,
                {transport, clock, random, [] { return Result<Credentials>(Credentials{"AK", "s", "", {}, ""}); }});
  Ec2 ec2(client, "us-east-1");
  reader.read(client, ec2);
}

}  // namespace hotaru::aws
