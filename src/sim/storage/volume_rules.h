#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/action.h"

/// What EBS allows of a volume.
namespace hotaru::sim {

/// Size and speed as a caller asks for them.
struct VolumeWish {
  std::optional<std::int64_t> size_gib;
  std::string type;  ///< "" if not given
  std::optional<std::int64_t> iops;
  std::optional<std::int64_t> throughput;
};
/// Size, VolumeType, Iops and Throughput, named with this before "Size" ("Volume" in block device mappings).
VolumeWish read_volume_wish(const Parameters& parameters, const std::string& before_size = "");

/// Gives the volume its type, size and speed: as asked for, or EC2's defaults ("gp2", and `least_gib`, the size of its
/// snapshot; 0: it has none). EC2's refusal of what its type does not allow.
Refusal plan_volume(const VolumeWish& wish, int least_gib, Volume& volume);

/// The key of the account that encrypts volumes where no other is named.
std::string default_kms_key(const RegionState& state);
/// Whether a volume, or the copy of a snapshot, is encrypted, and with which key: as asked for, as what it is made
/// from, or as the account's setting says.
Refusal plan_encryption(const RegionState& state, std::optional<bool> asked, const std::string& key, bool source,
                        const std::string& source_key, bool& encrypted, std::string& kms_key_id);

/// What EC2 User Guide, "Device names for volumes", lists for HVM images, with and without "/dev/"; "/dev/sda1" is
/// taken even for an image whose root has another name.
bool is_device_name(std::string_view name);

}  // namespace hotaru::sim
