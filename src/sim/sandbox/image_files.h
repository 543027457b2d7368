#pragma once

#include <filesystem>
#include <string>

#include "base/environment.h"
#include "base/process.h"
#include "base/result.h"

namespace hotaru::sim {

/// Makes an unpacked root file system ready to be an instance's: cloud-init reads EC2's metadata and nothing else, what
/// needs real hardware is masked, nothing that must differ between instances is in it, and package mirrors are reached
/// as this host reaches them (`apt_options`: apt.conf lines; certificates, proxies and pip's settings are looked up).
Result<void> settle_image(const std::filesystem::path& root, const std::string& apt_options,
                          const Environment& environment, Runner& runner);

}  // namespace hotaru::sim
