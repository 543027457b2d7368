#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "sim/instances/launch_plan.h"
#include "sim/storage/own_images.h"
#include "sim/storage/storage.h"

namespace hotaru::sim {

namespace {

/// What the image says of a device, or EC2's defaults for one that it has not.
ImageDevice template_of(const Image& image, const std::string& name) {
  const auto found = std::ranges::find(image.devices, name, &ImageDevice::name);
  return found != image.devices.end() ? *found : new_device(name);
}

Refusal check_size(const std::string& snapshot_id, std::int64_t size, int least) {
  if (size < 1 || size > 65'536)
    return ApiError{400, "InvalidParameterValue", fmt::format("Volume of {}GiB is out of range.", size)};
  if (size >= least) return std::nullopt;
  return ApiError{400, "InvalidBlockDeviceMapping",
                  fmt::format("Volume of size {0}GB is smaller than snapshot '{1}', expect size >= {2}GB", size,
                              snapshot_id, least)};
}

Refusal check_root(const DevicePlan& device) {
  const auto& type = device.volume.type;
  if (!device.root || (type != "st1" && type != "sc1")) return std::nullopt;
  return ApiError{400, "InvalidParameterValue",
                  fmt::format("The volume type {} cannot be used for a root volume.", type)};
}

/// Where the volume's content comes from; no id: nowhere. The image's own snapshots are taken as they are.
ApiResult<Snapshot> source_of(const RegionState& state, const ImageDevice& device, const DeviceRequest& request,
                              bool root) {
  if (!request.snapshot_id.empty() && request.snapshot_id != device.snapshot_id) {
    auto found = usable_snapshot(state, request.snapshot_id);
    if (found && root) return refuse("InvalidBlockDeviceMapping", "snapshotId cannot be modified on root device");
    return found;
  }
  Snapshot own;
  own.id = device.snapshot_id;
  own.size_gib = device.size_gib;
  own.encrypted = device.encrypted;
  own.kms_key_id = device.kms_key_id;
  return own;
}

ApiResult<DevicePlan> plan_device(const RegionState& state, const Image& image, const DeviceRequest& request) {
  const ImageDevice device = template_of(image, request.name);
  DevicePlan plan;
  plan.name = request.name;
  plan.root = request.name == image.root_device_name;
  // EC2's defaults: a root volume goes with its instance, other volumes that a launch makes do too.
  plan.delete_on_termination = request.delete_on_termination.value_or(device.delete_on_termination);
  const auto source = source_of(state, device, request, plan.root);
  if (!source) return std::unexpected(source.error());
  if (!request.size_gib && source->size_gib == 0)
    return refuse("MissingParameter", "The request must contain the parameter size or snapshotId");
  if (auto no = check_size(source->id, request.size_gib.value_or(source->size_gib), source->size_gib))
    return std::unexpected(*no);
  Volume& volume = plan.volume;
  if (auto no = plan_volume(wish_over(device, request), source->size_gib, volume)) return std::unexpected(*no);
  const bool key_alone = !request.encrypted && !request.kms_key_id.empty();
  std::string key;
  if (auto no = plan_encryption(state, key_alone ? std::optional(true) : request.encrypted, request.kms_key_id,
                                source->encrypted, source->kms_key_id, volume.encrypted, key))
    return std::unexpected(*no);
  volume.kms_key_id = key;
  volume.snapshot_id = source->id;
  if (auto no = check_root(plan)) return std::unexpected(*no);
  return plan;
}

Refusal check_request(const DeviceRequest& request, const std::string& root, std::set<std::string>& names) {
  const bool is_root = request.name == root;
  if (!is_root && !is_device_name(request.name))
    return ApiError{400, "InvalidBlockDeviceMapping", fmt::format("Invalid device name {}", request.name)};
  if (!names.insert(request.name).second)
    return ApiError{400, "InvalidBlockDeviceMapping", fmt::format("Duplicate device name '{}'", request.name)};
  if (is_root && (request.no_device || !request.virtual_name.empty()))
    return ApiError{400, "InvalidBlockDeviceMapping", "The root device cannot be left out."};
  return std::nullopt;
}

/// The image's own devices, the root first.
std::vector<DeviceRequest> devices_of(const Image& image) {
  DeviceRequest root;
  root.name = image.root_device_name;
  std::vector<DeviceRequest> wanted{root};
  for (const ImageDevice& one : image.devices) {
    if (one.name == image.root_device_name || !one.virtual_name.empty()) continue;
    wanted.emplace_back().name = one.name;
  }
  return wanted;
}

}  // namespace

ApiResult<std::vector<DevicePlan>> plan_devices(const RegionState& state, const Image& image,
                                                const std::vector<DeviceRequest>& requests) {
  std::vector<DeviceRequest> wanted = devices_of(image);
  std::set<std::string> names;
  for (const DeviceRequest& one : requests) {
    if (auto no = check_request(one, image.root_device_name, names)) return std::unexpected(*no);
    const auto found = std::ranges::find(wanted, one.name, &DeviceRequest::name);
    const bool there = found != wanted.end();
    const bool nothing = one.no_device || !one.virtual_name.empty();
    if (nothing && there) wanted.erase(found);
    if (nothing) continue;
    if (there) {
      *found = one;
    } else {
      wanted.push_back(one);
    }
  }
  std::vector<DevicePlan> devices;
  for (const DeviceRequest& one : wanted) {
    auto device = plan_device(state, image, one);
    if (!device) return std::unexpected(device.error());
    devices.push_back(std::move(*device));
  }
  return devices;
}

}  // namespace hotaru::sim
