#pragma once

#include <map>
#include <string>

#include "sim/action.h"

namespace hotaru::sim {

/// The inside of an <item> of a snapshot. CreateSnapshots calls its state "state", all others "status".
void write_snapshot(Xml& xml, const RegionState& state, const Snapshot& snapshot,
                    std::string_view state_element = "status");

/// A snapshot that is to be taken of a volume: pending, in the world.
const Snapshot& begin_snapshot(Context& context, const Volume& volume, const std::string& description,
                               const std::map<std::string, std::string>& tags);

/// What a copy of a snapshot of another region is to be like.
struct SnapshotCopy {
  std::string description;
  std::optional<bool> encrypted;
  std::string kms_key_id;
  std::map<std::string, std::string> tags;
};
/// The copy is completed once the call is answered.
ApiResult<std::string> copy_snapshot_here(Context& context, const Snapshot& source, const SnapshotCopy& copy);

}  // namespace hotaru::sim
