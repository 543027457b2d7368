#include <fmt/format.h>
#include <algorithm>

#include "catalog/catalog.h"
#include "sim/describe.h"
#include "sim/network/shared.h"
#include "sim/storage/actions.h"
#include "sim/storage/snapshots.h"
#include "sim/storage/storage.h"
#include "sim/storage/volume_rules.h"
#include "sim/trouble.h"

namespace hotaru::sim {

const Snapshot& begin_snapshot(Context& context, const Volume& volume, const std::string& description,
                               const std::map<std::string, std::string>& tags) {
  Snapshot snapshot;
  snapshot.id = context.new_id("snap");
  snapshot.volume_id = volume.id;
  snapshot.owner_id = context.account_id;
  snapshot.size_gib = volume.size_gib;
  snapshot.description = description;
  snapshot.started = context.now();
  snapshot.encrypted = volume.encrypted;
  snapshot.kms_key_id = volume.kms_key_id;
  for (const VolumeAttachment& one : volume.attachments)
    if (const Instance* instance = context.state.instances.find(one.instance_id);
        instance != nullptr && instance->root_volume_id == volume.id)
      snapshot.image_id = instance->image_id;
  context.state.add_tags(snapshot.id, tags);
  return context.state.snapshots.put(std::move(snapshot));
}

ApiResult<std::string> copy_snapshot_here(Context& context, const Snapshot& source, const SnapshotCopy& copy) {
  Snapshot made = source;
  if (auto no = plan_encryption(context.state, copy.encrypted, copy.kms_key_id, source.encrypted, "", made.encrypted,
                                made.kms_key_id))
    return std::unexpected(*no);
  made.id = context.new_id("snap");
  made.owner_id = context.account_id;
  made.owner_alias = "";
  made.description = copy.description;
  made.started = context.now();
  made.completed = context.now();
  made.is_public = false;
  made.users.clear();
  context.state.add_tags(made.id, copy.tags);
  if (context.machines != nullptr)
    context.later.push_back([machines = context.machines, from = source.id, to = made.id] {
      note_trouble("copy " + from, machines->disks().copy_snapshot(from, to));
    });
  return context.state.snapshots.put(std::move(made)).id;
}

}  // namespace hotaru::sim

namespace hotaru::sim::actions {

namespace {

using Tags = std::map<std::string, std::string>;

Tags snapshot_tags(const Parameters& parameters) {
  auto tags = read_tag_specifications(parameters, {"snapshot"});
  return std::move(tags["snapshot"]);
}

/// Those of an instance, in the order of their devices, less those that are to be left out.
ApiResult<std::vector<std::string>> volumes_of(const Context& context, const Instance& instance, bool without_root,
                                               const std::vector<std::string>& without) {
  std::vector<std::string> ids;
  for (const std::string& id : without)
    if (id == instance.root_volume_id.view() || std::ranges::find(instance.volume_ids, id, [](const SharedText& one) {
                                                  return one.view();
                                                }) == instance.volume_ids.end())
      return refuse("InvalidParameterValue",
                    fmt::format("The volume '{}' is no data volume of instance '{}'.", id, instance.id));
  for (const SharedText& id : instance.volume_ids) {
    const bool left_out =
        (without_root && id == instance.root_volume_id) || std::ranges::find(without, id.view()) != without.end();
    if (!left_out && context.state.volumes.find(id) != nullptr) ids.emplace_back(id);
  }
  return ids;
}

const RegionState* other_region(Context& context, const std::string& name) {
  for (const catalog::Region& one : catalog::regions())
    if (one.name == name) return &context.world.region(context.account_id, name);
  return nullptr;
}

}  // namespace

ApiResult<Xml> create_snapshot(Context& context, const Parameters& parameters) {
  refuse_unsupported(parameters, {"OutpostArn"});
  const std::string volume_id = parameters.required("VolumeId");
  const std::string description = parameters.text("Description");
  const Tags tags = snapshot_tags(parameters);
  parameters.ignore("Location");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle_volumes(context);
  auto volume = find_by_id(context.state.volumes, id_forms::volume, volume_id);
  if (!volume) return std::unexpected(volume.error());
  if ((*volume)->state != "available" && (*volume)->state != "in-use")
    return refuse("IncorrectState", fmt::format("Volume '{}' is in the '{}' state.", volume_id, (*volume)->state));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const Snapshot& snapshot = begin_snapshot(context, **volume, description, tags);
  take_snapshots_later(context, {snapshot.id}, "");
  Xml xml;
  write_snapshot(xml, context.state, snapshot);
  return xml;
}

ApiResult<Xml> create_snapshots(Context& context, const Parameters& parameters) {
  refuse_unsupported(parameters, {"OutpostArn"});
  const Parameters of = parameters.structure("InstanceSpecification");
  const std::string instance_id = of.required("InstanceId");
  const bool without_root = of.flag("ExcludeBootVolume");
  const auto without = of.list("ExcludeDataVolumeId");
  const std::string description = parameters.text("Description");
  const Tags tags = snapshot_tags(parameters);
  const bool copy_tags = parameters.one_of("CopyTagsFromSource", {"volume"}, "") == "volume";
  parameters.ignore("Location");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle_volumes(context);
  auto instance = find_by_id(context.state.instances, id_forms::instance, instance_id);
  if (!instance) return std::unexpected(instance.error());
  const auto volumes = volumes_of(context, **instance, without_root, without);
  if (!volumes) return std::unexpected(volumes.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  std::vector<std::string> ids;
  for (const std::string& id : *volumes) {
    Tags all = copy_tags ? context.state.tags_of(id) : Tags{};
    for (const auto& [key, value] : tags) all[key] = value;
    ids.push_back(begin_snapshot(context, *context.state.volumes.find(id), description, all).id);
  }
  take_snapshots_later(context, ids, "");
  return Xml{}.set("snapshotSet", ids, [&](const std::string& id, Xml& item) {
    write_snapshot(item, context.state, *context.state.snapshots.find(id), "state");
  });
}

ApiResult<Xml> copy_snapshot(Context& context, const Parameters& parameters) {
  refuse_unsupported(parameters, {"DestinationOutpostArn", "DestinationAvailabilityZone"});
  const std::string region = parameters.required("SourceRegion");
  const std::string id = parameters.required("SourceSnapshotId");
  SnapshotCopy copy;
  copy.description = parameters.text("Description");
  copy.encrypted = parameters.optional_flag("Encrypted");
  copy.kms_key_id = parameters.text("KmsKeyId");
  copy.tags = snapshot_tags(parameters);
  for (const char* name : {"PresignedUrl", "DestinationRegion", "CompletionDurationMinutes"}) parameters.ignore(name);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const RegionState* from = other_region(context, region);
  if (from == nullptr)
    return refuse("InvalidParameterValue", fmt::format("Value ({}) for parameter SourceRegion is invalid.", region));
  const auto source = usable_snapshot(*from, id);
  if (!source) return std::unexpected(source.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const auto made = copy_snapshot_here(context, *source, copy);
  if (!made) return std::unexpected(made.error());
  Xml xml;
  xml.text("snapshotId", *made);
  write_tags(xml, copy.tags);
  return xml;
}

}  // namespace hotaru::sim::actions
