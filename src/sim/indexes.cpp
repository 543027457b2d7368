#include "sim/indexes.h"

#include <algorithm>

#include "sim/instances/addresses.h"

namespace hotaru::sim {

namespace {

/// Into a set of which each member is there once, or out of it.
template <class Set, class Value>
void place(Set& set, const Value& value, int by) {
  if (by > 0) {
    set.insert(value);
  } else {
    set.erase(value);
  }
}

void place(Lookup& lookup, const SharedText& text, const SharedText& id, int by) {
  if (by > 0) {
    lookup.add(text, id);
  } else {
    lookup.remove(text, id);
  }
}

void place(AddressSet& addresses, std::uint32_t address, int by) {
  if (by > 0) {
    addresses.add(address);
  } else {
    addresses.remove(address);
  }
}

bool is_restless(const Instance& instance) {
  if (instance.state == "running") return !instance.booted;
  return instance.state != "stopped" && instance.state != "terminated";
}

bool is_restless(const Volume& volume) {
  return volume.state == "creating" ||
         std::ranges::any_of(volume.attachments, [](const VolumeAttachment& one) { return one.state != "attached"; });
}

}  // namespace

bool Lookup::contains(std::string_view text) const {
  const auto first = pairs_.lower_bound({text, ""});
  return first != pairs_.end() && first->first == text;
}

std::vector<SharedText> Lookup::ids(std::string_view text) const {
  std::vector<SharedText> ids;
  for (auto at = pairs_.lower_bound({text, ""}); at != pairs_.end() && at->first == text; ++at)
    ids.push_back(at->second);
  return ids;
}

void Index<Instance>::change(const Instance& instance, int by) {
  if (is_restless(instance)) place(restless_, instance.id, by);
  if (instance.state == "terminated" && instance.state_since)
    place(terminated_, std::pair(*instance.state_since, instance.id), by);
  place(by_token_, instance.client_token, instance.id, by);
  if (instance.state != "terminated")
    for (const auto& group : instance.group_ids) place(by_group_, group, instance.id, by);
  place(by_spot_request_, instance.spot_request_id, instance.id, by);
  states_.change(instance.state, by);
  if (instance.state == "pending" || instance.state == "running")
    occupied_.change({instance.instance_type, instance.zone, instance.lifecycle == "spot" ? "spot" : "on-demand"}, by);
}

void Index<Volume>::change(const Volume& volume, int by) {
  if (is_restless(volume)) place(restless_, volume.id, by);
  place(by_token_, volume.client_token, volume.id, by);
}

const AddressSet& Index<NetworkInterface>::private_ips(const SharedText& subnet_id) const {
  static const AddressSet none;
  const auto found = private_ips_.find(subnet_id);
  return found == private_ips_.end() ? none : found->second;
}

void Index<NetworkInterface>::change(const NetworkInterface& one, int by) {
  if (const auto address = parse_ipv4(one.private_ip)) place(private_ips_[one.subnet_id], *address, by);
  const auto public_address = parse_ipv4(one.public_ip);
  if (public_address) place(public_ips_, *public_address, by);
  for (const PrivateAddress& more : one.secondary)
    if (const auto address = parse_ipv4(more.private_ip)) place(private_ips_[one.subnet_id], *address, by);
  if (private_ips_[one.subnet_id].empty()) private_ips_.erase(one.subnet_id);
  // Each address counts.
  by_subnet_.change(one.subnet_id, by * static_cast<int>(1 + one.secondary.size()));
  for (const auto& group : one.group_ids) by_group_.change(group, by);
  if (one.device_index > 0 && !one.instance_id.empty())
    for (const auto& group : one.group_ids) place(further_by_group_, group, one.id, by);
  by_vpc_.change(one.vpc_id, by);
  if (public_address) public_by_vpc_.change(one.vpc_id, by);
}

void Index<ElasticAddress>::change(const ElasticAddress& one, int by) {
  place(by_public_ip_, one.public_ip, one.id, by);
  if (const auto address = parse_ipv4(one.public_ip)) place(public_ips_, *address, by);
}

}  // namespace hotaru::sim
