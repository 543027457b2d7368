#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "sim/disks.h"

namespace hotaru::sim {

/// Volumes and snapshots as sparse files in the sim's folder. A snapshot's file never changes, so a copy of it, and a
/// volume that is made from it, are at first another name of the same file. What has no file holds an empty file
/// system: that is what instances of the built-in images begin with.
class SandboxDisks final : public Disks {
 public:
  /// Where the file system of a volume is mounted, as a path of the caller's; "" while it is not.
  using Mounted = std::function<std::filesystem::path(const std::string& volume_id)>;
  SandboxDisks(std::filesystem::path state, Mounted mounted) : state_(std::move(state)), mounted_(std::move(mounted)) {}

  Result<void> make_volume(const std::string& volume_id, int gib, const std::string& snapshot_id) override;
  Result<void> grow_volume(const std::string& volume_id, int gib) override;
  void erase_volume(const std::string& volume_id) override;
  bool in_use(const std::string& volume_id) override;
  Result<std::optional<std::int64_t>> take_snapshot(const std::string& volume_id,
                                                    const std::string& snapshot_id) override;
  Result<void> copy_snapshot(const std::string& from, const std::string& to) override;
  void erase_snapshot(const std::string& snapshot_id) override;
  void keep_only(const std::set<std::string>& volume_ids, const std::set<std::string>& snapshot_ids) override;

  std::filesystem::path volume(const std::string& id) const { return state_ / "volumes" / (id + ".img"); }
  std::filesystem::path snapshot(const std::string& id) const { return state_ / "snapshots" / (id + ".img"); }

 private:
  std::filesystem::path state_;
  Mounted mounted_;
};

/// Lets whoever waits for a frozen file system go on, if somebody has left it frozen.
void thaw(const std::filesystem::path& mounted);

}  // namespace hotaru::sim
