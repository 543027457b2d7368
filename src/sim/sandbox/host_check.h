#pragma once

#include "base/result.h"

namespace hotaru::sim {

/// Whether this machine can run sandboxes: root, the programs, and what the kernel has to offer. If not, an
/// `unsupported` error with one sentence on what is missing, and a hint with the line that mends it.
Result<void> check_host();

}  // namespace hotaru::sim
