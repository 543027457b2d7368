#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/storage/actions.h"
#include "sim/storage/permissions.h"

namespace hotaru::sim::actions {

namespace {

constexpr auto permission = "createVolumePermission";

std::unexpected<ApiError> unknown_attribute(const std::string& attribute) {
  return refuse("InvalidParameterValue",
                fmt::format("Value ({}) for parameter attribute is invalid. Unknown attribute.", attribute));
}

}  // namespace

ApiResult<Xml> describe_snapshot_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("SnapshotId");
  const std::string attribute = parameters.required("Attribute");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.snapshots, id_forms::snapshot, id);
  if (!found) return std::unexpected(found.error());
  if (attribute != permission && attribute != "productCodes") return unknown_attribute(attribute);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Xml xml;
  xml.text("snapshotId", id);
  if (attribute == "productCodes") return xml.element("productCodes", Xml{});
  write_permissions(xml, permission, (*found)->is_public, (*found)->users);
  return xml;
}

ApiResult<Xml> modify_snapshot_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("SnapshotId");
  const std::string attribute = parameters.text("Attribute");
  const PermissionChange change = read_permissions(parameters, "CreateVolumePermission");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.snapshots, id_forms::snapshot, id);
  if (!found) return std::unexpected(found.error());
  if (!attribute.empty() && attribute != permission) return unknown_attribute(attribute);
  if (change.empty()) return refuse("InvalidParameterCombination", "No attributes specified.");

  if ((*found)->encrypted && !change.add_groups.empty())
    return refuse("InvalidParameterValue", "Encrypted snapshots cannot be shared with all.");
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.snapshots.modify(id, [&](Snapshot& one) { apply(change, one.is_public, one.users); });
  return done();
}

ApiResult<Xml> reset_snapshot_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("SnapshotId");
  const std::string attribute = parameters.required("Attribute");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.snapshots, id_forms::snapshot, id);
  if (!found) return std::unexpected(found.error());
  if (attribute != permission) return unknown_attribute(attribute);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.snapshots.modify(id, [](Snapshot& one) {
    one.is_public = false;
    one.users.clear();
  });
  return done();
}

}  // namespace hotaru::sim::actions
