#include <fmt/format.h>
#include <algorithm>

#include "sim/instances/launch_plan.h"

namespace hotaru::sim {

namespace {

/// Sizes in GiB and IOPS that a volume type allows (EBS User Guide, "Amazon EBS volume types").
struct VolumeRules {
  std::string_view type;
  int least_gib;
  int most_gib;
  int least_iops;  ///< 0: the caller may not say
  int most_iops;
  bool iops_required;
};
constexpr VolumeRules volume_rules[] = {
    {"gp3", 1, 65'536, 3'000, 80'000, false}, {"gp2", 1, 16'384, 0, 0, false},   {"io1", 4, 16'384, 100, 64'000, true},
    {"io2", 4, 65'536, 100, 256'000, true},   {"st1", 125, 16'384, 0, 0, false}, {"sc1", 125, 16'384, 0, 0, false},
    {"standard", 1, 1'024, 0, 0, false},
};

const VolumeRules& rules_of(const std::string& type) {
  return *std::ranges::find(volume_rules, std::string_view(type), &VolumeRules::type);
}

Refusal check_size(const DevicePlan& device, const VolumeRules& rules, const Image& image) {
  const int size = device.volume.size_gib;
  if (device.root && size < image.root_volume_gib)
    return ApiError{400, "InvalidBlockDeviceMapping",
                    fmt::format("Volume of size {}GB is smaller than snapshot '{}', expect size >= {}GB", size,
                                image.snapshot_id, image.root_volume_gib)};
  if (size < rules.least_gib || size > rules.most_gib)
    return ApiError{400, "InvalidParameterValue",
                    fmt::format("Volume of {}GiB is out of range for the volume type {}, expecting {} to {}GiB.", size,
                                rules.type, rules.least_gib, rules.most_gib)};
  if (device.root && (rules.type == "st1" || rules.type == "sc1"))
    return ApiError{400, "InvalidParameterValue",
                    fmt::format("The volume type {} cannot be used for a root volume.", rules.type)};
  return std::nullopt;
}

Refusal plan_speed(const DeviceRequest& request, const VolumeRules& rules, Volume& volume) {
  if (request.iops && rules.most_iops == 0)
    return ApiError{400, "InvalidParameterCombination",
                    fmt::format("The parameter iops is not supported for {} volumes.", rules.type)};
  if (!request.iops && rules.iops_required)
    return ApiError{400, "MissingParameter",
                    fmt::format("The parameter iops must be specified for {} volumes.", rules.type)};
  if (request.iops && (*request.iops < rules.least_iops || *request.iops > rules.most_iops))
    return ApiError{400, "InvalidParameterValue",
                    fmt::format("Iops of {} is out of range for the volume type {}.", *request.iops, rules.type)};
  if (request.throughput && rules.type != "gp3")
    return ApiError{400, "InvalidParameterCombination",
                    fmt::format("The parameter throughput is not supported for {} volumes.", rules.type)};
  if (request.throughput && (*request.throughput < 125 || *request.throughput > 2'000))
    return ApiError{400, "InvalidParameterValue",
                    fmt::format("Throughput of {} MiB/s is out of range.", *request.throughput)};
  volume.throughput = rules.type == "gp3" ? static_cast<int>(request.throughput.value_or(125)) : 0;
  volume.iops = static_cast<int>(request.iops.value_or(rules.type == "gp3" ? 3'000 : 0));
  // gp2: 3 IOPS per GiB, 100 at least, 16,000 at most.
  if (rules.type == "gp2") volume.iops = std::clamp(3 * volume.size_gib, 100, 16'000);
  return std::nullopt;
}

/// What EC2 User Guide, "Device names for volumes", lists for HVM images, with and without "/dev/"; "/dev/sda1" is
/// taken even for an image whose root has another name.
bool is_device_name(std::string_view name) {
  if (name == "/dev/sda1") return true;
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool full = name.starts_with("/dev/");
  if (full) name.remove_prefix(5);
  if (full && name.starts_with("sd")) return name.size() == 3 && is_letter(name[2]);
  if (!name.starts_with("xvd") || !std::ranges::all_of(name, is_letter)) return false;
  return name.size() == 4 || (name.size() == 5 && name[3] <= 'd');
}

ApiResult<DevicePlan> plan_device(const Image& image, const DeviceRequest& request) {
  DevicePlan device;
  device.name = request.name;
  device.root = request.name == image.root_device_name;
  // EC2's defaults: a root volume goes with its instance, other volumes that a launch makes do too.
  device.delete_on_termination = request.delete_on_termination.value_or(true);
  Volume& volume = device.volume;
  volume.type = request.type.empty() ? "gp3" : request.type;
  volume.encrypted = request.encrypted.value_or(!request.kms_key_id.empty());
  volume.kms_key_id = request.kms_key_id;
  if (!request.kms_key_id.empty() && !volume.encrypted)
    return refuse("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.");
  if (device.root) volume.snapshot_id = image.snapshot_id;
  if (!request.snapshot_id.empty() && request.snapshot_id != volume.snapshot_id)
    return refuse("InvalidSnapshot.NotFound", fmt::format("The snapshot '{}' does not exist.", request.snapshot_id));
  if (!device.root && !request.size_gib)
    return refuse("MissingParameter", "The request must contain the parameter size or snapshotId");
  if (request.size_gib && (*request.size_gib < 1 || *request.size_gib > 65'536))
    return refuse("InvalidParameterValue", fmt::format("Volume of {}GiB is out of range.", *request.size_gib));
  volume.size_gib = static_cast<int>(request.size_gib.value_or(image.root_volume_gib));
  const VolumeRules& rules = rules_of(volume.type);
  if (auto no = check_size(device, rules, image)) return std::unexpected(*no);
  if (auto no = plan_speed(request, rules, volume)) return std::unexpected(*no);
  return device;
}

}  // namespace

ApiResult<std::vector<DevicePlan>> plan_devices(const Image& image, const std::vector<DeviceRequest>& requests) {
  DeviceRequest root;
  root.name = image.root_device_name;
  std::vector<DeviceRequest> wanted{root};
  std::set<std::string> names;
  for (const DeviceRequest& one : requests) {
    if (one.name != root.name && !is_device_name(one.name))
      return refuse("InvalidBlockDeviceMapping", fmt::format("Invalid device name {}", one.name));
    if (!names.insert(one.name).second)
      return refuse("InvalidBlockDeviceMapping", fmt::format("Duplicate device name '{}'", one.name));
    if (one.name == root.name && (one.no_device || !one.virtual_name.empty()))
      return refuse("InvalidBlockDeviceMapping", "The root device cannot be left out.");
    if (one.name == root.name) {
      wanted.front() = one;
    } else if (!one.no_device && one.virtual_name.empty()) {
      wanted.push_back(one);
    }
  }
  std::vector<DevicePlan> devices;
  for (const DeviceRequest& one : wanted) {
    auto device = plan_device(image, one);
    if (!device) return std::unexpected(device.error());
    devices.push_back(std::move(*device));
  }
  return devices;
}

}  // namespace hotaru::sim
