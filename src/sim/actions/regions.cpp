#include <fmt/format.h>

#include "catalog/catalog.h"
#include "sim/actions/actions.h"
#include "sim/describe.h"
#include "sim/regions.h"

namespace hotaru::sim::actions {

namespace {

struct RegionRow {
  std::string name;
  std::string opt_in_status;
  std::string endpoint() const { return "ec2." + name + ".amazonaws.com"; }
};

const FilterTable<RegionRow>& region_filters() {
  static const FilterTable<RegionRow> table = {
      {"region-name", [](const RegionRow& one) { return std::vector{one.name}; }},
      {"endpoint", [](const RegionRow& one) { return std::vector{one.endpoint()}; }},
      {"opt-in-status", [](const RegionRow& one) { return std::vector{one.opt_in_status}; }},
  };
  return table;
}

FilterTable<Zone> zone_filters(const std::string& region) {
  return {
      {"zone-name", [](const Zone& one) { return std::vector{one.name}; }},
      {"zone-id", [](const Zone& one) { return std::vector{one.id}; }},
      {"region-name", [region](const Zone&) { return std::vector{region}; }},
      {"group-name", [region](const Zone&) { return std::vector{region + "-zg-1"}; }},
      {"state", [](const Zone&) { return std::vector<std::string>{"available"}; }},
      {"zone-type", [](const Zone&) { return std::vector<std::string>{"availability-zone"}; }},
      {"opt-in-status", [](const Zone&) { return std::vector<std::string>{"opt-in-not-required"}; }},
      {"group-long-name", [](const Zone&) { return std::vector<std::string>{}; }},
      {"message", [](const Zone&) { return std::vector<std::string>{}; }},
      {"parent-zone-id", [](const Zone&) { return std::vector<std::string>{}; }},
      {"parent-zone-name", [](const Zone&) { return std::vector<std::string>{}; }},
  };
}

void write_zone(const std::string& region, const Zone& zone, Xml& item) {
  item.text("zoneName", zone.name)
      .text("zoneId", zone.id)
      .text("zoneState", "available")
      .text("zoneType", "availability-zone")
      .text("optInStatus", "opt-in-not-required")
      .text("groupName", region + "-zg-1")
      .text("networkBorderGroup", region)
      .text("regionName", region)
      .element("messageSet", Xml{});
}

}  // namespace

ApiResult<Xml> describe_regions(Context& context, const Parameters& parameters) {
  const auto names = parameters.list("RegionName");
  const bool all = parameters.flag("AllRegions");
  const auto filters = read_filters(parameters, names_of(region_filters()), /*tagged=*/false);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  for (const std::string& name : names) {
    if (!catalog::is_region(name)) {
      return refuse("InvalidParameterValue", fmt::format("Invalid region name: '{}'", name));
    }
  }
  std::vector<RegionRow> rows;
  for (const catalog::Region& region : catalog::regions()) {
    const bool enabled = region_enabled(context.world, region);
    const RegionRow row{std::string(region.name), !enabled        ? "not-opted-in"
                                                  : region.opt_in ? "opted-in"
                                                                  : "opt-in-not-required"};
    const bool named = std::ranges::find(names, row.name) != names.end();
    if (!names.empty() && !named) continue;
    if (!enabled && !all && !named) continue;
    if (passes(filters, region_filters(), row, {})) rows.push_back(row);
  }
  return Xml{}.set("regionInfo", rows, [](const RegionRow& row, Xml& item) {
    item.text("regionName", row.name).text("regionEndpoint", row.endpoint()).text("optInStatus", row.opt_in_status);
  });
}

ApiResult<Xml> describe_availability_zones(Context& context, const Parameters& parameters) {
  const auto names = parameters.list("ZoneName");
  const auto ids = parameters.list("ZoneId");
  parameters.flag("AllAvailabilityZones");  // every zone is enabled
  const auto table = zone_filters(context.region);
  const auto filters = read_filters(parameters, names_of(table), /*tagged=*/false);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const auto zones = zones_of(context.region);
  for (const std::string& name : names) {
    if (std::ranges::find(zones, name, &Zone::name) == zones.end()) {
      return refuse("InvalidParameterValue", fmt::format("Invalid availability zone: [{}]", name));
    }
  }
  for (const std::string& id : ids) {
    if (std::ranges::find(zones, id, &Zone::id) == zones.end()) {
      return refuse("InvalidParameterValue", fmt::format("Invalid availability zone-id: [{}]", id));
    }
  }
  std::vector<Zone> found;
  for (const Zone& zone : zones) {
    if (!names.empty() && std::ranges::find(names, zone.name) == names.end()) continue;
    if (!ids.empty() && std::ranges::find(ids, zone.id) == ids.end()) continue;
    if (passes(filters, table, zone, {})) found.push_back(zone);
  }
  return Xml{}.set("availabilityZoneInfo", found,
                   [&](const Zone& zone, Xml& item) { write_zone(context.region, zone, item); });
}

}  // namespace hotaru::sim::actions
