#include "sim/storage/own_images.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/describe.h"
#include "sim/images.h"
#include "sim/storage/storage.h"

namespace hotaru::sim {

namespace {

/// EC2 API Reference, CreateImage, "Name".
bool is_image_name(const std::string& name) {
  constexpr std::string_view marks = "()[] ./-'@_";
  return name.size() >= 3 && name.size() <= 128 && std::ranges::all_of(name, [&](char one) {
           return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9') ||
                  marks.find(one) != std::string_view::npos;
         });
}

}  // namespace

Refusal check_image_name(const RegionState& state, const std::string& name) {
  if (!is_image_name(name))
    return ApiError{400, "InvalidAMIName.Malformed",
                    "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', "
                    "'[', ']', ' ', '.', '/', '-', ''', '@' and '_'"};
  for (const auto& [id, image] : state.images.all())
    if (image.name == name && image.state != "deregistered" && image.state != "failed")
      return ApiError{400, "InvalidAMIName.Duplicate",
                      fmt::format("AMI name {} is already in use by AMI {}", name, id)};
  return std::nullopt;
}

ImageDevice new_device(const std::string& name) {
  ImageDevice device;
  device.name = name;
  device.type = "gp2";
  device.size_gib = device.iops = device.throughput = 0;
  return device;
}

VolumeWish wish_over(const ImageDevice& device, const DeviceRequest& request) {
  VolumeWish wish{request.size_gib, request.type.empty() ? device.type : request.type, request.iops,
                  request.throughput};
  const bool same_type = wish.type == device.type;
  const bool says_iops = wish.type == "gp3" || wish.type == "io1" || wish.type == "io2";
  if (!wish.iops && same_type && says_iops && device.iops > 0) wish.iops = device.iops;
  if (!wish.throughput && same_type && wish.type == "gp3" && device.throughput > 0) wish.throughput = device.throughput;
  return wish;
}

ApiResult<ImageDevice> plan_image_device(const RegionState& state, ImageDevice device, const DeviceRequest& request) {
  int least = 0;
  bool encrypted = device.encrypted;
  std::string key = device.kms_key_id;
  if (!request.snapshot_id.empty()) {
    auto snapshot = usable_snapshot(state, request.snapshot_id);
    if (!snapshot) return std::unexpected(snapshot.error());
    device.snapshot_id = snapshot->id;
    least = snapshot->size_gib;
    device.size_gib = std::max(device.size_gib, least);
    encrypted = snapshot->encrypted;
    key = snapshot->kms_key_id;
  }
  if (!request.size_gib && device.size_gib == 0)
    return refuse("MissingParameter", "The request must contain the parameter size or snapshotId");
  if (request.size_gib && *request.size_gib < std::max(least, device.size_gib))
    return refuse("InvalidBlockDeviceMapping",
                  fmt::format("Volume of size {}GB is smaller than snapshot '{}', expect size >= {}GB",
                              *request.size_gib, device.snapshot_id, std::max(least, device.size_gib)));
  Volume volume;
  if (auto no = plan_volume(wish_over(device, request), device.size_gib, volume)) return std::unexpected(*no);
  if (auto no = plan_encryption(state, request.encrypted, request.kms_key_id, encrypted, key, device.encrypted,
                                device.kms_key_id))
    return std::unexpected(*no);
  device.name = request.name;
  device.size_gib = volume.size_gib;
  device.type = volume.type;
  device.iops = volume.iops;
  device.throughput = volume.throughput;
  device.delete_on_termination = request.delete_on_termination.value_or(device.delete_on_termination);
  return device;
}

ApiError no_such_image(const std::string& id) {
  return {400, "InvalidAMIID.NotFound", fmt::format("The image id '[{}]' does not exist", id)};
}

ApiResult<const Image*> own_image(const Context& context, const std::string& id) {
  if (!is_id("ami", id)) return refuse("InvalidAMIID.Malformed", fmt::format("Invalid id: \"{}\"", id));
  const Image* found = find_former_image(context.state, id);
  if (found == nullptr) return std::unexpected(no_such_image(id));
  if (found->state == "deregistered")
    return refuse("InvalidAMIID.Unavailable", fmt::format("The image ID '{}' is no longer available", id));
  if (found->owner_id != context.account_id)
    return refuse("AuthFailure", fmt::format("Not authorized for image:{}", id), 403);
  return found;
}

void write_image_devices(Xml& xml, const Image& image) {
  xml.set("blockDeviceMapping", image.devices, [](const ImageDevice& one, Xml& item) {
    item.text("deviceName", one.name).text_unless_empty("virtualName", one.virtual_name);
    if (!one.virtual_name.empty()) return;
    item.element("ebs", [&](Xml& ebs) {
      ebs.text_unless_empty("snapshotId", one.snapshot_id)
          .number("volumeSize", one.size_gib)
          .flag("deleteOnTermination", one.delete_on_termination)
          .text("volumeType", one.type)
          .flag("encrypted", one.encrypted);
      if (one.iops > 0 && one.type != "gp2") ebs.number("iops", one.iops);
      if (one.throughput > 0) ebs.number("throughput", one.throughput);
    });
  });
}

}  // namespace hotaru::sim
