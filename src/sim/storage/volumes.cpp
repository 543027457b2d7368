#include <fmt/format.h>

#include "base/text.h"
#include "sim/bill/usage.h"
#include "sim/describe.h"
#include "sim/storage/actions.h"
#include "sim/storage/storage.h"

namespace hotaru::sim {

void write_attachment(Xml& xml, const std::string& volume_id, const VolumeAttachment& attachment) {
  xml.text("volumeId", volume_id)
      .text("instanceId", attachment.instance_id)
      .text("device", attachment.device)
      .text("status", attachment.state)
      .time("attachTime", attachment.attach_time)
      .flag("deleteOnTermination", attachment.delete_on_termination);
}

void write_volume(Xml& xml, const RegionState& state, const Volume& volume) {
  xml.text("volumeId", volume.id)
      .number("size", volume.size_gib)
      .text("snapshotId", volume.snapshot_id)
      .text("availabilityZone", volume.zone)
      .text("availabilityZoneId", volume.zone_id)
      .text("status", volume.state)
      .time("createTime", volume.created)
      .text("volumeType", volume.type)
      .flag("encrypted", volume.encrypted)
      .text_unless_empty("kmsKeyId", volume.kms_key_id)
      .flag("multiAttachEnabled", volume.multi_attach);
  if (volume.iops > 0) xml.number("iops", volume.iops);
  if (volume.throughput > 0) xml.number("throughput", volume.throughput);
  xml.set("attachmentSet", volume.attachments,
          [&](const VolumeAttachment& one, Xml& item) { write_attachment(item, volume.id, one); });
  write_tags_if_any(xml, state.tags_of(volume.id));
}

}  // namespace hotaru::sim

namespace hotaru::sim::actions {

namespace {

template <class Read>
auto of_attachments(Read read) {
  return [read](const Volume& volume) {
    Values values;
    for (const VolumeAttachment& one : volume.attachments) values.push_back(read(one));
    return values;
  };
}

FilterTable<Volume> filters() {
  FilterTable<Volume> table;
  table["volume-id"] = [](const Volume& one) { return Values{one.id}; };
  table["availability-zone"] = [](const Volume& one) { return Values{one.zone}; };
  table["availability-zone-id"] = [](const Volume& one) { return Values{one.zone_id}; };
  table["status"] = [](const Volume& one) { return Values{one.state}; };
  table["volume-type"] = [](const Volume& one) { return Values{one.type}; };
  table["size"] = [](const Volume& one) { return Values{std::to_string(one.size_gib)}; };
  table["encrypted"] = [](const Volume& one) { return truth(one.encrypted); };
  table["snapshot-id"] = [](const Volume& one) { return Values{one.snapshot_id}; };
  table["multi-attach-enabled"] = [](const Volume& one) { return truth(one.multi_attach); };
  table["fast-restored"] = [](const Volume&) { return truth(false); };
  table["operator.principal"] = [](const Volume&) { return Values{}; };
  table["operator.managed"] = [](const Volume&) { return truth(false); };
  table["create-time"] = [](const Volume& one) { return Values{iso8601(one.created)}; };
  table["attachment.instance-id"] = of_attachments([](const VolumeAttachment& one) { return one.instance_id; });
  table["attachment.device"] = of_attachments([](const VolumeAttachment& one) { return one.device; });
  table["attachment.status"] = of_attachments([](const VolumeAttachment& one) { return one.state; });
  table["attachment.attach-time"] =
      of_attachments([](const VolumeAttachment& one) { return iso8601(one.attach_time); });
  table["attachment.delete-on-termination"] = of_attachments(
      [](const VolumeAttachment& one) { return std::string(one.delete_on_termination ? "true" : "false"); });
  return table;
}

std::optional<Values> volumes_among(const RegionState& state, const std::vector<Filter>& filters) {
  if (auto ids = exact_values(filters, "volume-id")) return ids;
  const auto instances = exact_values(filters, "attachment.instance-id");
  if (!instances) return std::nullopt;
  Values ids;
  for (const std::string& id : *instances)
    if (const Instance* one = state.instances.find(id))
      ids.insert(ids.end(), one->volume_ids.begin(), one->volume_ids.end());
  return ids;
}

}  // namespace

ApiResult<Xml> describe_volumes(Context& context, const Parameters& parameters) {
  parameters.flag("IncludeManagedResources");  // there are none
  settle_volumes(context);
  Description<Volume> how{"VolumeId", id_forms::volume, {}};
  if (parameters.has("Filter")) how.filters = filters();
  how.narrow = [&](const std::vector<Filter>& given) { return volumes_among(context.state, given); };
  auto page = describe<Volume>(context, parameters, context.state.volumes, how);
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("volumeSet", page->items, [&](const Volume* one, Xml& item) { write_volume(item, context.state, *one); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> delete_volume(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("VolumeId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle_volumes(context);
  auto found = find_by_id(context.state.volumes, id_forms::volume, id);
  if (!found) return std::unexpected(found.error());
  if (!(*found)->attachments.empty())
    return refuse("VolumeInUse",
                  fmt::format("Volume {} is currently attached to {}", id, (*found)->attachments.front().instance_id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  bill_volume(context.state, **found, context.now());
  context.state.volumes.erase(id);
  context.state.volume_modifications.erase(id);
  context.state.remove_tags(id);
  erase_volumes_later(context.machines, context.later, {id});
  return done();
}

}  // namespace hotaru::sim::actions
