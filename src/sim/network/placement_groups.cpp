#include "sim/network/placement_groups.h"

#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/network/shared.h"

namespace hotaru::sim {

namespace {

constexpr std::int64_t most_partitions = 7;
constexpr std::int64_t usual_partitions = 2;

ApiError unknown_group(const std::string& name) {
  return {400, "InvalidPlacementGroup.Unknown", fmt::format("The placement group '{}' is unknown.", name)};
}

const PlacementGroup* group_named(const RegionState& state, const std::string& name) {
  for (const auto& [id, group] : state.placement_groups.all())
    if (group.name == name) return &group;
  return nullptr;
}

/// "cluster" unless a count of partitions says otherwise, as EC2 infers it.
PlacementGroup read_group(const Parameters& parameters) {
  PlacementGroup group;
  group.name = parameters.required("GroupName");
  const auto partitions = parameters.optional_integer("PartitionCount");
  group.strategy =
      parameters.one_of("Strategy", {"cluster", "spread", "partition"}, partitions ? "partition" : "cluster");
  const std::string level = parameters.one_of("SpreadLevel", {"rack", "host"}, "");
  if (level == "host") parameters.refuse("UnsupportedOperation", "Host level spread needs an Outpost.");
  if (!level.empty() && group.strategy != "spread")
    parameters.refuse("InvalidParameterCombination", "SpreadLevel is only valid with the spread strategy.");
  if (partitions && group.strategy != "partition")
    parameters.refuse("InvalidParameterCombination", "PartitionCount is only valid with the partition strategy.");
  if (partitions && (*partitions < 1 || *partitions > most_partitions))
    parameters.invalid_value("PartitionCount", std::to_string(*partitions), "Expecting a value from 1 to 7.");
  if (group.name.size() > 255)
    parameters.invalid_value("GroupName", group.name, "Expecting up to 255 ASCII characters.");
  if (group.strategy == "spread") group.spread_level = "rack";
  if (group.strategy == "partition") group.partitions = static_cast<int>(partitions.value_or(usual_partitions));
  return group;
}

std::string group_arn(const Context& context, const PlacementGroup& group) {
  return arn(context, "placement-group", group.name);
}

void write(const Context& context, const PlacementGroup& group, Xml& item) {
  item.text("groupName", group.name).text("state", "available").text("strategy", group.strategy);
  if (group.partitions > 0) item.number("partitionCount", group.partitions);
  item.text("groupId", group.id)
      .text("groupArn", group_arn(context, group))
      .text_unless_empty("spreadLevel", group.spread_level);
  write_tags(item, context.state.tags_of(group.id));
}

Description<PlacementGroup> description(const Context& context) {
  const Context* from = &context;
  return {"GroupId",
          id_forms::placement_group,
          {{"group-name", [](const PlacementGroup& one) { return Values{one.name}; }},
           {"group-arn", [from](const PlacementGroup& one) { return Values{group_arn(*from, one)}; }},
           {"spread-level", [](const PlacementGroup& one) { return Values{one.spread_level}; }},
           {"state", [](const PlacementGroup&) { return Values{std::string("available")}; }},
           {"strategy", [](const PlacementGroup& one) { return Values{one.strategy}; }}}};
}

}  // namespace

ApiResult<Placement> find_placement(const RegionState& state, const PlacementRequest& request) {
  if (request.group_name.empty() && request.group_id.empty()) return Placement{};
  const PlacementGroup* group =
      request.group_id.empty() ? group_named(state, request.group_name) : state.placement_groups.find(request.group_id);
  if (!group) return std::unexpected(unknown_group(request.group_id.empty() ? request.group_name : request.group_id));
  if (request.partition && group->strategy != "partition")
    return refuse("InvalidParameterCombination",
                  "The partition number can only be specified for a placement group with the partition strategy.");
  if (request.partition && (*request.partition < 1 || *request.partition > group->partitions))
    return refuse("InvalidParameterValue",
                  fmt::format("The partition number {} is not in the placement group.", *request.partition));
  const int partition = group->strategy == "partition" ? static_cast<int>(request.partition.value_or(1)) : 0;
  return Placement{group->name, partition};
}

std::string placement_group_id(const RegionState& state, const std::string& name) {
  const PlacementGroup* group = group_named(state, name);
  return group ? group->id : "";
}

namespace actions {

ApiResult<Xml> create_placement_group(Context& context, const Parameters& parameters) {
  PlacementGroup group = read_group(parameters);
  const auto tags = read_tag_specifications(parameters, {"placement-group"});
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (group_named(context.state, group.name))
    return refuse("InvalidPlacementGroup.Duplicate",
                  fmt::format("The Placement Group '{}' already exists.", group.name));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  group.id = context.new_id("pg");
  const PlacementGroup& made = context.state.placement_groups.put(std::move(group));
  tag_made(context, tags, "placement-group", made.id);
  Xml inside;
  write(context, made, inside);
  return done().element("placementGroup", inside);
}

ApiResult<Xml> delete_placement_group(Context& context, const Parameters& parameters) {
  const std::string name = parameters.required("GroupName");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  const PlacementGroup* group = group_named(context.state, name);
  if (!group) return std::unexpected(unknown_group(name));
  for (const auto& [id, instance] : context.state.instances.all())
    if (instance.placement_group == name && instance.state != "terminated")
      return refuse("InvalidPlacementGroup.InUse",
                    fmt::format("The placement group '{}' is in use and may not be deleted.", name));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string id = group->id;
  context.state.placement_groups.erase(id);
  context.state.remove_tags(id);
  return done();
}

ApiResult<Xml> describe_placement_groups(Context& context, const Parameters& parameters) {
  const auto names = parameters.list("GroupName");
  auto how = description(context);
  how.wanted = [&](const PlacementGroup& one) {
    return names.empty() || std::ranges::find(names, one.name) != names.end();
  };
  auto page = describe(context, parameters, context.state.placement_groups, how);
  if (!page) return std::unexpected(page.error());
  for (const std::string& name : names)
    if (!group_named(context.state, name)) return std::unexpected(unknown_group(name));
  Xml xml;
  xml.set("placementGroupSet", page->items, [&](const PlacementGroup* one, Xml& item) { write(context, *one, item); });
  return xml;
}

}  // namespace actions

}  // namespace hotaru::sim
