#include "aws/run_parameters.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hotaru::aws {

void add_if(Parameters& parameters, const std::string& name, const std::string& value) {
  if (!value.empty()) parameters.emplace_back(name, value);
}

namespace {

const char* boolean(bool value) { return value ? "true" : "false"; }

void add_block_devices(Parameters& parameters, const std::vector<BlockDevice>& devices) {
  int number = 1;
  for (const auto& device : devices) {
    const std::string prefix = fmt::format("BlockDeviceMapping.{}.", number++);
    parameters.emplace_back(prefix + "DeviceName", device.device_name);
    if (device.size_gib > 0) parameters.emplace_back(prefix + "Ebs.VolumeSize", std::to_string(device.size_gib));
    add_if(parameters, prefix + "Ebs.VolumeType", device.volume_type);
    // Not sent when false: EC2 refuses `false` for an image whose snapshot is encrypted.
    if (device.encrypted) parameters.emplace_back(prefix + "Ebs.Encrypted", "true");
    parameters.emplace_back(prefix + "Ebs.DeleteOnTermination", boolean(device.delete_on_termination));
  }
}

/// The first interface says where the instance is and who may reach it: beside NetworkInterface.1 EC2 refuses a
/// SubnetId or SecurityGroupId of the instance's own.
void add_network(Parameters& parameters, const RunInstances& request) {
  const std::string prefix = "NetworkInterface.1.";
  parameters.emplace_back(prefix + "DeviceIndex", "0");
  parameters.emplace_back(prefix + "AssociatePublicIpAddress", boolean(request.public_address));
  parameters.emplace_back(prefix + "DeleteOnTermination", "true");
  add_if(parameters, prefix + "SubnetId", request.subnet_id);
  add_list(parameters, prefix + "SecurityGroupId", request.security_group_ids);
}

/// What both have.
Parameters launch_parameters(const RunInstances& request) {
  Parameters parameters = {{"ImageId", request.image_id}};
  add_if(parameters, "InstanceType", request.instance_type);
  add_if(parameters, "KeyName", request.key_name);
  add_if(parameters, "InstanceInitiatedShutdownBehavior", request.shutdown_behavior);
  if (!request.user_data.empty()) parameters.emplace_back("UserData", base64_encode(request.user_data));
  if (!request.instance_profile.empty()) {
    const bool arn = request.instance_profile.starts_with("arn:");
    parameters.emplace_back(arn ? "IamInstanceProfile.Arn" : "IamInstanceProfile.Name", request.instance_profile);
  }
  add_network(parameters, request);
  add_block_devices(parameters, request.block_devices);
  // IMDSv2 only; two hops, so that containers on the instance reach it as well.
  parameters.emplace_back("MetadataOptions.HttpTokens", "required");
  parameters.emplace_back("MetadataOptions.HttpPutResponseHopLimit", "2");
  int number = 1;
  for (const char* type : {"instance", "volume", "network-interface"}) {
    number = add_tag_specification(parameters, number, type, request.tags);
  }
  // EC2 refuses tags for a request that there will not be.
  if (request.spot) add_tag_specification(parameters, number, "spot-instances-request", request.tags);
  return parameters;
}

}  // namespace

Parameters run_parameters(const RunInstances& request) {
  Parameters parameters = launch_parameters(request);
  parameters.emplace_back("MinCount", "1");
  parameters.emplace_back("MaxCount", "1");
  add_if(parameters, "ClientToken", request.client_token);
  if (request.subnet_id.empty()) add_if(parameters, "Placement.AvailabilityZone", request.zone);
  if (request.spot) {
    const std::string prefix = "InstanceMarketOptions.";
    parameters.emplace_back(prefix + "MarketType", "spot");
    parameters.emplace_back(prefix + "SpotOptions.SpotInstanceType", "one-time");
    parameters.emplace_back(prefix + "SpotOptions.InstanceInterruptionBehavior", "terminate");
    add_if(parameters, prefix + "SpotOptions.MaxPrice", request.max_price);
  }
  if (request.dry_run) parameters.emplace_back("DryRun", "true");
  return parameters;
}

Parameters template_parameters(const RunInstances& request) {
  Parameters parameters;
  for (auto& [name, value] : launch_parameters(request)) {
    parameters.emplace_back("LaunchTemplateData." + name, std::move(value));
  }
  return parameters;
}

}  // namespace hotaru::aws
