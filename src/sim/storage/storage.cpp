#include "sim/storage/storage.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/describe.h"
#include "sim/images.h"
#include "sim/trouble.h"

namespace hotaru::sim {

namespace {

/// Where a region's state is: pointers into the world do not outlive its lock.
struct Place {
  World* world;
  Machines* machines;
  std::string account;
  std::string region;
  RegionState& state() const { return world->region(account, region); }
};

Place place(const Context& context) { return {&context.world, context.machines, context.account_id, context.region}; }

/// The attachments to an instance, or with "" all of the volume: `attaching` are attached, those that were to go are
/// gone if nobody has the volume open any more.
void end_attachment_changes(RegionState& state, const std::string& volume_id, const std::string& instance_id,
                            bool attached, bool released) {
  std::vector<SharedText> left;
  state.volumes.modify(volume_id, [&](Volume& volume) {
    for (VolumeAttachment& one : volume.attachments) {
      if (one.instance_id != instance_id && !instance_id.empty()) continue;
      const bool arrives = one.state == "attaching";
      if (arrives && attached) one.state = "attached";
      const bool goes = one.state == "detaching" || one.state == "busy";
      if (goes) one.state = "busy";
      if ((goes && released) || (arrives && !attached)) left.push_back(std::exchange(one.instance_id, ""));
    }
    std::erase_if(volume.attachments, [](const VolumeAttachment& one) { return one.instance_id.empty(); });
    if (volume.attachments.empty() && volume.state == "in-use") volume.state = "available";
  });
  for (const SharedText& id : left)
    state.instances.modify(id, [&](Instance& instance) {
      std::erase_if(instance.volume_ids, [&](const SharedText& one) { return one == volume_id; });
      if (instance.root_volume_id == volume_id) instance.root_volume_id = "";
    });
}

/// Those of an instance that change.
std::vector<std::string> changing_volumes(const RegionState& state, const std::string& instance_id) {
  std::vector<std::string> ids;
  for (const SharedText& id : state.volumes.index().restless()) {
    const Volume& volume = *state.volumes.find(id);
    if (std::ranges::any_of(volume.attachments, [&](const VolumeAttachment& one) {
          return one.instance_id == instance_id && one.state != "attached";
        }))
      ids.emplace_back(id);
  }
  return ids;
}

/// On the machine, if there is one that runs.
Result<void> apply_disks(const Place& at, const std::string& instance_id, bool force) {
  MachineSpec spec;
  {
    auto lock = at.world->lock();
    const Instance* instance = at.state().instances.find(instance_id);
    if (instance == nullptr || (instance->state != "running" && instance->state != "pending")) return {};
    spec = machine_spec(*at.world, at.state(), *instance);
  }
  return at.machines->set_disks(spec, force);
}

void set_disks(const Place& at, const std::string& instance_id, bool force) {
  const std::lock_guard order(at.world->disk_order());
  const auto done = apply_disks(at, instance_id, force);
  const bool busy = !done && done.error().kind == ErrorClass::conflict;
  if (!busy) note_trouble("volumes of " + instance_id, done);
  auto lock = at.world->lock();
  RegionState& state = at.state();
  for (const std::string& id : changing_volumes(state, instance_id))
    end_attachment_changes(state, id, instance_id, done || busy, !busy);
}

void make_volume(const Place& at, const std::string& volume_id) {
  Volume volume;
  {
    auto lock = at.world->lock();
    const Volume* found = at.state().volumes.find(volume_id);
    if (found == nullptr) return;
    volume = *found;
  }
  const auto made = at.machines->disks().make_volume(volume_id, volume.size_gib, volume.snapshot_id);
  note_trouble("make " + volume_id, made);
  auto lock = at.world->lock();
  at.state().volumes.modify(volume_id, [&](Volume& one) {
    if (one.state == "creating") one.state = made ? "available" : "error";
  });
}

void take_snapshot(const Place& at, const std::string& snapshot_id) {
  std::string volume_id;
  int gib = 0;
  {
    auto lock = at.world->lock();
    const Snapshot* found = at.state().snapshots.find(snapshot_id);
    if (found == nullptr) return;
    volume_id = found->volume_id;
    gib = found->size_gib;
  }
  const auto taken = at.machines->disks().take_snapshot(volume_id, snapshot_id);
  auto lock = at.world->lock();
  at.state().snapshots.modify(snapshot_id, [&](Snapshot& one) {
    one.completed = at.world->now();
    one.state = taken ? "completed" : "error";
    if (!taken) one.state_message = taken.error().message;
    // Where nothing is kept, it counts as full.
    if (taken) one.bytes = taken->value_or(static_cast<std::int64_t>(gib) << 30);
  });
}

/// Once all its snapshots are.
void end_image(RegionState& state, const std::string& image_id) {
  state.images.modify(image_id, [&](Image& image) {
    if (image.state != "pending") return;
    const bool failed = std::ranges::any_of(image.devices, [&](const ImageDevice& one) {
      const Snapshot* snapshot = state.snapshots.find(one.snapshot_id);
      return snapshot != nullptr && snapshot->state == "error";
    });
    image.state = failed ? "failed" : "available";
  });
}

void resume_region(World& world, Machines& machines, RegionState& state) {
  const Place at{&world, &machines, state.account, state.region};
  std::vector<std::string> made;
  std::set<std::string> instances;
  std::vector<std::string> pending;
  {
    auto lock = world.lock();
    for (const SharedText& id : state.volumes.index().restless()) {
      const Volume& volume = *state.volumes.find(id);
      if (volume.state == "creating") made.emplace_back(id);
      for (const VolumeAttachment& one : volume.attachments) instances.emplace(one.instance_id);
    }
    for (const auto& [id, snapshot] : state.snapshots.all())
      if (snapshot.state == "pending") pending.push_back(id);
    // The moment is over.
    for (const std::string& id : pending)
      state.snapshots.modify(id, [&](Snapshot& one) {
        one.state = "error";
        one.state_message = "The simulator was ended before the snapshot was taken.";
      });
    std::vector<std::string> images;
    for (const auto& [id, image] : state.images.all())
      if (image.state == "pending") images.push_back(id);
    for (const std::string& id : images) end_image(state, id);
  }
  for (const std::string& id : made) make_volume(at, id);
  for (const std::string& id : instances) set_disks(at, id, false);
}

/// As EC2 has it of the images' snapshots, which are public.
Snapshot built_in_snapshot(const Image& image, const ImageDevice& device) {
  Snapshot snapshot;
  snapshot.id = device.snapshot_id;
  snapshot.owner_id = image.owner_id;
  snapshot.owner_alias = image.owner_alias;
  snapshot.volume_id = "vol-ffffffff";
  snapshot.size_gib = device.size_gib;
  snapshot.description = "Snapshot of " + image.name + " (simulated by hotaru)";
  snapshot.state = "completed";
  snapshot.is_public = true;
  snapshot.image_id = image.id;
  return snapshot;
}

}  // namespace

void settle_volumes(Context& context) {
  settle(context);
  if (context.machines == nullptr) return;
  std::vector<std::string> busy;
  for (const SharedText& id : context.state.volumes.index().restless())
    if (std::ranges::any_of(context.state.volumes.find(id)->attachments,
                            [](const VolumeAttachment& one) { return one.state == "busy"; }))
      busy.emplace_back(id);
  for (const std::string& id : busy)
    if (!context.machines->disks().in_use(id)) end_attachment_changes(context.state, id, "", true, true);
}

const Snapshot* find_snapshot(const RegionState& state, const std::string& id, std::optional<Snapshot>& made_up) {
  if (const Snapshot* own = state.snapshots.find(id)) return own;
  for (const Image& image : images_of(state.region))
    for (const ImageDevice& device : image.devices)
      if (device.snapshot_id == id) return &made_up.emplace(built_in_snapshot(image, device));
  return nullptr;
}

ApiResult<Snapshot> usable_snapshot(const RegionState& state, const std::string& id) {
  if (!is_id("snap", id)) return std::unexpected(malformed_id(id_forms::snapshot, id));
  std::optional<Snapshot> made_up;
  const Snapshot* found = find_snapshot(state, id, made_up);
  if (found == nullptr) return std::unexpected(no_such_id(id_forms::snapshot, {id}));
  if (found->state != "completed")
    return refuse("IncorrectState", fmt::format("Snapshot is in invalid state - {}", found->state));
  return *found;
}

void make_volumes_later(Context& context, const std::vector<std::string>& volume_ids) {
  if (context.machines == nullptr) {
    for (const std::string& id : volume_ids)
      context.state.volumes.modify(id, [](Volume& one) { one.state = "available"; });
    return;
  }
  context.later.push_back([at = place(context), volume_ids] {
    for (const std::string& id : volume_ids) make_volume(at, id);
  });
}

void set_disks_later(Context& context, const std::string& instance_id, bool force) {
  if (context.machines == nullptr) return;
  context.later.push_back([at = place(context), instance_id, force] { set_disks(at, instance_id, force); });
}

void erase_volumes_later(Machines* machines, Later& later, const std::vector<std::string>& volume_ids) {
  if (machines == nullptr || volume_ids.empty()) return;
  later.push_back([machines, volume_ids] {
    for (const std::string& id : volume_ids) machines->disks().erase_volume(id);
  });
}

void erase_snapshot_later(Context& context, const std::string& snapshot_id) {
  if (context.machines == nullptr) return;
  context.later.push_back(
      [machines = context.machines, snapshot_id] { machines->disks().erase_snapshot(snapshot_id); });
}

void take_snapshots_later(Context& context, const std::vector<std::string>& snapshot_ids, const std::string& image_id) {
  if (context.machines == nullptr) return;
  context.later.push_back([at = place(context), snapshot_ids, image_id] {
    for (const std::string& id : snapshot_ids) take_snapshot(at, id);
    if (image_id.empty()) return;
    auto lock = at.world->lock();
    end_image(at.state(), image_id);
  });
}

void resume_storage(World& world, Machines& machines) {
  std::vector<RegionState*> regions;
  std::set<std::string> volumes;
  std::set<std::string> snapshots;
  {
    auto lock = world.lock();
    regions = world.regions();
    for (const RegionState* state : regions) {
      for (const auto& [id, volume] : state->volumes.all()) volumes.emplace(id);
      for (const auto& [id, snapshot] : state->snapshots.all()) snapshots.insert(id);
    }
  }
  machines.disks().keep_only(volumes, snapshots);
  for (RegionState* state : regions) resume_region(world, machines, *state);
}

}  // namespace hotaru::sim
