#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/random.h"
#include "base/result.h"

namespace hotaru::sim {

/// A sim that serves (or served until it was killed).
struct SimInfo {
  pid_t pid = 0;
  int port = 0;
  std::string kind;  ///< "sandbox" or "null"
  TimePoint since;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }
};

/// What a sim keeps over its restarts.
struct SimSettings {
  std::string kind;
  int port = 0;  ///< the last one, so that a restart keeps the URL
};

struct SimCredentials {
  std::string access_key_id;
  std::string secret_access_key;
};

/// All that one sim has on disk, and who may touch it: folders 0700, files 0600.
class SimFolder {
 public:
  explicit SimFolder(std::filesystem::path path) : path_(std::move(path)) {}
  /// HOTARU_SIM_DIR, else `sim` in the user's state folder.
  static SimFolder of(const Environment& environment);

  /// Makes it, or takes other users' permissions away from one that is there.
  Result<void> make() const;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path database_file() const { return path_ / "world.sqlite"; }
  std::filesystem::path scenario_file() const { return path_ / "scenario.yaml"; }
  std::filesystem::path log_file() const { return path_ / "sim.log"; }
  std::filesystem::path machines_folder() const { return path_ / "machines"; }

  /// Held by the one that serves, for as long as it lives.
  Result<std::optional<FileLock>> lock_serving(Clock& clock, Duration patience) const;
  /// Held by who starts, stops or resets.
  Result<std::optional<FileLock>> lock_control(Clock& clock, Duration patience) const;

  /// nullopt: none was ever written, or it ended orderly.
  std::optional<SimInfo> info() const;
  Result<void> write_info(const SimInfo& info) const;
  void remove_info() const;
  SimSettings settings() const;
  Result<void> write_settings(const SimSettings& settings) const;
  /// Made at the first call.
  Result<SimCredentials> credentials(Random& random) const;

  /// Bytes on disk, without what is mounted below it.
  std::uintmax_t disk_used() const;
  /// Removes all but the locks. Refuses while something is mounted below it.
  Result<void> erase() const;

 private:
  std::filesystem::path path_;
};

}  // namespace hotaru::sim
