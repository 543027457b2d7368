#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/describe.h"
#include "sim/iam/profiles.h"
#include "sim/network/placement_groups.h"
#include "sim/network/requests.h"
#include "sim/parameters.h"

namespace hotaru::sim {

/// BlockDeviceMapping.N as the caller wrote it.
struct DeviceRequest {
  std::string name;
  bool no_device = false;
  std::string virtual_name;  ///< "ephemeral0": instance store, nothing to be made
  bool ebs = false;
  std::optional<std::int64_t> size_gib;
  std::string type;  ///< "" if not given
  std::string snapshot_id;
  std::string kms_key_id;
  std::optional<std::int64_t> iops;
  std::optional<std::int64_t> throughput;
  std::optional<bool> encrypted;
  std::optional<bool> delete_on_termination;
};

/// All of BlockDeviceMapping.
std::vector<DeviceRequest> read_devices(const Parameters& parameters);

/// NetworkInterface.N, or (for the first one) what the parameters of the instance say in its place.
struct InterfaceRequest {
  std::string network_interface_id;  ///< one that is there already
  std::int64_t device_index = 0;
  std::string subnet_id;
  std::vector<std::string> group_ids;
  std::vector<std::string> group_names;
  std::optional<bool> public_address;
  AddressRequest addresses;
  std::string description;
  bool delete_on_termination = true;
};

struct MetadataRequest {
  std::string tokens;
  std::string endpoint;
  std::string tags;
  std::string ipv6;
  std::optional<std::int64_t> hop_limit;
};
/// HttpTokens and its kin, as RunInstances (`MetadataOptions.…`) and ModifyInstanceMetadataOptions (bare) take them.
MetadataRequest read_metadata(const Parameters& parameters);
void apply(const MetadataRequest& request, Instance& instance);

/// What RunInstances was asked for; nothing of it is compared with the world yet.
struct LaunchRequest {
  std::string image_id;
  std::string instance_type;
  std::int64_t min_count = 1;
  std::int64_t max_count = 1;
  std::string client_token;
  std::string digest;  ///< of all parameters but the token
  std::string key_name;
  std::string zone;
  std::string zone_id;  ///< in place of its name
  PlacementRequest placement;
  InterfaceRequest network;                        ///< the first interface
  std::vector<InterfaceRequest> further_networks;  ///< those beyond it
  std::vector<DeviceRequest> devices;
  MetadataRequest metadata;
  std::string shutdown_behavior;
  std::string user_data;  ///< base64
  bool spot = false;
  bool spot_persistent = false;
  std::optional<double> max_price;  ///< of a spot instance, US dollars an hour
  bool disable_api_termination = false;
  bool disable_api_stop = false;
  bool monitoring = false;
  bool ebs_optimized = false;
  std::string cpu_credits;
  InstanceOptions options;
  ProfileRequest profile;
  std::map<std::string, std::map<std::string, std::string>> tags;  ///< by resource type
};

/// Errors stay in the parameters: ask `finish()` afterwards.
LaunchRequest read_launch_request(const Parameters& parameters);
/// The same of a launch template, which may leave everything out and knows neither counts nor token.
LaunchRequest read_launch_data(const Parameters& parameters);
/// ClientToken, "" if there is none.
std::string read_client_token(const Parameters& parameters);
/// MaxPrice.
std::optional<double> read_max_price(const Parameters& parameters);
/// Of all parameters that make two calls with one client token the same.
std::string digest_of(const Parameters& parameters);

/// Refuses (in the parameters) what is not base64 or more than 16 KiB raw.
void check_user_data(const Parameters& parameters, const std::string& base64);

}  // namespace hotaru::sim
