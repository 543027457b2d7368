#include <fmt/format.h>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/instances/addresses.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/network/address_changes.h"
#include "sim/network/lookups.h"
#include "sim/network/new_interface.h"
#include "sim/network/shared.h"

namespace hotaru::sim::actions {

namespace {

/// Who has a private address of a subnet.
const NetworkInterface* owner_of(const RegionState& state, const NetworkInterface& in, const std::string& address) {
  for (const auto& [id, one] : state.network_interfaces.all()) {
    if (one.subnet_id != in.subnet_id) continue;
    if (has_private(one, address)) return &one;
  }
  return nullptr;
}

Refusal check_assignment(const RegionState& state, const NetworkInterface& one, const Subnet& subnet,
                         const std::string& address, bool allow_reassignment) {
  if (!assignable_private_address(subnet.cidr, address))
    return ApiError{400, "InvalidParameterValue",
                    fmt::format("Address {} does not fall within the subnet's address range", address)};
  const NetworkInterface* owner = owner_of(state, one, address);
  if (!owner || owner == &one) return std::nullopt;
  if (allow_reassignment && owner->private_ip != address) return std::nullopt;
  return ApiError{400, "InvalidParameterValue",
                  fmt::format("[{}] is in use by interface {} and may not be moved.", address, owner->id)};
}

void take_address(Context& context, const std::string& interface_id, const std::string& address) {
  const NetworkInterface* one = context.state.network_interfaces.find(interface_id);
  const auto found =
      std::ranges::find_if(one->secondary, [&](const PrivateAddress& more) { return more.private_ip == address; });
  if (found == one->secondary.end()) return;
  if (const ElasticAddress* elastic = elastic_address(context.state, found->public_ip))
    disassociate(context.state, elastic->id);
  context.state.network_interfaces.modify(interface_id, [&](NetworkInterface& from) {
    std::erase_if(from.secondary, [&](const PrivateAddress& more) { return more.private_ip == address; });
  });
  update_later(context, std::string(context.state.network_interfaces.find(interface_id)->instance_id));
}

void give_address(Context& context, const std::string& interface_id, const std::string& address) {
  const NetworkInterface* one = context.state.network_interfaces.find(interface_id);
  const NetworkInterface* owner = owner_of(context.state, *one, address);
  if (owner == one) return;
  if (owner) take_address(context, std::string(owner->id), address);
  const PrivateAddress given = private_address(context, address);
  context.state.network_interfaces.modify(interface_id, [&](NetworkInterface& to) { to.secondary.push_back(given); });
}

}  // namespace

ApiResult<Xml> assign_private_ip_addresses(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("NetworkInterfaceId");
  std::vector<std::string> addresses = parameters.list("PrivateIpAddress");
  const std::int64_t count = parameters.integer("SecondaryPrivateIpAddressCount", 0);
  const bool allow_reassignment = parameters.flag("AllowReassignment");
  for (const char* name : {"Ipv4Prefix", "Ipv4PrefixCount"}) {
    if (parameters.has(name)) parameters.refuse("UnsupportedOperation", "The simulator's interfaces have no prefixes.");
    parameters.ignore(name);
  }
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (addresses.empty() == (count <= 0))
    return refuse(addresses.empty() ? "MissingParameter" : "InvalidParameterCombination",
                  "Exactly one of privateIpAddresses and secondaryPrivateIpAddressCount must be specified.");
  settle(context);
  auto found = find_by_id(context.state.network_interfaces, id_forms::network_interface, id);
  if (!found) return std::unexpected(found.error());
  const Subnet* subnet = context.state.subnets.find((*found)->subnet_id);
  for (const std::string& address : addresses)
    if (auto no = check_assignment(context.state, **found, *subnet, address, allow_reassignment))
      return std::unexpected(*no);
  if ((*found)->secondary.size() + addresses.size() + static_cast<std::size_t>(count) >= addresses_per_interface)
    return refuse("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.");
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (count > 0) {
    auto any = free_addresses(context, *subnet, static_cast<std::size_t>(count), {});
    if (!any) return std::unexpected(any.error());
    addresses = *any;
  }
  for (const std::string& address : addresses) give_address(context, id, address);
  const NetworkInterface& now = *context.state.network_interfaces.find(id);
  tell_of_addresses(context, std::string(now.vpc_id), std::string(now.instance_id));
  return done()
      .text("networkInterfaceId", id)
      .set_of_texts("assignedPrivateIpAddressesSet", "privateIpAddress", addresses);
}

ApiResult<Xml> unassign_private_ip_addresses(Context& context, const Parameters& parameters) {
  refuse_unsupported(parameters, {"Ipv4Prefix"});
  const std::string id = parameters.required("NetworkInterfaceId");
  const std::vector<std::string> addresses = parameters.list("PrivateIpAddress");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (addresses.empty())
    return refuse("MissingParameter", "The request must contain the parameter privateIpAddressesSet");
  settle(context);
  auto found = find_by_id(context.state.network_interfaces, id_forms::network_interface, id);
  if (!found) return std::unexpected(found.error());
  for (const std::string& address : addresses)
    if (!has_secondary(**found, address))
      return refuse("InvalidParameterValue",
                    fmt::format("Some of [{}] are not assigned to interface {}", join(addresses, ", "), id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  for (const std::string& address : addresses) take_address(context, id, address);
  const NetworkInterface& now = *context.state.network_interfaces.find(id);
  tell_of_addresses(context, std::string(now.vpc_id), std::string(now.instance_id));
  return done();
}

}  // namespace hotaru::sim::actions
