#include "sim/instances/launch_request.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "sim/instances/cpu_options.h"
#include "sim/network/shared.h"

namespace hotaru::sim {

namespace {

constexpr std::size_t user_data_limit = 16'384;  // raw, before base64 (EC2 User Guide, "Instance user data")
constexpr std::size_t client_token_limit = 64;
constexpr auto default_instance_type = "m1.small";  // EC2 API Reference, RunInstances

DeviceRequest read_device(const Parameters& parameters) {
  DeviceRequest device;
  device.name = parameters.required("DeviceName");
  device.no_device = parameters.has("NoDevice");
  parameters.ignore("NoDevice");
  device.virtual_name = parameters.text("VirtualName");
  device.ebs = parameters.has("Ebs");
  const Parameters ebs = parameters.structure("Ebs");
  device.size_gib = ebs.optional_integer("VolumeSize");
  device.type = ebs.one_of("VolumeType", {"gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"}, "");
  device.snapshot_id = ebs.text("SnapshotId");
  device.kms_key_id = ebs.text("KmsKeyId");
  device.iops = ebs.optional_integer("Iops");
  device.throughput = ebs.optional_integer("Throughput");
  device.encrypted = ebs.optional_flag("Encrypted");
  device.delete_on_termination = ebs.optional_flag("DeleteOnTermination");
  return device;
}

InterfaceRequest read_one_interface(const Parameters& one) {
  InterfaceRequest network;
  network.network_interface_id = one.text("NetworkInterfaceId");
  network.device_index = one.integer("DeviceIndex", 0);
  network.subnet_id = one.text("SubnetId");
  network.group_ids = one.list("SecurityGroupId");
  network.public_address = one.optional_flag("AssociatePublicIpAddress");
  read_addresses(one, network.addresses);
  refuse_ipv6(one);
  network.description = one.text("Description");
  network.delete_on_termination = one.flag("DeleteOnTermination", network.network_interface_id.empty());
  one.one_of("InterfaceType", {"interface", "efa"}, "interface");
  for (const char* name : {"NetworkCardIndex", "ConnectionTrackingSpecification", "EnaSrdSpecification"})
    one.ignore(name);
  refuse_unsupported(one, {"AssociateCarrierIpAddress", "EnaQueueCount"});
  const bool existing = !network.network_interface_id.empty();
  if (existing && (!network.subnet_id.empty() || !network.group_ids.empty() || network.public_address.value_or(false) ||
                   !network.addresses.private_ip.empty()))
    one.refuse("InvalidParameterCombination",
               "A network interface may not specify both a network interface ID and a subnet, groups or addresses");
  return network;
}

void refuse_instance_level(const Parameters& parameters, const InterfaceRequest& network) {
  const auto no = [&](const char* what) {
    parameters.refuse(
        "InvalidParameterCombination",
        fmt::format("Network interfaces and an instance-level {} may not be specified on the same request", what));
  };
  if (!network.group_ids.empty() || !network.group_names.empty()) no("security groups");
  if (!network.subnet_id.empty()) no("subnet ID");
  if (!network.addresses.private_ip.empty()) no("private address");
}

void read_interfaces(const Parameters& parameters, LaunchRequest& request) {
  const auto interfaces = parameters.structures("NetworkInterface");
  if (interfaces.empty()) return;
  refuse_instance_level(parameters, request.network);
  std::vector<InterfaceRequest> all;
  for (const Parameters& one : interfaces) all.push_back(read_one_interface(one));
  std::ranges::sort(all, {}, &InterfaceRequest::device_index);
  if (all.front().device_index != 0)
    parameters.refuse("InvalidParameterValue", "A network interface with the device index 0 must be specified.");
  if (std::ranges::adjacent_find(all, {}, &InterfaceRequest::device_index) != all.end())
    parameters.refuse("InvalidParameterValue", "Each network interface requires a unique device index.");
  if (all.size() > 1 && std::ranges::any_of(all, [](const auto& one) { return one.public_address.value_or(false); }))
    parameters.refuse("InvalidParameterCombination",
                      "The associatePublicIPAddress parameter cannot be specified when launching with multiple network "
                      "interfaces.");
  request.network = all.front();
  request.further_networks.assign(all.begin() + 1, all.end());
}

void read_market(const Parameters& parameters, LaunchRequest& request) {
  const Parameters market = parameters.structure("InstanceMarketOptions");
  if (!parameters.has("InstanceMarketOptions")) return;
  request.spot = market.one_of("MarketType", {"spot"}, "spot") == "spot";
  const Parameters spot = market.structure("SpotOptions");
  request.spot_persistent = spot.one_of("SpotInstanceType", {"one-time", "persistent"}, "one-time") == "persistent";
  const std::string interruption =
      spot.one_of("InstanceInterruptionBehavior", {"terminate", "stop", "hibernate"}, "terminate");
  if (!request.spot_persistent && interruption != "terminate")
    parameters.refuse("InvalidParameterCombination",
                      "The interruption behavior 'stop' or 'hibernate' needs a persistent Spot request.");
  if (!request.spot_persistent && spot.has("ValidUntil"))
    parameters.refuse("InvalidParameterCombination", "ValidUntil is not supported for one-time Spot requests.");
  spot.ignore("ValidUntil");
  refuse_unsupported(spot, {"BlockDurationMinutes"});
  request.max_price = read_max_price(spot);
}

void read_counts(const Parameters& parameters, LaunchRequest& request) {
  parameters.required("MinCount");
  parameters.required("MaxCount");
  request.min_count = parameters.integer("MinCount", 1);
  request.max_count = parameters.integer("MaxCount", 1);
  if (request.min_count < 1)
    parameters.invalid_value("MinCount", std::to_string(request.min_count), "Minimum value of 1 expected.");
  if (request.max_count < request.min_count || request.max_count > 1000)
    parameters.invalid_value("MaxCount", std::to_string(request.max_count), "Expecting a value from MinCount to 1000.");
}

// Means nothing here, but is no mistake.
void ignore_what_changes_nothing(const Parameters& parameters) {
  for (const char* name : {"AdditionalInfo", "NetworkPerformanceOptions", "PrivateDnsNameOptions"})
    parameters.ignore(name);
  parameters.one_of("Placement.Affinity", {"default", "host"}, "default");
  if (const std::string host = parameters.text("Placement.HostId"); !host.empty())
    parameters.refuse("InvalidHostID.NotFound", fmt::format("The host ID '{}' does not exist", host));
  refuse_unsupported(parameters,
                     {"InstanceRequirements", "KernelId", "RamdiskId", "RamDiskId", "ElasticGpuSpecification",
                      "ElasticInferenceAccelerator", "LicenseSpecification", "Operator", "SecondaryInterface",
                      "Placement.HostResourceGroupArn", "Placement.SpreadDomain"});
  const Parameters hibernation = parameters.structure("HibernationOptions");
  if (hibernation.flag("Configured"))
    parameters.refuse("UnsupportedOperation", "The simulator does not hibernate instances.");
}

}  // namespace

std::vector<DeviceRequest> read_devices(const Parameters& parameters) {
  std::vector<DeviceRequest> devices;
  for (const Parameters& device : parameters.structures("BlockDeviceMapping")) devices.push_back(read_device(device));
  return devices;
}

std::optional<double> read_max_price(const Parameters& parameters) {
  const auto text = parameters.optional_text("MaxPrice");
  if (!text) return std::nullopt;
  const auto price = parse_number(*text);
  if (!price || !(*price > 0)) parameters.invalid_value("MaxPrice", *text, "Expecting a price above 0.");
  return price;
}

void check_user_data(const Parameters& parameters, const std::string& base64) {
  const auto raw = base64_decode(base64);
  if (!raw) parameters.refuse("InvalidParameterValue", "Invalid BASE64 encoding of user data.");
  if (raw && raw->size() > user_data_limit)
    parameters.refuse("InvalidParameterValue", "User data is limited to 16384 bytes");
}

MetadataRequest read_metadata(const Parameters& parameters) {
  MetadataRequest request;
  request.tokens = parameters.one_of("HttpTokens", {"optional", "required"}, "");
  request.endpoint = parameters.one_of("HttpEndpoint", {"enabled", "disabled"}, "");
  request.tags = parameters.one_of("InstanceMetadataTags", {"enabled", "disabled"}, "");
  request.ipv6 = parameters.one_of("HttpProtocolIpv6", {"enabled", "disabled"}, "");
  request.hop_limit = parameters.optional_integer("HttpPutResponseHopLimit");
  if (request.hop_limit && (*request.hop_limit < 1 || *request.hop_limit > 64))
    parameters.invalid_value("HttpPutResponseHopLimit", std::to_string(*request.hop_limit),
                             "Expecting a value from 1 to 64.");
  return request;
}

void apply(const MetadataRequest& request, Instance& instance) {
  if (!request.tokens.empty()) instance.metadata_http_tokens = request.tokens;
  if (!request.endpoint.empty()) instance.metadata_http_endpoint = request.endpoint;
  if (!request.tags.empty()) instance.metadata_tags = request.tags;
  if (!request.ipv6.empty()) instance.metadata_ipv6 = request.ipv6;
  if (request.hop_limit) instance.metadata_hop_limit = static_cast<int>(*request.hop_limit);
}

LaunchRequest read_launch_data(const Parameters& parameters) {
  LaunchRequest request;
  request.image_id = parameters.text("ImageId");
  request.instance_type = parameters.text("InstanceType");
  request.key_name = parameters.text("KeyName");
  request.zone = parameters.text("Placement.AvailabilityZone");
  request.zone_id = parameters.text("Placement.AvailabilityZoneId");
  request.network.subnet_id = parameters.text("SubnetId");
  request.network.group_ids = parameters.list("SecurityGroupId");
  request.network.group_names = parameters.list("SecurityGroup");
  request.network.addresses.private_ip = parameters.text("PrivateIpAddress");
  refuse_ipv6(parameters);
  read_interfaces(parameters, request);
  request.placement = {parameters.text("Placement.GroupName"), parameters.text("Placement.GroupId"),
                       parameters.optional_integer("Placement.PartitionNumber")};
  request.devices = read_devices(parameters);
  request.metadata = read_metadata(parameters.structure("MetadataOptions"));
  request.shutdown_behavior = parameters.one_of("InstanceInitiatedShutdownBehavior", {"stop", "terminate"}, "stop");
  request.user_data = parameters.text("UserData");
  check_user_data(parameters, request.user_data);
  request.profile = read_profile(parameters);
  read_market(parameters, request);
  request.disable_api_termination = parameters.flag("DisableApiTermination");
  request.disable_api_stop = parameters.flag("DisableApiStop");
  request.monitoring = parameters.flag("Monitoring.Enabled");
  request.ebs_optimized = parameters.flag("EbsOptimized");
  request.cpu_credits = parameters.one_of("CreditSpecification.CpuCredits", {"standard", "unlimited"}, "");
  request.tags =
      read_tag_specifications(parameters, {"instance", "volume", "network-interface", "spot-instances-request"});
  request.options = read_instance_options(parameters);
  ignore_what_changes_nothing(parameters);
  return request;
}

LaunchRequest read_launch_request(const Parameters& parameters) {
  parameters.required("ImageId");
  const std::string token = read_client_token(parameters);
  std::string digest = digest_of(parameters);
  LaunchRequest request = read_launch_data(parameters);
  if (request.instance_type.empty()) request.instance_type = default_instance_type;
  read_counts(parameters, request);
  request.client_token = token;
  request.digest = std::move(digest);
  return request;
}

std::string read_client_token(const Parameters& parameters) {
  std::string token = parameters.text("ClientToken");
  if (token.size() > client_token_limit || std::ranges::any_of(token, [](char one) { return one < ' ' || one > '~'; }))
    parameters.refuse("InvalidParameterValue", "ClientToken must be at most 64 ASCII characters.");
  return token;
}

std::string digest_of(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters.all()) {
    if (name == "ClientToken" || name == "DryRun" || name == "Version") continue;
    text += fmt::format("{}={}:{}\n", name, value.size(), value);
  }
  return hex_encode(sha256(text));
}

}  // namespace hotaru::sim
