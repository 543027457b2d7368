#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/action.h"
#include "sim/instances/life.h"

/// What the actions of EBS have in common: how things are told, and what machines and disks are asked for later.
namespace hotaru::sim {

/// Brings the region's volumes up to date: those that are let go of when nobody has them open any more. Begins with
/// `settle`.
void settle_volumes(Context& context);

/// The inside of an <item> of a volume.
void write_volume(Xml& xml, const RegionState& state, const Volume& volume);
/// An attachment as AttachVolume, DetachVolume and DescribeVolumes tell it.
void write_attachment(Xml& xml, const std::string& volume_id, const VolumeAttachment& attachment);

/// A snapshot of the account's, or one of the built-in images'; the second is kept in `made_up`, which must live on.
const Snapshot* find_snapshot(const RegionState& state, const std::string& id, std::optional<Snapshot>& made_up);
/// The same, or what EC2 says of an id that is malformed, that nothing has, or of a snapshot that is not completed.
ApiResult<Snapshot> usable_snapshot(const RegionState& state, const std::string& id);

/// Later: makes the volumes that are being created.
void make_volumes_later(Context& context, const std::vector<std::string>& volume_ids);
/// Later: attaches and lets go on the instance's machine as the world has it then. With `force` whatever has a volume
/// open that is to go is ended.
void set_disks_later(Context& context, const std::string& instance_id, bool force);
/// Later: erases what volumes and snapshots hold.
void erase_volumes_later(Machines* machines, Later& later, const std::vector<std::string>& volume_ids);
void erase_snapshot_later(Context& context, const std::string& snapshot_id);
/// Later: takes the snapshots, all of which are pending; an image that is made of them becomes available.
void take_snapshots_later(Context& context, const std::vector<std::string>& snapshot_ids, const std::string& image_id);

/// Once, at the start of the sim: goes on with what was begun, removes what belongs to nobody.
void resume_storage(World& world, Machines& machines);

}  // namespace hotaru::sim
