#include <algorithm>
#include <set>

#include "base/text.h"
#include "catalog/catalog.h"
#include "sim/iam/sessions.h"
#include "sim/images.h"
#include "sim/instances/life.h"
#include "sim/network/lookups.h"

namespace hotaru::sim {

namespace {

void add_type(MachineSpec& spec, const std::string& name) {
  spec.instance_type = name;
  const catalog::InstanceType* type = catalog::find_type(name);
  if (!type) return;
  spec.vcpus = type->vcpus;
  spec.memory_mib = type->memory_mib;
  spec.gpu_name = type->gpu_name;
  spec.gpu_count = std::max(type->gpu_count, type->logical_gpu_count);
  spec.gpu_memory_mib = type->gpu_memory_mib;
  spec.local_nvme_gb = type->local_nvme_gb;
}

void add_image(MachineSpec& spec, const RegionState& state, const std::string& id) {
  spec.image_id = id;
  const Image* image = find_former_image(state, id);
  if (!image) return;
  spec.image_family = image->family;
  spec.default_user = image->default_user;
}

std::vector<std::pair<std::string, std::string>> secondary_of(const NetworkInterface& one) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const PrivateAddress& more : one.secondary) all.emplace_back(more.private_ip, more.public_ip);
  return all;
}

void add_further(MachineSpec& spec, const RegionState& state, const Instance& instance) {
  for (const SharedText& id : instance.further_interface_ids) {
    const NetworkInterface* one = state.network_interfaces.find(id);
    const Subnet* subnet = one ? state.subnets.find(one->subnet_id) : nullptr;
    if (!subnet) continue;
    spec.interfaces.push_back({one->id, one->device_index, one->mac, subnet->id, subnet->cidr, one->private_ip,
                               one->public_ip, secondary_of(*one)});
  }
}

void add_vpc(MachineSpec& spec, const RegionState& state, const Instance& instance) {
  const Vpc* vpc = state.vpcs.find(instance.vpc_id);
  if (!vpc) return;
  spec.vpc_cidr = vpc->cidr;
  for (const CidrAssociation& one : vpc->further_cidrs) spec.further_cidrs.push_back(one.cidr);
  spec.dns_support = vpc->dns_support;
}

void add_network(MachineSpec& spec, const RegionState& state, const Instance& instance) {
  spec.vpc_id = instance.vpc_id;
  spec.subnet_id = instance.subnet_id;
  add_vpc(spec, state, instance);
  add_further(spec, state, instance);
  spec.placement_group = instance.placement_group;
  spec.partition = instance.partition;
  if (const Subnet* subnet = state.subnets.find(instance.subnet_id)) spec.subnet_cidr = subnet->cidr;
  spec.network_interface_id = instance.network_interface_id;
  if (const NetworkInterface* one = state.network_interfaces.find(instance.network_interface_id)) {
    spec.mac = one->mac;
    spec.secondary = secondary_of(*one);
  }
  spec.private_ip = instance.private_ip;
  spec.private_dns = instance.private_dns;
  spec.public_ip = instance.public_ip;
  spec.public_dns = instance.public_dns;
  spec.security_group_ids.assign(instance.group_ids.begin(), instance.group_ids.end());
  for (const SharedText& id : instance.group_ids)
    if (const SecurityGroup* group = state.security_groups.find(id)) spec.security_groups.push_back(group->name);
}

void add_metadata(MachineSpec& spec, const RegionState& state, const Instance& instance) {
  spec.metadata_enabled = instance.metadata_http_endpoint == "enabled";
  spec.metadata_tokens_required = instance.metadata_http_tokens == "required";
  spec.metadata_hop_limit = instance.metadata_hop_limit;
  spec.metadata_tags = instance.metadata_tags == "enabled";
  const auto& tags = state.tags_of(instance.id);
  spec.tags.assign(tags.begin(), tags.end());
}

/// The role of its instance profile, as that is now, and the key that makes the role's sessions for it.
void add_role(MachineSpec& spec, World& world, const RegionState& state, const Instance& instance) {
  spec.iam_profile_arn = instance.iam_profile_arn;
  spec.iam_profile_id = instance.iam_profile_id;
  if (instance.iam_profile_id.empty()) return;
  const RegionState& global = world.global(state.account);
  for (const auto& [name, profile] : global.instance_profiles.all()) {
    const Role* role = profile.profile_id == instance.iam_profile_id ? global.roles.find(profile.role) : nullptr;
    if (!role) continue;
    spec.iam_role = role->id;
    spec.iam_role_id = role->role_id;
    spec.session_key = instance_session_key(world.account(state.account).session_key, instance.id);
  }
}

void add_pushed_keys(MachineSpec& spec, const RegionState& state) {
  const PushedKeys* pushed = state.pushed_keys.find(spec.instance_id);
  if (!pushed) return;
  for (const PushedKey& one : pushed->keys) spec.pushed_keys.push_back({one.user, one.key, one.until});
}

/// Those that are there, or about to be.
void add_disks(MachineSpec& spec, const RegionState& state, const Instance& instance) {
  for (const SharedText& id : instance.volume_ids) {
    const Volume* volume = state.volumes.find(id);
    if (volume == nullptr || id == instance.root_volume_id) continue;
    for (const VolumeAttachment& one : volume->attachments)
      if (one.instance_id == instance.id && (one.state == "attached" || one.state == "attaching"))
        spec.disks.push_back({std::string(id), std::string(one.device), volume->size_gib, volume->multi_attach});
  }
}

/// All private addresses of an interface are members of its groups.
void add_member(std::vector<TrafficRule>& rules, const SecurityGroupRule& rule, const NetworkInterface* one) {
  if (!one) return;
  rules.push_back({rule.protocol, rule.from_port, rule.to_port, one->private_ip + "/32"});
  for (const PrivateAddress& more : one->secondary)
    rules.push_back({rule.protocol, rule.from_port, rule.to_port, more.private_ip + "/32"});
}

void add_members(std::vector<TrafficRule>& rules, const RegionState& state, const SecurityGroupRule& rule) {
  for (const SharedText& id : state.instances.index().by_group().ids(rule.group_id))
    add_member(rules, rule, state.network_interfaces.find(state.instances.find(id)->network_interface_id));
  for (const SharedText& id : state.network_interfaces.index().further_by_group().ids(rule.group_id))
    add_member(rules, rule, state.network_interfaces.find(id));
}

void add_rules(Firewall& firewall, const RegionState& state, const std::vector<SharedText>& group_ids) {
  for (const SharedText& id : group_ids) {
    const SecurityGroup* group = state.security_groups.find(id);
    if (!group) continue;
    for (const SecurityGroupRule& rule : group->rules) {
      auto& rules = rule.egress ? firewall.egress : firewall.ingress;
      if (!rule.group_id.empty()) add_members(rules, state, rule);
      if (!rule.cidr.empty()) rules.push_back({rule.protocol, rule.from_port, rule.to_port, rule.cidr});
    }
  }
}

}  // namespace

MachineSpec machine_spec(World& world, const RegionState& state, const Instance& instance) {
  MachineSpec spec;
  spec.instance_id = instance.id;
  spec.region = state.region;
  spec.zone = instance.zone;
  spec.zone_id = instance.zone_id;
  spec.account_id = state.account;
  spec.reservation_id = instance.reservation_id;
  spec.architecture = instance.architecture;
  spec.volume_id = instance.root_volume_id;
  if (const Volume* root = state.volumes.find(instance.root_volume_id)) spec.disk_gib = root->size_gib;
  add_disks(spec, state, instance);
  spec.root_device_name = instance.root_device_name;
  spec.key_name = instance.key_name;
  spec.public_key = instance.public_key;
  spec.user_data = base64_decode(instance.user_data).value_or("");
  add_role(spec, world, state, instance);
  add_pushed_keys(spec, state);
  spec.lifecycle = instance.lifecycle.empty() ? "on-demand" : instance.lifecycle;
  add_type(spec, instance.instance_type);
  add_image(spec, state, instance.image_id);
  add_network(spec, state, instance);
  add_metadata(spec, state, instance);
  return spec;
}

Firewall firewall_of(const RegionState& state, const Instance& instance) {
  Firewall firewall{instance.id, instance.private_ip, {}, {}};
  add_rules(firewall, state, instance.group_ids);
  firewall.internet = reaches_internet(state, instance.subnet_id);
  for (const SharedText& id : instance.further_interface_ids) {
    const NetworkInterface* one = state.network_interfaces.find(id);
    if (!one) continue;
    Firewall further{instance.id, one->private_ip, {}, {}};
    add_rules(further, state, one->group_ids);
    further.internet = reaches_internet(state, one->subnet_id);
    firewall.further.push_back(std::move(further));
  }
  return firewall;
}

}  // namespace hotaru::sim
