#include "sim/instances/releases.h"

#include <algorithm>

#include "sim/bill/usage.h"
#include "sim/network/address_changes.h"
#include "sim/network/attachments.h"
#include "sim/network/lookups.h"

namespace hotaru::sim {

namespace {

std::vector<std::string> release_volumes(RegionState& state, const Instance& instance) {
  std::vector<std::string> erased;
  for (const SharedText& id : instance.volume_ids) {
    const Volume* volume = state.volumes.find(id);
    if (!volume) continue;
    const bool goes =
        volume->attachments.size() == 1 && std::ranges::any_of(volume->attachments, [&](const VolumeAttachment& one) {
          return one.instance_id == instance.id && one.delete_on_termination;
        });
    if (goes) {
      bill_volume(state, *volume, instance.state_since.value_or(volume->created));
      state.volumes.erase(id);
      state.volume_modifications.erase(id);
      state.remove_tags(id);
      erased.emplace_back(id);
      continue;
    }
    state.volumes.modify(id, [&](Volume& kept) {
      std::erase_if(kept.attachments, [&](const VolumeAttachment& one) { return one.instance_id == instance.id; });
      if (kept.attachments.empty()) kept.state = "available";
    });
  }
  return erased;
}

void release_interface(RegionState& state, const std::string& id) {
  const NetworkInterface* one = state.network_interfaces.find(id);
  if (!one) return;
  if (one->delete_on_termination) {
    disassociate_all(state, *one);
    state.network_interfaces.erase(id);
    state.remove_tags(id);
    return;
  }
  detach(state, id);
}

}  // namespace

void release_public_address(RegionState& state, Instance& instance) {
  if (elastic_address(state, instance.public_ip)) return;  // it stays
  if (!instance.addresses.empty() && !instance.addresses.back().until)
    instance.addresses.back().until = instance.state_since;
  instance.public_ip = instance.public_dns = "";
  state.network_interfaces.modify(instance.network_interface_id,
                                  [](NetworkInterface& one) { one.public_ip = one.public_dns = ""; });
}

std::vector<std::string> release_all(RegionState& state, Instance& instance) {
  std::vector<std::string> erased = release_volumes(state, instance);
  release_public_address(state, instance);
  release_interface(state, instance.network_interface_id);
  for (const SharedText& id : instance.further_interface_ids) release_interface(state, id);
  instance.further_interface_ids.clear();
  instance.public_ip = instance.public_dns = "";
  instance.network_interface_id = instance.private_ip = instance.private_dns = "";
  instance.vpc_id = instance.subnet_id = "";
  instance.group_ids.clear();
  instance.volume_ids.clear();
  instance.root_volume_id = "";
  return erased;
}

void forget(const World& world, RegionState& state, const Instance& instance) {
  bill_instance(world, state, instance);
  const std::string id = instance.id;
  state.remove_tags(instance.spot_request_id);
  state.remove_tags(id);
  state.instances.erase(id);
}

}  // namespace hotaru::sim
