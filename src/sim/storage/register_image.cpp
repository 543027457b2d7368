#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/images.h"
#include "sim/storage/actions.h"
#include "sim/storage/own_images.h"
#include "sim/storage/storage.h"

namespace hotaru::sim::actions {

namespace {

struct Request {
  Image image;
  std::vector<DeviceRequest> devices;
  std::string location;
  std::map<std::string, std::map<std::string, std::string>> tags;
};

/// The defaults are those that EC2 documents.
Request read(const Parameters& parameters) {
  Request request;
  Image& image = request.image;
  image.name = parameters.required("Name");
  image.description = parameters.text("Description");
  image.architecture =
      parameters.one_of("Architecture", {"i386", "x86_64", "arm64", "x86_64_mac", "arm64_mac"}, "i386");
  image.root_device_name = parameters.text("RootDeviceName");
  image.virtualization = parameters.one_of("VirtualizationType", {"paravirtual", "hvm"}, "paravirtual");
  image.boot_mode = parameters.one_of("BootMode", {"legacy-bios", "uefi", "uefi-preferred"}, "");
  image.tpm_support = parameters.one_of("TpmSupport", {"v2.0"}, "");
  image.needs_imds_v2 = parameters.one_of("ImdsSupport", {"v2.0"}, "") == "v2.0";
  image.kernel_id = parameters.text("KernelId");
  image.ramdisk_id = parameters.text("RamdiskId");
  image.sriov = parameters.one_of("SriovNetSupport", {"simple"}, "");
  image.ena_support = parameters.flag("EnaSupport");
  request.location = parameters.text("ImageLocation");
  request.devices = read_devices(parameters);
  request.tags = read_tag_specifications(parameters, {"image"});
  for (const char* name : {"BillingProduct", "UefiData"}) parameters.ignore(name);
  return request;
}

ApiResult<std::vector<ImageDevice>> planned_devices(const RegionState& state,
                                                    const std::vector<DeviceRequest>& requests) {
  std::vector<ImageDevice> devices;
  for (const DeviceRequest& request : requests) {
    if (request.no_device) continue;
    ImageDevice device = new_device(request.name);
    if (!request.virtual_name.empty()) {
      device.virtual_name = request.virtual_name;
    } else {
      auto planned = plan_image_device(state, device, request);
      if (!planned) return std::unexpected(planned.error());
      device = *std::move(planned);
    }
    devices.push_back(std::move(device));
  }
  return devices;
}

/// Who logs in is known of images that the root disk came from.
void take_origin(const RegionState& state, Image& image) {
  image.family = "ubuntu";
  image.default_user = "ubuntu";
  std::optional<Snapshot> made_up;
  const Snapshot* snapshot = find_snapshot(state, image.snapshot_id, made_up);
  const Image* origin = snapshot != nullptr ? find_former_image(state, snapshot->image_id) : nullptr;
  if (origin == nullptr) return;
  image.family = origin->family;
  image.default_user = origin->default_user;
}

Refusal check_root(const Request& request) {
  if (!request.location.empty())
    return ApiError{400, "InvalidManifest",
                    fmt::format("The manifest '{}' cannot be read: the simulator has no S3.", request.location)};
  const auto root = std::ranges::find(request.devices, request.image.root_device_name, &DeviceRequest::name);
  if (request.image.root_device_name.empty() || root == request.devices.end())
    return ApiError{400, "InvalidBlockDeviceMapping",
                    "The request must contain the root device name and its block device mapping."};
  if (root->snapshot_id.empty())
    return ApiError{400, "InvalidBlockDeviceMapping", "The root device mapping must name a snapshot."};
  return std::nullopt;
}

}  // namespace

ApiResult<Xml> register_image(Context& context, const Parameters& parameters) {
  Request request = read(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  Image& image = request.image;
  if (image.root_device_name.empty() && request.devices.size() == 1)
    image.root_device_name = request.devices.front().name;
  if (auto no = check_image_name(context.state, image.name)) return std::unexpected(*no);
  if (auto no = check_root(request)) return std::unexpected(*no);
  auto devices = planned_devices(context.state, request.devices);
  if (!devices) return std::unexpected(devices.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  image.devices = *std::move(devices);
  const auto& root = *std::ranges::find(image.devices, image.root_device_name, &ImageDevice::name);
  image.snapshot_id = root.snapshot_id;
  image.root_volume_gib = root.size_gib;
  image.id = context.new_id("ami");
  image.owner_id = context.account_id;
  image.creation_date = iso8601(context.now());
  image.is_public = false;
  take_origin(context.state, image);
  if (const auto tags = request.tags.find("image"); tags != request.tags.end())
    context.state.add_tags(image.id, tags->second);
  return Xml{}.text("imageId", context.state.images.put(std::move(image)).id);
}

}  // namespace hotaru::sim::actions
