#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/process.h"
#include "base/result.h"
#include "sim/sandbox/owners.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

/// A volume that was made from a snapshot and never used: a hard link to the snapshot's file, beside the volume's own
/// that is yet to be made.
std::filesystem::path source_of(const std::filesystem::path& file);

/// Makes a volume: a copy of its source, or a sparse file with an ext4 file system (without a journal: 5 MB for 64
/// GiB). Made beside and renamed, so that a half-made one is never found. Nothing happens if it is there.
Result<void> make_volume(Runner& runner, const std::filesystem::path& file, int gib);

/// Makes a volume of nothing but zeros. Nothing happens if it is there.
Result<void> make_empty_volume(const std::filesystem::path& file, int gib);

/// Copies a file and its holes; how many bytes it holds. Made beside and renamed.
Result<std::int64_t> copy_volume(const std::filesystem::path& from, const std::filesystem::path& to);

/// Lets an ext4 file system that is not mounted fill a volume that has grown since, as cloud-init does it on EC2.
Result<void> fill_volume(Runner& runner, const std::filesystem::path& file);

/// A free loop device over a volume's file, and its name. It detaches itself when its last user has gone, who is at
/// first the descriptor.
struct Loop {
  Descriptor descriptor;
  std::string device;  ///< "/dev/loop3"
};
Result<Loop> attach_loop(const std::filesystem::path& file);

/// Mounts a volume's file through a loop device that detaches itself when its last user has gone. Waits for a former
/// user of the file, as two loop devices over one file would spoil it.
Result<void> mount_volume(Clock& clock, const std::filesystem::path& file, const std::filesystem::path& at);

/// Where a machine's root is put together. All in the calling process's mount namespace.
struct RootMounts {
  std::filesystem::path image;   ///< the image, as the machine's owners see it
  std::filesystem::path volume;  ///< where the volume is mounted; then also as the machine's owners see it
  std::filesystem::path root;
};

/// Mounts the machine's root: the image below, the mounted volume above. `unsupported` if owners cannot be mapped here
/// (a file system, as an overlay is, or a kernel that cannot); then nothing stays mounted but the volume.
Result<void> mount_root(const Owners& owners, const std::filesystem::path& image, const RootMounts& mounts);
/// Unmounts what `mount_root` mounted and the volume, after all is written; what is still in use goes with its users.
void unmount_root(const RootMounts& mounts);

/// The loop device of a file ("loop3"), "" if it has none.
std::string loop_device_of(const std::filesystem::path& file);

/// A path as an option of an overlay mount, where ':' and ',' separate and '\' escapes.
std::string overlay_option(const std::filesystem::path& path);

}  // namespace hotaru::sim
