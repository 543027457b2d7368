#pragma once

#include <string>

#include "sim/machine.h"

namespace hotaru::sim {

/// The text of an `nvidia-smi` (POSIX sh) for a machine with simulated NVIDIA GPUs: default table, `-L`, `-q`,
/// `--query-gpu=FIELDS --format=csv[,noheader][,nounits]`, `--query-compute-apps`, `-i`, `topo -m` and what else people
/// and tools ask. Numbers stay numbers; every answer that does not say "simulated" itself says so on stderr.
/// "" if the machine has no NVIDIA GPU. To be written to /usr/bin/nvidia-smi, mode 0755.
std::string nvidia_smi_script(const MachineSpec& spec);

}  // namespace hotaru::sim
