#include "sim/network/new_interface.h"

#include <fmt/format.h>

#include <set>

#include "sim/describe.h"
#include "sim/instances/addresses.h"
#include "sim/instances/launch_plan.h"

namespace hotaru::sim {

namespace {

constexpr std::size_t groups_per_interface = 5;  // Amazon VPC quotas

}  // namespace

ApiResult<std::vector<std::string>> interface_groups(const RegionState& state, const std::vector<std::string>& ids,
                                                     const Subnet& subnet) {
  for (const std::string& id : ids) {
    auto found = find_by_id(state.security_groups, id_forms::security_group, id);
    if (!found) return std::unexpected(found.error());
    if ((*found)->vpc_id != subnet.vpc_id)
      return refuse("InvalidParameter",
                    fmt::format("Security group {} and subnet {} belong to different networks.", id, subnet.id));
  }
  if (ids.size() > groups_per_interface)
    return refuse("SecurityGroupsPerInterfaceLimitExceeded",
                  "The maximum number of security groups per interface has been reached.");
  if (!ids.empty()) return ids;
  for (const auto& [id, group] : state.security_groups.all())
    if (group.vpc_id == subnet.vpc_id && group.name == "default") return std::vector<std::string>{id};
  return refuse("InvalidGroup.NotFound",
                fmt::format("The security group 'default' does not exist in VPC '{}'", subnet.vpc_id));
}

Refusal check_addresses(const RegionState& state, const InterfacePlan& plan) {
  std::vector<std::string> named = plan.secondary;
  if (!plan.private_ip.empty()) named.push_back(plan.private_ip);
  std::set<std::string> seen;
  for (const std::string& address : named) {
    if (!assignable_private_address(plan.subnet.cidr, address))
      return ApiError{400, "InvalidParameterValue",
                      fmt::format("Address {} does not fall within the subnet's address range", address)};
    if (!seen.insert(address).second ||
        state.network_interfaces.index().private_ips(plan.subnet.id).contains(parse_ipv4(address).value_or(0)))
      return ApiError{400, "InvalidIPAddress.InUse", fmt::format("Address {} is in use.", address)};
  }
  const auto more = plan.secondary.size() + static_cast<std::size_t>(std::max<std::int64_t>(0, plan.secondary_count));
  if (more + 1 <= addresses_per_interface) return std::nullopt;
  return ApiError{400, "PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit."};
}

ApiResult<std::vector<std::string>> free_addresses(Context& context, const Subnet& subnet, std::size_t count,
                                                   const std::vector<std::string>& but) {
  std::set<std::uint32_t> chosen;
  for (const std::string& one : but) chosen.insert(parse_ipv4(one).value_or(0));
  const NextFree free = free_private_addresses(context.state, subnet.id);
  const NextFree unchosen = [&](std::uint32_t address) {
    address = free(address);
    while (chosen.contains(address)) address = free(address + 1);
    return address;
  };
  std::vector<std::string> addresses;
  while (addresses.size() < count) {
    const auto one = free_private_address(subnet.cidr, unchosen, context.world.random());
    if (!one) return refuse("InsufficientFreeAddressesInSubnet", "There are no free addresses in the subnet.");
    chosen.insert(parse_ipv4(*one).value_or(0));
    addresses.push_back(*one);
  }
  return addresses;
}

PrivateAddress private_address(const Context& context, const std::string& address) {
  return {address, private_dns_name(address, context.region)};
}

ApiResult<NetworkInterface> new_interface(Context& context, const InterfacePlan& plan) {
  std::vector<std::string> named = plan.secondary;
  if (!plan.private_ip.empty()) named.push_back(plan.private_ip);
  const bool any_first = plan.private_ip.empty();
  auto chosen = free_addresses(context, plan.subnet,
                               (any_first ? 1U : 0U) + static_cast<std::size_t>(plan.secondary_count), named);
  if (!chosen) return std::unexpected(chosen.error());
  NetworkInterface one;
  one.id = context.new_id("eni");
  one.vpc_id = plan.subnet.vpc_id;
  one.subnet_id = plan.subnet.id;
  one.zone = plan.subnet.zone;
  one.description = plan.description;
  one.mac = random_mac(context.world.random());
  one.private_ip = any_first ? chosen->front() : plan.private_ip;
  one.private_dns = private_dns_name(one.private_ip, context.region);
  if (any_first) chosen->erase(chosen->begin());
  chosen->insert(chosen->begin(), plan.secondary.begin(), plan.secondary.end());
  for (const std::string& address : *chosen) one.secondary.push_back(private_address(context, address));
  one.group_ids.assign(plan.group_ids.begin(), plan.group_ids.end());
  one.status = "available";
  return one;
}

}  // namespace hotaru::sim
