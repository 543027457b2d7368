#include "sim/storage/volume_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

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

Refusal check_size(std::int64_t size, const VolumeRules& rules) {
  if (size >= rules.least_gib && size <= rules.most_gib) return std::nullopt;
  return ApiError{400, "InvalidParameterValue",
                  fmt::format("Volume of {}GiB is out of range for the volume type {}, expecting {} to {}GiB.", size,
                              rules.type, rules.least_gib, rules.most_gib)};
}

Refusal plan_iops(const VolumeWish& wish, const VolumeRules& rules, Volume& volume) {
  if (wish.iops && rules.most_iops == 0)
    return ApiError{400, "InvalidParameterCombination",
                    fmt::format("The parameter iops is not supported for {} volumes.", rules.type)};
  if (!wish.iops && rules.iops_required)
    return ApiError{400, "MissingParameter",
                    fmt::format("The parameter iops must be specified for {} volumes.", rules.type)};
  if (wish.iops && (*wish.iops < rules.least_iops || *wish.iops > rules.most_iops))
    return ApiError{400, "InvalidParameterValue",
                    fmt::format("Iops of {} is out of range for the volume type {}.", *wish.iops, rules.type)};
  volume.iops = static_cast<int>(wish.iops.value_or(rules.type == "gp3" ? 3'000 : 0));
  // gp2: 3 IOPS per GiB, 100 at least, 16,000 at most.
  if (rules.type == "gp2") volume.iops = std::clamp(3 * volume.size_gib, 100, 16'000);
  return std::nullopt;
}

Refusal plan_throughput(const VolumeWish& wish, const VolumeRules& rules, Volume& volume) {
  if (wish.throughput && rules.type != "gp3")
    return ApiError{400, "InvalidParameterCombination",
                    fmt::format("The parameter throughput is not supported for {} volumes.", rules.type)};
  if (wish.throughput && (*wish.throughput < 125 || *wish.throughput > 2'000))
    return ApiError{400, "InvalidParameterValue",
                    fmt::format("Throughput of {} MiB/s is out of range.", *wish.throughput)};
  volume.throughput = rules.type == "gp3" ? static_cast<int>(wish.throughput.value_or(125)) : 0;
  return std::nullopt;
}

}  // namespace

VolumeWish read_volume_wish(const Parameters& parameters, const std::string& before_size) {
  VolumeWish wish;
  wish.size_gib = parameters.optional_integer(before_size + "Size");
  wish.type = parameters.one_of("VolumeType", {"gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"}, "");
  wish.iops = parameters.optional_integer("Iops");
  wish.throughput = parameters.optional_integer("Throughput");
  return wish;
}

Refusal plan_volume(const VolumeWish& wish, int least_gib, Volume& volume) {
  volume.type = wish.type.empty() ? "gp2" : wish.type;
  const VolumeRules& rules = *std::ranges::find(volume_rules, std::string_view(volume.type), &VolumeRules::type);
  const std::int64_t size = wish.size_gib.value_or(least_gib);
  if (auto no = check_size(size, rules)) return no;
  volume.size_gib = static_cast<int>(size);
  if (auto no = plan_iops(wish, rules, volume)) return no;
  return plan_throughput(wish, rules, volume);
}

std::string default_kms_key(const RegionState& state) {
  if (const Setting* set = state.settings.find("ebs-default-kms-key-id")) return set->value;
  const std::string digits = hex_encode(sha256(state.region + "/" + state.account + "/aws/ebs"));
  return fmt::format("arn:aws:kms:{}:{}:key/{}-{}-4{}-a{}-{}", state.region, state.account, digits.substr(0, 8),
                     digits.substr(8, 4), digits.substr(12, 3), digits.substr(15, 3), digits.substr(18, 12));
}

Refusal plan_encryption(const RegionState& state, std::optional<bool> asked, const std::string& key, bool source,
                        const std::string& source_key, bool& encrypted, std::string& kms_key_id) {
  const Setting* by_default = state.settings.find("ebs-encryption-by-default");
  const bool always = by_default != nullptr && by_default->value == "true";
  encrypted = asked.value_or(false) || source || always;
  if (!key.empty() && !encrypted)
    return ApiError{400, "InvalidParameterDependency",
                    "The parameter KmsKeyId requires the parameter Encrypted to be set."};
  kms_key_id = "";
  if (encrypted) kms_key_id = !key.empty() ? key : !source_key.empty() ? source_key : default_kms_key(state);
  return std::nullopt;
}

bool is_device_name(std::string_view name) {
  if (name == "/dev/sda1") return true;
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool full = name.starts_with("/dev/");
  if (full) name.remove_prefix(5);
  if (full && name.starts_with("sd")) return name.size() == 3 && is_letter(name[2]);
  if (!name.starts_with("xvd") || !std::ranges::all_of(name, is_letter)) return false;
  return name.size() == 4 || (name.size() == 5 && name[3] <= 'd');
}

}  // namespace hotaru::sim
