#include "sim/instances/launch.h"

#include <set>

#include "sim/instances/actions.h"
#include "sim/instances/addresses.h"
#include "sim/instances/life.h"
#include "sim/instances/room.h"
#include "sim/instances/transitions.h"
#include "sim/network/address_changes.h"
#include "sim/network/attachments.h"
#include "sim/network/lookups.h"
#include "sim/network/new_interface.h"

namespace hotaru::sim {

namespace {

const std::map<std::string, std::string>& tags_for(const LaunchRequest& request, const std::string& type) {
  static const std::map<std::string, std::string> none;
  const auto found = request.tags.find(type);
  return found == request.tags.end() ? none : found->second;
}

void make_volumes(Context& context, const LaunchRequest& request, const LaunchPlan& plan, Instance& instance) {
  for (const DevicePlan& device : plan.devices) {
    Volume volume = device.volume;
    volume.id = context.new_id("vol");
    volume.zone = plan.subnet.zone;
    volume.zone_id = plan.subnet.zone_id;
    volume.created = context.now();
    volume.made_for = instance.id;
    volume.attachments = {{instance.id, device.name, "attached", context.now(), device.delete_on_termination}};
    if (device.root) instance.root_volume_id = volume.id;
    instance.volume_ids.push_back(volume.id);
    context.state.add_tags(volume.id, tags_for(request, "volume"));
    context.state.volumes.put(std::move(volume));
  }
}

/// What an instance shows of its first interface.
void show_first(Instance& instance, const NetworkInterface& one) {
  instance.network_interface_id = one.id;
  instance.private_ip = one.private_ip;
  instance.private_dns = one.private_dns;
  instance.public_ip = one.public_ip;
  instance.public_dns = one.public_dns;
}

/// Makes it, or takes the one that is there.
ApiResult<std::string> interface_for(Context& context, const LaunchRequest& request, const std::string& existing_id,
                                     const InterfacePlan& plan) {
  if (!existing_id.empty()) return existing_id;
  auto made = new_interface(context, plan);
  if (!made) return std::unexpected(made.error());
  const std::string id(made->id);
  context.state.add_tags(id, tags_for(request, "network-interface"));
  context.state.network_interfaces.put(*std::move(made));
  return id;
}

Refusal make_interfaces(Context& context, const LaunchRequest& request, const LaunchPlan& plan, Instance& instance) {
  const auto& addresses = request.network.addresses;
  auto id = interface_for(context, request, request.network.network_interface_id,
                          {plan.subnet, plan.group_ids, addresses.private_ip, addresses.secondary,
                           addresses.secondary_count, request.network.description});
  if (!id) return id.error();
  attach(context, *id, instance, 0, context.new_id("eni-attach"));
  const auto keep = [&](bool deleted) {
    return [deleted](NetworkInterface& one) { one.delete_on_termination = deleted; };
  };
  context.state.network_interfaces.modify(*id, keep(request.network.delete_on_termination));
  show_first(instance, *context.state.network_interfaces.find(*id));
  for (const FurtherInterface& one : plan.further) {
    auto more = interface_for(context, request, one.existing_id, one.made);
    if (!more) return more.error();
    attach(context, *more, instance, static_cast<int>(one.device_index), context.new_id("eni-attach"));
    context.state.network_interfaces.modify(*more, keep(one.delete_on_termination));
  }
  return std::nullopt;
}

Instance describe_instance(Context& context, const LaunchRequest& request, const LaunchPlan& plan) {
  Instance instance;
  instance.id = context.new_id("i");
  instance.client_token = request.client_token;
  instance.request_digest = request.digest;
  instance.image_id = plan.image.id;
  instance.instance_type = request.instance_type;
  instance.architecture = plan.image.architecture;
  instance.zone = plan.subnet.zone;
  instance.zone_id = plan.subnet.zone_id;
  instance.vpc_id = plan.subnet.vpc_id;
  instance.subnet_id = plan.subnet.id;
  instance.group_ids.assign(plan.group_ids.begin(), plan.group_ids.end());
  instance.key_name = plan.key.name;
  instance.public_key = plan.key.public_key;
  instance.user_data = request.user_data;
  instance.shutdown_behavior = request.shutdown_behavior;
  instance.disable_api_termination = request.disable_api_termination;
  instance.disable_api_stop = request.disable_api_stop;
  instance.monitoring = request.monitoring;
  instance.ebs_optimized = request.ebs_optimized;
  instance.cpu_credits = request.cpu_credits;
  instance.options = request.options;
  instance.root_device_name = plan.image.root_device_name;
  instance.public_ip_wanted = plan.public_address;
  instance.placement_group = plan.placement.group;
  instance.partition = plan.placement.partition;
  // Images that demand IMDSv2 (imds-support v2.0, as Amazon Linux 2023's) also allow one hop more.
  if (plan.image.needs_imds_v2) {
    instance.metadata_http_tokens = "required";
    instance.metadata_hop_limit = 2;
  }
  apply(request.metadata, instance);
  if (plan.profile) associate(context, *plan.profile, instance);
  if (request.spot) {
    instance.lifecycle = "spot";
    instance.spot_persistent = request.spot_persistent;
    instance.spot_request_id = "sir-" + context.world.random().hex(8);
    context.state.add_tags(instance.spot_request_id, tags_for(request, "spot-instances-request"));
  }
  instance.created = instance.usage_operation_update_time = context.now();
  return begin_start(std::move(instance), context.now());
}

Refusal make_instance(Context& context, const LaunchRequest& request, const LaunchPlan& plan, Instance instance) {
  Refusal no = make_interfaces(context, request, plan, instance);
  if (!no && plan.public_address) no = actions::give_public_address(context, instance);
  if (!no) make_volumes(context, request, plan, instance);
  context.state.add_tags(instance.id, tags_for(request, "instance"));
  context.state.instances.put(instance);
  return no;
}

/// All, or as many as there are addresses for but not fewer than were asked for at least.
ApiResult<std::vector<const Instance*>> make_instances(Context& context, const LaunchRequest& request,
                                                       const LaunchPlan& plan) {
  const std::string reservation = context.new_id("r");
  std::vector<const Instance*> launched;
  for (std::int64_t index = 0; index < plan.count; ++index) {
    Instance instance = describe_instance(context, request, plan);
    instance.reservation_id = reservation;
    instance.launch_index = static_cast<int>(index);
    const auto no = make_instance(context, request, plan, instance);
    if (!no) {
      launched.push_back(context.state.instances.find(instance.id));
      continue;
    }
    abandon(context.world, context.state, instance.id);
    if (index >= request.min_count) break;
    for (const Instance* one : launched) abandon(context.world, context.state, std::string(one->id));
    return std::unexpected(*no);
  }
  return launched;
}

}  // namespace

Refusal actions::give_public_address(Context& context, Instance& instance) {
  const auto address = take_public_address(context);
  if (!address) return address.error();
  instance.public_ip = *address;
  const Vpc* vpc = context.state.vpcs.find(instance.vpc_id);
  instance.public_dns = vpc && has_dns_hostnames(*vpc) ? public_dns_name(*address, context.region) : "";
  instance.addresses.push_back({*address, context.now()});
  context.state.network_interfaces.modify(instance.network_interface_id, [&](NetworkInterface& one) {
    one.public_ip = instance.public_ip;
    one.public_dns = instance.public_dns;
  });
  return std::nullopt;
}

ApiResult<std::vector<const Instance*>> launch(Context& context, const LaunchRequest& request, LaunchPlan plan) {
  const std::string market = request.spot ? "spot" : "on-demand";
  auto room = room_for(context, *plan.type, plan.subnet.zone, market, request.min_count, plan.count);
  if (!room) return std::unexpected(room.error());
  plan.count = *room;
  return make_instances(context, request, plan);
}

void start_launched(Context& context, const std::vector<std::string>& ids) {
  std::set<SharedText> vpcs;
  for (const std::string& id : ids) vpcs.insert(context.state.instances.find(id)->vpc_id);
  start_later(context, ids);
  for (const SharedText& vpc : vpcs) refresh_firewalls_later(context, vpc);
}

}  // namespace hotaru::sim
