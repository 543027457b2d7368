#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/environment.h"
#include "base/process.h"
#include "base/result.h"
#include "sim/sandbox/host_config.h"

namespace hotaru::sim {

/// Told of each step, one line at a time, for people.
using Progress = std::function<void(const std::string& line)>;

/// Where the root file system for simulated instances lies: "CACHE/sim/images/debian-12-v7".
std::filesystem::path image_folder(const std::filesystem::path& cache, const Distribution& distribution);
bool image_exists(const std::filesystem::path& cache, const Distribution& distribution);

/// Makes that root file system from the host's own distribution mirror with mmdebstrap (about a minute, 400 MB);
/// returns at once if it is there. Two builders at once make one; what a killed one left is removed. Needs root.
Result<std::filesystem::path> build_image(const std::filesystem::path& cache, const Environment& environment,
                                          Runner& runner, Clock& clock, const Progress& progress);

/// What machines can be booted from: the distribution of this host if it is one we know, else Debian 12.
Distribution image_distribution();

}  // namespace hotaru::sim
