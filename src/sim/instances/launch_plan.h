#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "sim/action.h"
#include "sim/instances/addresses.h"
#include "sim/instances/launch_request.h"
#include "sim/network/new_interface.h"
#include "sim/network/placement_groups.h"

namespace hotaru::sim {

/// A volume that each instance of a launch gets.
struct DevicePlan {
  std::string name;
  bool root = false;
  bool delete_on_termination = true;
  Volume volume;  ///< without id, zone, times and attachment
};

/// An interface that each instance of a launch gets beyond its first one.
struct FurtherInterface {
  std::string existing_id;  ///< "": it is made
  InterfacePlan made;
  std::int64_t device_index = 1;
  bool delete_on_termination = true;
};

/// A launch request compared with the world: everything in it exists and fits together.
struct LaunchPlan {
  Image image;
  const catalog::InstanceType* type = nullptr;
  Subnet subnet;
  std::vector<std::string> group_ids;
  std::vector<FurtherInterface> further;
  Placement placement;
  KeyPair key;  ///< no name: none asked for
  std::vector<DevicePlan> devices;
  bool public_address = false;
  std::int64_t count = 1;
  std::optional<InstanceProfile> profile = {};
};

/// EC2's refusal if something does not exist, is not offered or contradicts itself.
ApiResult<LaunchPlan> plan_launch(const Context& context, const LaunchRequest& request);

/// The devices alone.
ApiResult<std::vector<DevicePlan>> plan_devices(const RegionState& state, const Image& image,
                                                const std::vector<DeviceRequest>& requests);

/// Of a subnet.
NextFree free_private_addresses(const RegionState& state, const std::string& subnet_id);
/// Of the whole world: each is somewhere only once, whatever account and region.
NextFree free_public_addresses(World& world);

}  // namespace hotaru::sim
