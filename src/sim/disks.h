#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"

namespace hotaru::sim {

/// The contents of volumes and snapshots, behind the API's model of them. Thread-safe; each call returns when its work
/// is done. This one keeps no content (null kind).
class Disks {
 public:
  virtual ~Disks() = default;
  /// A new volume, with what a snapshot holds ("": nothing). One that is there stays as it is.
  virtual Result<void> make_volume(const std::string& volume_id, int gib, const std::string& snapshot_id);
  /// A larger size; who has it attached sees it at once.
  virtual Result<void> grow_volume(const std::string& volume_id, int gib);
  virtual void erase_volume(const std::string& volume_id);
  /// Whether a machine still has it open.
  virtual bool in_use(const std::string& volume_id);
  /// Keeps what a volume holds at this moment, whatever becomes of it. How many bytes that takes; nullopt: nothing is
  /// kept here.
  virtual Result<std::optional<std::int64_t>> take_snapshot(const std::string& volume_id,
                                                            const std::string& snapshot_id);
  virtual Result<void> copy_snapshot(const std::string& from, const std::string& to);
  virtual void erase_snapshot(const std::string& snapshot_id);
  /// Removes all others: of a sim that was killed before it could.
  virtual void keep_only(const std::set<std::string>& volume_ids, const std::set<std::string>& snapshot_ids);
};

}  // namespace hotaru::sim
