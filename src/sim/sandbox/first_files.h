#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "sim/machine.h"

namespace hotaru::sim {

/// Writes what differs from machine to machine into its mounted root file system, before it boots: the name server, the
/// default user, the GPU's tool.
Result<void> write_first_files(const std::filesystem::path& root, const MachineSpec& spec);

/// "ip-172-31-5-20" out of "ip-172-31-5-20.ec2.internal".
std::string host_name(const MachineSpec& spec);

}  // namespace hotaru::sim
