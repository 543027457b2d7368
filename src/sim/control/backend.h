#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/process.h"
#include "sim/control/folder.h"
#include "sim/scenario/scripted_machines.h"
#include "sim/world.h"

namespace hotaru::sim {

/// What stands behind the API: what it knows, and the machines, both with their state in a folder whose serving lock
/// the caller holds.
struct Backend {
  std::unique_ptr<Runner> runner = std::make_unique<SystemRunner>();  ///< the machines' own
  std::unique_ptr<Script> script;  ///< what happens on purpose; nothing, until it is loaded
  std::unique_ptr<World> world;
  std::unique_ptr<ScriptedMachines> machines;

  /// `cache`: where root file systems for sandboxes lie. `unsupported` if this user or host cannot have machines of
  /// that kind.
  static Result<Backend> open(const std::string& kind, const SimFolder& folder, const std::filesystem::path& cache,
                              Clock& clock, Random& random);

  /// Ends all machines. With `erase_volumes` that is all; else every running instance becomes a stopped one that can be
  /// started again, whatever its shutdown behaviour: a sim that is put away is no reason to lose a disk.
  Result<void> end(bool erase_volumes);

  /// Number of instances by state, in all regions.
  std::map<std::string, int> count_instances() const;
};

}  // namespace hotaru::sim
