#include "sim/network/address_changes.h"

#include "sim/instances/actions.h"
#include "sim/instances/addresses.h"
#include "sim/instances/launch_plan.h"
#include "sim/instances/life.h"
#include "sim/network/lookups.h"
#include "sim/network/shared.h"

namespace hotaru::sim {

namespace {

/// Sets (or with empty texts clears) the public address of a private one, with the instance's if it is its first.
void place_public(RegionState& state, const std::string& interface_id, const std::string& private_ip,
                  const std::string& public_ip, const std::string& public_dns) {
  std::string instance_id;
  state.network_interfaces.modify(interface_id, [&](NetworkInterface& one) {
    if (one.private_ip != private_ip) {
      for (PrivateAddress& more : one.secondary)
        if (more.private_ip == private_ip) more = {more.private_ip, more.private_dns, public_ip, public_dns};
      return;
    }
    one.public_ip = public_ip;
    one.public_dns = public_dns;
    if (one.device_index == 0) instance_id = std::string(one.instance_id);
  });
  if (instance_id.empty()) return;
  state.instances.modify(instance_id, [&](Instance& one) {
    one.public_ip = public_ip;
    one.public_dns = public_dns;
  });
}

/// The automatic address of an instance's first interface is given back.
void end_automatic(RegionState& state, const std::string& interface_id, const std::string& private_ip, TimePoint now) {
  const NetworkInterface* one = state.network_interfaces.find(interface_id);
  if (!one || one->private_ip != private_ip || elastic_address(state, one->public_ip)) return;
  state.instances.modify(one->instance_id, [&](Instance& instance) {
    if (!instance.addresses.empty() && !instance.addresses.back().until) instance.addresses.back().until = now;
  });
}

std::string public_ip_of(const NetworkInterface& one, const std::string& private_ip) {
  if (one.private_ip == private_ip) return one.public_ip;
  for (const PrivateAddress& more : one.secondary)
    if (more.private_ip == private_ip) return more.public_ip;
  return "";
}

}  // namespace

ApiResult<std::string> take_public_address(Context& context) {
  if (!context.machines) return refuse("Unavailable", "This simulator has no machines.", 503);
  const auto address = free_public_address(context.machines->public_range(), free_public_addresses(context.world),
                                           context.world.last_public_address, context.world.random());
  if (!address)
    return refuse("InsufficientAddressCapacity", "There are no more public addresses in this simulator.", 500);
  context.world.last_public_address = *address;
  return *address;
}

void associate(Context& context, const std::string& allocation_id, const std::string& interface_id,
               const std::string& private_ip, const std::string& association_id) {
  RegionState& state = context.state;
  disassociate(state, allocation_id);
  const NetworkInterface& to = *state.network_interfaces.find(interface_id);
  if (const ElasticAddress* former = elastic_address(state, public_ip_of(to, private_ip)))
    disassociate(state, std::string(former->id));
  end_automatic(state, interface_id, private_ip, context.now());
  state.elastic_addresses.modify(allocation_id, [&](ElasticAddress& one) {
    one.association_id = association_id;
    one.network_interface_id = interface_id;
    one.private_ip = private_ip;
  });
  const std::string public_ip = state.elastic_addresses.find(allocation_id)->public_ip;
  const Vpc* vpc = state.vpcs.find(to.vpc_id);
  place_public(state, interface_id, private_ip, public_ip,
               vpc && has_dns_hostnames(*vpc) ? public_dns_name(public_ip, context.region) : "");
}

void disassociate(RegionState& state, const std::string& allocation_id) {
  const ElasticAddress* found = state.elastic_addresses.find(allocation_id);
  if (!found || found->association_id.empty()) return;
  const ElasticAddress before = *found;
  state.elastic_addresses.modify(
      allocation_id, [](ElasticAddress& one) { one.association_id = one.network_interface_id = one.private_ip = ""; });
  place_public(state, before.network_interface_id, before.private_ip, "", "");
}

void disassociate_all(RegionState& state, const NetworkInterface& one) {
  std::vector<SharedText> addresses = {one.public_ip};
  for (const PrivateAddress& more : one.secondary) addresses.push_back(more.public_ip);
  for (const SharedText& address : addresses)
    if (const ElasticAddress* found = elastic_address(state, address)) disassociate(state, std::string(found->id));
}

void give_automatic_address(Context& context, const std::string& instance_id) {
  const Instance* found = context.state.instances.find(instance_id);
  if (!found || !found->public_ip_wanted || !found->public_ip.empty() || !found->further_interface_ids.empty()) return;
  if (found->state != "running" && found->state != "pending") return;
  Instance instance = *found;
  // Where there is none left it goes without: nobody asked for this one.
  if (!actions::give_public_address(context, instance)) context.state.instances.put(std::move(instance));
}

void tell_of_addresses(Context& context, const std::string& vpc_id, const std::string& instance_id) {
  if (!instance_id.empty()) update_later(context, instance_id);
  refresh_firewalls_later(context, vpc_id);
}

}  // namespace hotaru::sim
