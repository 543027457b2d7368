#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/images.h"
#include "sim/network/shared.h"
#include "sim/storage/actions.h"
#include "sim/storage/own_images.h"
#include "sim/storage/snapshots.h"
#include "sim/storage/storage.h"
#include "sim/trouble.h"

namespace hotaru::sim::actions {

namespace {

struct Request {
  std::string instance_id;
  std::string name;
  std::string description;
  bool no_reboot = false;
  std::vector<DeviceRequest> devices;
  std::map<std::string, std::map<std::string, std::string>> tags;
};

Request read(const Parameters& parameters) {
  Request request;
  request.instance_id = parameters.required("InstanceId");
  request.name = parameters.required("Name");
  request.description = parameters.text("Description");
  request.no_reboot = parameters.flag("NoReboot");
  request.devices = read_devices(parameters);
  request.tags = read_tag_specifications(parameters, {"image", "snapshot"});
  parameters.ignore("SnapshotLocation");
  return request;
}

/// A device of the image, and the volume that its snapshot is to be taken of ("": none).
struct Part {
  ImageDevice device;
  std::string volume_id;
};

ImageDevice device_of(const Volume& volume, const VolumeAttachment& attachment) {
  ImageDevice device;
  device.name = attachment.device;
  device.size_gib = volume.size_gib;
  device.type = volume.type;
  device.iops = volume.iops;
  device.throughput = volume.throughput;
  device.encrypted = volume.encrypted;
  device.kms_key_id = volume.kms_key_id;
  device.delete_on_termination = attachment.delete_on_termination;
  return device;
}

std::vector<Part> parts_of(const RegionState& state, const Instance& instance) {
  std::vector<Part> parts;
  for (const SharedText& id : instance.volume_ids) {
    const Volume* volume = state.volumes.find(id);
    if (volume == nullptr) continue;
    for (const VolumeAttachment& one : volume->attachments)
      if (one.instance_id == instance.id) parts.push_back({device_of(*volume, one), std::string(id)});
  }
  return parts;
}

/// What the caller wants otherwise: devices left out, changed or added.
ApiResult<std::vector<Part>> planned_parts(const RegionState& state, const Instance& instance,
                                           const std::vector<DeviceRequest>& requests) {
  std::vector<Part> parts = parts_of(state, instance);
  for (const DeviceRequest& request : requests) {
    const auto found = std::ranges::find(parts, request.name, [](const Part& one) { return one.device.name; });
    const bool root = instance.root_device_name == request.name;
    if (request.no_device && root) return refuse("InvalidBlockDeviceMapping", "The root device cannot be left out.");
    if (request.no_device) {
      if (found != parts.end()) parts.erase(found);
      continue;
    }
    ImageDevice device = found != parts.end() ? found->device : new_device(request.name);
    if (!request.virtual_name.empty()) {
      device.virtual_name = request.virtual_name;
    } else {
      auto planned = plan_image_device(state, std::move(device), request);
      if (!planned) return std::unexpected(planned.error());
      device = *std::move(planned);
    }
    if (found != parts.end()) {
      found->device = device;
    } else {
      parts.push_back({device, ""});
    }
  }
  return parts;
}

Image described(const Context& context, const Instance& instance, const Request& request) {
  Image image;
  if (const Image* source = find_former_image(context.state, instance.image_id)) image = *source;
  image.id = context.new_id("ami");
  image.name = request.name;
  image.description = request.description;
  image.owner_id = context.account_id;
  image.owner_alias = image.product_code = image.client_token = image.request_digest = image.deprecation_time = "";
  image.architecture = instance.architecture;
  image.root_device_name = instance.root_device_name;
  image.creation_date = iso8601(context.now());
  image.parameters.clear();
  image.devices.clear();
  image.launch_users.clear();
  image.state = "pending";
  image.is_public = false;
  image.source_instance_id = instance.id;
  image.source_image_id = instance.image_id;
  image.source_image_region = context.region;
  return image;
}

/// The snapshots that are to be taken.
std::vector<std::string> begin_snapshots(Context& context, const std::vector<Part>& parts, const Request& request,
                                         Image& image) {
  std::vector<std::string> ids;
  const auto tags = request.tags.find("snapshot");
  for (const Part& part : parts) {
    ImageDevice device = part.device;
    if (const Volume* volume = context.state.volumes.find(part.volume_id)) {
      const Snapshot& snapshot = begin_snapshot(
          context, *volume, fmt::format("Created by CreateImage({}) for {}", image.source_instance_id, image.id),
          tags == request.tags.end() ? std::map<std::string, std::string>{} : tags->second);
      device.snapshot_id = snapshot.id;
      ids.push_back(snapshot.id);
    }
    if (device.name == image.root_device_name) {
      image.snapshot_id = device.snapshot_id;
      image.root_volume_gib = device.size_gib;
    }
    image.devices.push_back(std::move(device));
  }
  return ids;
}

Refusal check(const Context& context, const Instance& instance, const Request& request) {
  if (instance.state != "running" && instance.state != "stopped" && instance.state != "stopping" &&
      instance.state != "pending")
    return ApiError{400, "IncorrectInstanceState",
                    fmt::format("Instance '{}' is not in a state from which an image can be made.", instance.id)};
  return check_image_name(context.state, request.name);
}

}  // namespace

ApiResult<Xml> create_image(Context& context, const Parameters& parameters) {
  refuse_unsupported(parameters, {"BootModeOverride"});
  const Request request = read(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle_volumes(context);
  auto found = find_by_id(context.state.instances, id_forms::instance, request.instance_id);
  if (!found) return std::unexpected(found.error());
  if (auto no = check(context, **found, request)) return std::unexpected(*no);
  const auto parts = planned_parts(context.state, **found, request.devices);
  if (!parts) return std::unexpected(parts.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Image image = described(context, **found, request);
  const auto snapshots = begin_snapshots(context, *parts, request, image);
  if (const auto tags = request.tags.find("image"); tags != request.tags.end())
    context.state.add_tags(image.id, tags->second);
  const std::string id = image.id;
  context.state.images.put(std::move(image));
  take_snapshots_later(context, snapshots, id);
  // EC2 shuts it down before the snapshots are taken; here its disk stands still while they are, and it reboots then.
  if (!request.no_reboot && (*found)->state == "running" && context.machines != nullptr)
    context.later.push_back([machines = context.machines, instance = request.instance_id] {
      note_trouble("reboot " + instance, machines->reboot(instance));
    });
  return Xml{}.text("imageId", id);
}

}  // namespace hotaru::sim::actions
