#include <fmt/format.h>
#include <algorithm>

#include "sim/describe.h"
#include "sim/storage/actions.h"
#include "sim/storage/storage.h"
#include "sim/storage/volume_rules.h"

namespace hotaru::sim::actions {

namespace {

constexpr std::size_t most_attachments = 16;  // of one volume (EBS User Guide, "Multi-Attach")
constexpr std::size_t most_volumes = 128;     // of one instance, whatever its type

const VolumeAttachment* attachment_to(const Volume& volume, std::string_view instance_id) {
  const auto found = std::ranges::find(volume.attachments, instance_id,
                                       [](const VolumeAttachment& one) { return one.instance_id.view(); });
  return found == volume.attachments.end() ? nullptr : &*found;
}

/// "/dev/sdf" and "xvdf" are one place of an instance.
std::string place_of(std::string_view device) {
  if (device.starts_with("/dev/")) device.remove_prefix(5);
  if (device.starts_with("sd")) device.remove_prefix(2);
  if (device.starts_with("xvd")) device.remove_prefix(3);
  return std::string(device);
}

Refusal check_device(const RegionState& state, const Instance& instance, const std::string& device) {
  if (!is_device_name(device))
    return ApiError{
        400, "InvalidParameterValue",
        fmt::format("Value ({0}) for parameter device is invalid. {0} is not a valid EBS device name.", device)};
  for (const SharedText& id : instance.volume_ids) {
    const Volume* volume = state.volumes.find(id);
    const VolumeAttachment* one = volume != nullptr ? attachment_to(*volume, instance.id) : nullptr;
    if (one != nullptr && place_of(one->device) == place_of(device))
      return ApiError{
          400, "InvalidParameterValue",
          fmt::format("Invalid value '{0}' for unixDevice. Attachment point {0} is already in use", device)};
  }
  if (instance.volume_ids.size() >= most_volumes)
    return ApiError{400, "AttachmentLimitExceeded",
                    fmt::format("The instance '{}' has as many volumes as it can have.", instance.id)};
  return std::nullopt;
}

Refusal check_attachment(const Volume& volume, const Instance& instance) {
  if (volume.zone != instance.zone)
    return ApiError{
        400, "InvalidVolume.ZoneMismatch",
        fmt::format("The volume '{}' is not in the same availability zone as instance '{}'", volume.id, instance.id)};
  const bool taken = !volume.attachments.empty() && !volume.multi_attach;
  if (taken || attachment_to(volume, instance.id) != nullptr || volume.attachments.size() >= most_attachments)
    return ApiError{400, "VolumeInUse", fmt::format("{} is already attached to an instance", volume.id)};
  if (volume.state != "available" && volume.state != "in-use")
    return ApiError{400, "IncorrectState", fmt::format("{} is not 'available'.", volume.id)};
  if (instance.state != "running" && instance.state != "stopped" && instance.state != "pending")
    return ApiError{400, "IncorrectState", fmt::format("Instance '{}' is not 'running'.", instance.id)};
  return std::nullopt;
}

Xml attach(Context& context, const std::string& volume_id, const std::string& instance_id, const std::string& device) {
  const VolumeAttachment made{instance_id, device, "attaching", context.now(), false};
  context.state.volumes.modify(volume_id, [&](Volume& volume) {
    volume.attachments.push_back(made);
    volume.state = "in-use";
  });
  context.state.instances.modify(instance_id, [&](Instance& instance) {
    instance.volume_ids.emplace_back(volume_id);
    if (instance.root_volume_id.empty() && device == instance.root_device_name.view())
      instance.root_volume_id = volume_id;
  });
  set_disks_later(context, instance_id, false);
  Xml xml;
  write_attachment(xml, volume_id, made);
  return xml;
}

/// The instance that a volume is to be detached from.
ApiResult<std::string> detached_from(const Context& context, const Volume& volume, const std::string& instance_id,
                                     const std::string& device) {
  if (!instance_id.empty()) {
    auto instance = find_by_id(context.state.instances, id_forms::instance, instance_id);
    if (!instance) return std::unexpected(instance.error());
  }
  if (volume.attachments.empty() && instance_id.empty())
    return refuse("IncorrectState", fmt::format("Volume '{}' is in the '{}' state.", volume.id, volume.state));
  if (instance_id.empty() && volume.attachments.size() > 1)
    return refuse("InvalidParameterCombination",
                  "You must specify the instance ID when you detach a Multi-Attach enabled volume.");
  const VolumeAttachment* one = instance_id.empty() ? &volume.attachments.front() : attachment_to(volume, instance_id);
  if (one == nullptr || (!device.empty() && place_of(one->device) != place_of(device)))
    return refuse("InvalidAttachment.NotFound",
                  fmt::format("The volume '{}' is not attached to instance '{}'{}", volume.id, instance_id,
                              device.empty() ? "." : fmt::format(" as device '{}'.", device)));
  return std::string(one->instance_id);
}

Refusal check_detachment(const Context& context, const Volume& volume, const std::string& instance_id) {
  const Instance* instance = context.state.instances.find(instance_id);
  if (instance != nullptr && instance->root_volume_id == volume.id && instance->state != "stopped")
    return ApiError{400, "OperationNotPermitted",
                    fmt::format("Unable to detach root volume '{}' from instance '{}'", volume.id, instance_id)};
  return std::nullopt;
}

}  // namespace

ApiResult<Xml> attach_volume(Context& context, const Parameters& parameters) {
  const std::string volume_id = parameters.required("VolumeId");
  const std::string instance_id = parameters.required("InstanceId");
  const std::string device = parameters.required("Device");
  parameters.ignore("EbsCardIndex");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle_volumes(context);
  auto volume = find_by_id(context.state.volumes, id_forms::volume, volume_id);
  if (!volume) return std::unexpected(volume.error());
  auto instance = find_by_id(context.state.instances, id_forms::instance, instance_id);
  if (!instance) return std::unexpected(instance.error());
  if (auto no = check_attachment(**volume, **instance)) return std::unexpected(*no);
  if (auto no = check_device(context.state, **instance, device)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  return attach(context, volume_id, instance_id, device);
}

ApiResult<Xml> detach_volume(Context& context, const Parameters& parameters) {
  const std::string volume_id = parameters.required("VolumeId");
  const std::string instance_id = parameters.text("InstanceId");
  const std::string device = parameters.text("Device");
  const bool force = parameters.flag("Force");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle_volumes(context);
  auto volume = find_by_id(context.state.volumes, id_forms::volume, volume_id);
  if (!volume) return std::unexpected(volume.error());
  const auto from = detached_from(context, **volume, instance_id, device);
  if (!from) return std::unexpected(from.error());
  if (auto no = check_detachment(context, **volume, *from)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Xml xml;
  context.state.volumes.modify(volume_id, [&](Volume& one) {
    for (VolumeAttachment& attachment : one.attachments) {
      if (attachment.instance_id != *from) continue;
      attachment.state = "detaching";
      write_attachment(xml, volume_id, attachment);
    }
  });
  set_disks_later(context, *from, force);
  return xml;
}

}  // namespace hotaru::sim::actions
