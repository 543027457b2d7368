#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace hotaru::sim {

/// Where the unified hierarchy is mounted: /sys/fs/cgroup, or /sys/fs/cgroup/unified on hybrid hosts; nullopt if
/// nowhere.
std::optional<std::filesystem::path> unified_hierarchy();

/// A control group of the unified hierarchy; its folder need not exist yet.
class Cgroup {
 public:
  explicit Cgroup(std::filesystem::path folder) : folder_(std::move(folder)) {}
  const std::filesystem::path& folder() const { return folder_; }
  Result<void> make() const;
  /// Moves a process into it (0: the calling one).
  Result<void> add(int process) const;
  /// Whether a process lives in it or below.
  bool populated() const;
  /// Kills all in it and below at once.
  void kill() const;
  /// Removes it and what is below (systemd leaves groups of its own), once they are empty; false if one was not.
  bool remove() const;
  /// Kills, waits until all have gone, removes. False if that took longer than the patience.
  bool destroy(Clock& clock, Duration patience) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace hotaru::sim
