#pragma once

#include <filesystem>

namespace hotaru::sim {

/// The supervisor of one machine: `hotaru sim-machine FOLDER` (hidden; started by the sim, never by hand). Boots the
/// machine that the folder's files describe, again after each reboot, until it is powered off, killed, or asked to end:
/// SIGTERM asks it to power off, SIGUSR1 to reboot, SIGUSR2 ends it at once. Writes down how it ended. Returns the
/// process's exit code.
int machine_main(const std::filesystem::path& folder);

}  // namespace hotaru::sim
