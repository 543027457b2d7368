#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/action.h"

namespace hotaru::sim {

/// EC2 tells the same of every type here (DescribeInstanceTypes).
constexpr std::size_t interfaces_per_instance = 4;
constexpr std::size_t addresses_per_interface = 15;

/// An interface that is to be, compared with the world.
struct InterfacePlan {
  Subnet subnet;
  std::vector<std::string> group_ids;
  std::string private_ip;              ///< "": any
  std::vector<std::string> secondary;  ///< private addresses beyond the first
  std::int64_t secondary_count = 0;    ///< so many of any instead
  std::string description;
};

/// The groups of an interface in a subnet: those named, or the VPC's default one.
ApiResult<std::vector<std::string>> interface_groups(const RegionState& state, const std::vector<std::string>& ids,
                                                     const Subnet& subnet);
/// Addresses that a subnet has, free, and not too many.
Refusal check_addresses(const RegionState& state, const InterfacePlan& plan);
/// Any free addresses of a subnet, but none of `but`.
ApiResult<std::vector<std::string>> free_addresses(Context& context, const Subnet& subnet, std::size_t count,
                                                   const std::vector<std::string>& but);
/// Makes it, attached to nothing; not in the world yet.
ApiResult<NetworkInterface> new_interface(Context& context, const InterfacePlan& plan);

PrivateAddress private_address(const Context& context, const std::string& address);

}  // namespace hotaru::sim
