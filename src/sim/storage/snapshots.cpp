#include "sim/storage/snapshots.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "sim/bill/usage.h"
#include "sim/describe.h"
#include "sim/storage/actions.h"
#include "sim/storage/storage.h"

namespace hotaru::sim {

void write_snapshot(Xml& xml, const RegionState& state, const Snapshot& snapshot, std::string_view state_element) {
  const bool completed = snapshot.state == "completed";
  xml.text("snapshotId", snapshot.id)
      .text("volumeId", snapshot.volume_id)
      .text(state_element, snapshot.state)
      .text_unless_empty("statusMessage", snapshot.state_message)
      .time("startTime", snapshot.started)
      .text("progress", completed ? "100%" : "")
      .text("ownerId", snapshot.owner_id)
      .text_unless_empty("ownerAlias", snapshot.owner_alias)
      .number("volumeSize", snapshot.size_gib)
      .text("description", snapshot.description)
      .flag("encrypted", snapshot.encrypted)
      .text_unless_empty("kmsKeyId", snapshot.kms_key_id)
      .text("storageTier", "standard");
  if (completed) xml.number("fullSnapshotSizeInBytes", snapshot.bytes);
  if (snapshot.completed) xml.time("completionTime", *snapshot.completed);
  write_tags_if_any(xml, state.tags_of(snapshot.id));
}

}  // namespace hotaru::sim

namespace hotaru::sim::actions {

namespace {

const FilterTable<Snapshot>& filters() {
  static const FilterTable<Snapshot> table = {
      {"description", [](const Snapshot& one) { return Values{one.description}; }},
      {"encrypted", [](const Snapshot& one) { return truth(one.encrypted); }},
      {"owner-alias", [](const Snapshot& one) { return Values{one.owner_alias}; }},
      {"owner-id", [](const Snapshot& one) { return Values{one.owner_id}; }},
      {"progress", [](const Snapshot& one) { return Values{std::string(one.state == "completed" ? "100%" : "")}; }},
      {"snapshot-id", [](const Snapshot& one) { return Values{one.id}; }},
      {"start-time", [](const Snapshot& one) { return Values{iso8601(one.started)}; }},
      {"status", [](const Snapshot& one) { return Values{one.state}; }},
      {"storage-tier", [](const Snapshot&) { return Values{std::string("standard")}; }},
      {"transfer-type", [](const Snapshot&) { return Values{}; }},
      {"volume-id", [](const Snapshot& one) { return Values{one.volume_id}; }},
      {"volume-size", [](const Snapshot& one) { return Values{std::to_string(one.size_gib)}; }},
  };
  return table;
}

struct Request {
  std::vector<std::string> ids;
  std::vector<std::string> owners;
  std::vector<std::string> restorable_by;
  std::vector<Filter> filters;
  PageRequest page;
};

bool owned(const Context& context, const Snapshot& one, const std::vector<std::string>& owners) {
  return owners.empty() || std::ranges::any_of(owners, [&](const std::string& owner) {
           if (owner == "self") return one.owner_id == context.account_id;
           return owner == one.owner_id || (!one.owner_alias.empty() && owner == one.owner_alias);
         });
}

bool restorable(const Context& context, const Snapshot& one, const std::vector<std::string>& by) {
  return by.empty() || std::ranges::any_of(by, [&](const std::string& user) {
           if (user == "all") return one.is_public;
           const std::string account = user == "self" ? context.account_id : user;
           return one.owner_id == account || std::ranges::find(one.users, account) != one.users.end();
         });
}

bool wanted(const Context& context, const Request& request, const Snapshot& one) {
  if (!request.ids.empty() && std::ranges::find(request.ids, one.id) == request.ids.end()) return false;
  return owned(context, one, request.owners) && restorable(context, one, request.restorable_by) &&
         passes(request.filters, filters(), one, context.state.tags_of(one.id));
}

/// Those that are named must exist; the built-in images' are told only if they are asked for by id.
ApiResult<std::vector<Snapshot>> find_all(const Context& context, const Request& request) {
  std::vector<Snapshot> found;
  std::vector<std::string> missing;
  for (const std::string& id : request.ids) {
    if (!is_id("snap", id)) return std::unexpected(malformed_id(id_forms::snapshot, id));
    std::optional<Snapshot> made_up;
    const Snapshot* one = find_snapshot(context.state, id, made_up);
    if (one == nullptr) missing.push_back(id);
    if (made_up && wanted(context, request, *made_up)) found.push_back(*made_up);
  }
  if (!missing.empty()) return std::unexpected(no_such_id(id_forms::snapshot, missing));
  for (const auto& [id, one] : context.state.snapshots.all())
    if (wanted(context, request, one)) found.push_back(one);
  std::ranges::sort(found, {}, &Snapshot::id);
  return found;
}

const Image* image_with(const RegionState& state, const std::string& snapshot_id) {
  for (const auto& [id, image] : state.images.all()) {
    const bool uses = std::ranges::find(image.devices, snapshot_id, &ImageDevice::snapshot_id) != image.devices.end();
    if (uses && image.state != "deregistered") return &image;
  }
  return nullptr;
}

}  // namespace

ApiResult<Xml> describe_snapshots(Context& context, const Parameters& parameters) {
  const Request request{parameters.list("SnapshotId"), parameters.list("Owner"), parameters.list("RestorableBy"),
                        read_filters(parameters, names_of(filters())), read_page(parameters, 5, 1000)};
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (request.page.max_results && !request.ids.empty())
    return refuse("InvalidParameterCombination",
                  "The parameter snapshotIds cannot be used with the parameter maxResults");
  const auto all = find_all(context, request);
  if (!all) return std::unexpected(all.error());
  std::vector<const Snapshot*> found;
  for (const Snapshot& one : *all) found.push_back(&one);
  const auto page = cut_page(request.page, std::move(found), [](const Snapshot& one) { return one.id; });
  Xml xml;
  xml.set("snapshotSet", page.items,
          [&](const Snapshot* one, Xml& item) { write_snapshot(item, context.state, *one); });
  page.write_token(xml);
  return xml;
}

ApiResult<Xml> delete_snapshot(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("SnapshotId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.snapshots, id_forms::snapshot, id);
  if (!found) return std::unexpected(found.error());
  if (const Image* image = image_with(context.state, id))
    return refuse("InvalidSnapshot.InUse", fmt::format("The snapshot {} is currently in use by {}", id, image->id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  bill_snapshot(context.state, **found, context.now());
  context.state.snapshots.erase(id);
  context.state.remove_tags(id);
  erase_snapshot_later(context, id);
  return done();
}

}  // namespace hotaru::sim::actions
