#pragma once

#include <filesystem>

#include "cli/context.h"

namespace hotaru::cli {

/// Where the refreshed catalogue of the cloud that is meant lies: AWS's, the sim's and that of an endpoint of one's own
/// apart. Reads the shared config files; makes no call.
std::filesystem::path catalog_folder(const Context& context);

}  // namespace hotaru::cli
