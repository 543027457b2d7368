#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/network/attachments.h"
#include "sim/network/lookups.h"
#include "sim/network/new_interface.h"
#include "sim/network/shared.h"

namespace hotaru::sim {

void attach(Context& context, const std::string& interface_id, Instance& instance, int device_index,
            const std::string& attachment_id) {
  context.state.network_interfaces.modify(interface_id, [&](NetworkInterface& one) {
    one.instance_id = instance.id;
    one.attachment_id = attachment_id;
    one.device_index = device_index;
    one.attach_time = context.now();
    one.status = "in-use";
  });
  if (device_index > 0) instance.further_interface_ids.emplace_back(interface_id);
}

void detach(RegionState& state, const std::string& interface_id) {
  state.network_interfaces.modify(interface_id, [](NetworkInterface& one) {
    one.status = "available";
    one.instance_id = one.attachment_id = "";
    one.device_index = 0;
    one.delete_on_termination = false;
  });
}

namespace actions {

namespace {

constexpr std::int64_t last_index = 15;

Refusal check_attachment(const RegionState& state, const NetworkInterface& one, const Instance& instance,
                         std::int64_t index) {
  if (!one.instance_id.empty())
    return ApiError{400, "InvalidNetworkInterface.InUse", fmt::format("Interface: [{}] in use.", one.id)};
  if (instance.state != "running" && instance.state != "stopped")
    return ApiError{400, "IncorrectState", fmt::format("Instance '{}' is not 'running' or 'stopped'.", instance.id)};
  if (one.zone != instance.zone)
    return ApiError{400, "InvalidParameterCombination",
                    "You may not attach a network interface to an instance if they are not in the same availability "
                    "zone"};
  if (one.vpc_id != instance.vpc_id)
    return ApiError{400, "UnsupportedOperation", "The simulator attaches interfaces within one VPC alone."};
  if (index < 0 || index > last_index)
    return ApiError{400, "InvalidParameterValue", fmt::format("'{}' is not a valid device index.", index)};
  const auto interfaces = interfaces_of(state, instance);
  for (const NetworkInterface* other : interfaces)
    if (other->device_index == index)
      return ApiError{
          400, "InvalidParameterValue",
          fmt::format("Instance '{}' already has an interface attached at device index '{}'.", instance.id, index)};
  if (interfaces.size() < interfaces_per_instance) return std::nullopt;
  return ApiError{
      400, "AttachmentLimitExceeded",
      fmt::format("Interface count {} exceeds the limit for {}", interfaces.size() + 1, instance.instance_type)};
}

const NetworkInterface* attached_by(const RegionState& state, const std::string& attachment_id) {
  for (const auto& [id, one] : state.network_interfaces.all())
    if (one.attachment_id == attachment_id) return &one;
  return nullptr;
}

}  // namespace

ApiResult<Xml> attach_network_interface(Context& context, const Parameters& parameters) {
  refuse_unsupported(parameters, {"EnaQueueCount"});
  const std::string interface_id = parameters.required("NetworkInterfaceId");
  const std::string instance_id = parameters.required("InstanceId");
  parameters.required("DeviceIndex");
  const std::int64_t index = parameters.integer("DeviceIndex", 1);
  parameters.ignore("NetworkCardIndex");
  parameters.ignore("EnaSrdSpecification");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto one = find_by_id(context.state.network_interfaces, id_forms::network_interface, interface_id);
  if (!one) return std::unexpected(one.error());
  auto found = find_by_id(context.state.instances, id_forms::instance, instance_id);
  if (!found) return std::unexpected(found.error());
  if (auto no = check_attachment(context.state, **one, **found, index)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Instance instance = **found;
  const std::string attachment_id = context.new_id("eni-attach");
  attach(context, interface_id, instance, static_cast<int>(index), attachment_id);
  const std::string vpc_id(instance.vpc_id);
  context.state.instances.put(std::move(instance));
  update_later(context, instance_id);
  refresh_firewalls_later(context, vpc_id);
  return Xml{}.text("attachmentId", attachment_id).number("networkCardIndex", 0);
}

ApiResult<Xml> detach_network_interface(Context& context, const Parameters& parameters) {
  const std::string attachment_id = parameters.required("AttachmentId");
  parameters.flag("Force");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  const NetworkInterface* one = attached_by(context.state, attachment_id);
  if (!one)
    return refuse("InvalidAttachmentID.NotFound",
                  fmt::format("The interface attachment '{}' does not exist.", attachment_id));
  if (one->device_index == 0)
    return refuse("OperationNotPermitted", "The network interface at device index 0 cannot be detached.");
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string interface_id(one->id);
  const std::string instance_id(one->instance_id);
  const std::string vpc_id(one->vpc_id);
  context.state.instances.modify(
      instance_id, [&](Instance& instance) { std::erase(instance.further_interface_ids, SharedText(interface_id)); });
  detach(context.state, interface_id);
  update_later(context, instance_id);
  refresh_firewalls_later(context, vpc_id);
  return done();
}

}  // namespace actions

}  // namespace hotaru::sim
