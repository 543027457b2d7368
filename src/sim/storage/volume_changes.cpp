#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "sim/bill/usage.h"
#include "sim/describe.h"
#include "sim/storage/actions.h"
#include "sim/storage/storage.h"
#include "sim/storage/volume_rules.h"
#include "sim/trouble.h"

namespace hotaru::sim::actions {

namespace {

// EBS User Guide, "Limitations for EBS volume modifications".
constexpr std::size_t most_changes = 4;
constexpr Duration of_a_day = std::chrono::hours(24);

/// `done`: ModifyVolume tells that it has begun, though it is over.
void write_modification(Xml& xml, const VolumeModification& one, bool done) {
  xml.text("volumeId", one.id)
      .text("modificationState", done ? "completed" : "modifying")
      .number("targetSize", one.size)
      .text("targetVolumeType", one.type)
      .flag("targetMultiAttachEnabled", one.multi_attach)
      .number("originalSize", one.original_size)
      .text("originalVolumeType", one.original_type)
      .flag("originalMultiAttachEnabled", one.original_multi_attach)
      .number("progress", done ? 100 : 0)
      .time("startTime", one.started);
  if (one.iops > 0) xml.number("targetIops", one.iops);
  if (one.throughput > 0) xml.number("targetThroughput", one.throughput);
  if (one.original_iops > 0) xml.number("originalIops", one.original_iops);
  if (one.original_throughput > 0) xml.number("originalThroughput", one.original_throughput);
  if (done && one.ended) xml.time("endTime", *one.ended);
}

/// What the volume is to become. What is not asked for stays as it is, where the type allows that.
ApiResult<Volume> planned(const Volume& volume, const VolumeWish& asked, std::optional<bool> multi_attach) {
  Volume after = volume;
  VolumeWish wish = asked;
  const bool same_type = wish.type.empty() || wish.type == volume.type.view();
  if (wish.type.empty()) wish.type = volume.type;
  const bool says_iops = wish.type == "gp3" || wish.type == "io1" || wish.type == "io2";
  if (!wish.iops && says_iops && (same_type || wish.type.starts_with("io")) && volume.iops > 0)
    wish.iops = std::max(volume.iops, wish.type == "gp3" ? 3'000 : 100);
  if (!wish.throughput && wish.type == "gp3" && same_type) wish.throughput = volume.throughput;
  if (asked.size_gib && *asked.size_gib < volume.size_gib)
    return refuse("InvalidParameterValue", "New size cannot be smaller than existing size");
  if (auto no = plan_volume(wish, volume.size_gib, after)) return std::unexpected(*no);
  if (multi_attach) after.multi_attach = *multi_attach;
  if (after.multi_attach && after.type != "io1" && after.type != "io2")
    return refuse("InvalidParameterCombination",
                  fmt::format("The parameter MultiAttachEnabled is not supported for {} volumes.", after.type));
  return after;
}

Refusal check_rate(const VolumeModification* former, const Volume& volume, TimePoint now) {
  if (volume.state != "available" && volume.state != "in-use")
    return ApiError{400, "IncorrectState", fmt::format("Volume '{}' is in the '{}' state.", volume.id, volume.state)};
  if (former == nullptr) return std::nullopt;
  const auto recent = std::ranges::count_if(former->recent, [&](TimePoint one) { return now - one < of_a_day; });
  if (static_cast<std::size_t>(recent) < most_changes) return std::nullopt;
  return ApiError{400, "VolumeModificationRateExceeded",
                  fmt::format("You've reached the maximum modification rate per volume limit: {} in 24 hours. Wait "
                              "before you modify the volume '{}' again.",
                              most_changes, volume.id)};
}

VolumeModification noted(const VolumeModification* former, const Volume& before, const Volume& after, TimePoint now) {
  VolumeModification one;
  if (former != nullptr) one.recent = former->recent;
  std::erase_if(one.recent, [&](TimePoint time) { return now - time >= of_a_day; });
  one.recent.push_back(now);
  one.id = before.id;
  one.size = after.size_gib;
  one.iops = after.iops;
  one.throughput = after.throughput;
  one.type = after.type;
  one.multi_attach = after.multi_attach;
  one.original_size = before.size_gib;
  one.original_iops = before.iops;
  one.original_throughput = before.throughput;
  one.original_type = before.type;
  one.original_multi_attach = before.multi_attach;
  one.started = now;
  one.ended = now;
  return one;
}

void grow_later(Context& context, const Volume& before, const Volume& after) {
  if (context.machines == nullptr || after.size_gib == before.size_gib) return;
  context.later.push_back([machines = context.machines, id = std::string(after.id), gib = after.size_gib] {
    note_trouble("enlarge " + id, machines->disks().grow_volume(id, gib));
  });
}

FilterTable<VolumeModification> filters() {
  FilterTable<VolumeModification> table;
  const auto number = [](int value) { return Values{std::to_string(value)}; };
  table["modification-state"] = [](const VolumeModification&) { return Values{std::string("completed")}; };
  table["original-iops"] = [=](const VolumeModification& one) { return number(one.original_iops); };
  table["original-size"] = [=](const VolumeModification& one) { return number(one.original_size); };
  table["original-volume-type"] = [](const VolumeModification& one) { return Values{one.original_type}; };
  table["originalMultiAttachEnabled"] = [](const VolumeModification& one) { return truth(one.original_multi_attach); };
  table["start-time"] = [](const VolumeModification& one) { return Values{iso8601(one.started)}; };
  table["target-iops"] = [=](const VolumeModification& one) { return number(one.iops); };
  table["target-size"] = [=](const VolumeModification& one) { return number(one.size); };
  table["target-volume-type"] = [](const VolumeModification& one) { return Values{one.type}; };
  table["targetMultiAttachEnabled"] = [](const VolumeModification& one) { return truth(one.multi_attach); };
  table["volume-id"] = [](const VolumeModification& one) { return Values{one.id}; };
  return table;
}

/// Volumes that exist and were never modified have nothing to tell; EC2 says so.
Refusal check_modified(const RegionState& state, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    auto volume = find_by_id(state.volumes, id_forms::volume, id);
    if (!volume) return volume.error();
    if (!state.volume_modifications.find(id))
      return ApiError{400, "InvalidVolumeModification.NotFound",
                      fmt::format("Modification for volume '{}' does not exist.", id)};
  }
  return std::nullopt;
}

}  // namespace

ApiResult<Xml> modify_volume(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("VolumeId");
  const VolumeWish wish = read_volume_wish(parameters);
  const auto multi_attach = parameters.optional_flag("MultiAttachEnabled");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle_volumes(context);
  auto found = find_by_id(context.state.volumes, id_forms::volume, id);
  if (!found) return std::unexpected(found.error());
  if (!wish.size_gib && wish.type.empty() && !wish.iops && !wish.throughput && !multi_attach)
    return refuse("InvalidParameterCombination", "No volume parameters specified.");
  const Volume before = **found;
  const VolumeModification* former = context.state.volume_modifications.find(id);
  if (auto no = check_rate(former, before, context.now())) return std::unexpected(*no);
  auto after = planned(before, wish, multi_attach);
  if (!after) return std::unexpected(after.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  bill_volume(context.state, before, context.now());
  after->billed_from = context.now();
  const auto& noting = context.state.volume_modifications.put(noted(former, before, *after, context.now()));
  grow_later(context, before, *after);
  context.state.volumes.put(*std::move(after));
  Xml xml;
  return xml.element("volumeModification", [&](Xml& inside) { write_modification(inside, noting, false); });
}

ApiResult<Xml> describe_volumes_modifications(Context& context, const Parameters& parameters) {
  parameters.flag("IncludeManagedResources");  // there are none
  const auto ids = parameters.list("VolumeId");
  const auto filters_given = read_filters(parameters, names_of(filters()), false);
  const auto request = read_page(parameters, 1, 500);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (auto no = check_modified(context.state, ids)) return std::unexpected(*no);
  std::vector<const VolumeModification*> all;
  const auto table = filters();
  for (const auto& [id, one] : context.state.volume_modifications.all())
    if ((ids.empty() || std::ranges::find(ids, id) != ids.end()) && passes(filters_given, table, one, {}))
      all.push_back(&one);
  const auto page = cut_page(request, std::move(all), [](const VolumeModification& one) { return one.id; });
  Xml xml;
  xml.set("volumeModificationSet", page.items,
          [](const VolumeModification* one, Xml& item) { write_modification(item, *one, true); });
  page.write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
