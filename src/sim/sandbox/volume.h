#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/process.h"
#include "base/result.h"

namespace hotaru::sim {

/// Makes a volume: a sparse file with an ext4 file system (without a journal: 5 MB for 64 GiB). Made beside and
/// renamed, so that a half-made one is never found. Nothing happens if it is there.
Result<void> make_volume(Runner& runner, const std::filesystem::path& file, int gib);

/// Mounts a volume's file through a loop device that detaches itself when its last user has gone. Waits for a former
/// user of the file, as two loop devices over one file would spoil it.
Result<void> mount_volume(Clock& clock, const std::filesystem::path& file, const std::filesystem::path& at);

/// Mounts the machine's root: the image below, the volume above.
Result<void> mount_root(const std::filesystem::path& image, const std::filesystem::path& volume,
                        const std::filesystem::path& at);

/// The loop device of a file ("loop3"), "" if it has none.
std::string loop_device_of(const std::filesystem::path& file);

/// A path as an option of an overlay mount, where ':' and ',' separate and '\' escapes.
std::string overlay_option(const std::filesystem::path& path);

}  // namespace hotaru::sim
