#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "catalog/catalog.h"
#include "sim/actions/actions.h"
#include "sim/describe.h"
#include "sim/instances/room.h"
#include "sim/regions.h"

namespace hotaru::sim::actions {

namespace {

struct Score {
  std::string region;
  std::string zone_id;  ///< "" of a whole region
  int score = 1;
  /// The best first.
  std::string key() const { return fmt::format("{:02}/{}/{}", 10 - score, region, zone_id); }
};

struct ScoreQuery {
  std::vector<std::string> types;
  std::vector<std::string> regions;
  std::int64_t capacity = 0;
  std::string unit;
  bool by_zone = false;
  PageRequest page;
};

ScoreQuery read_query(const Context& context, const Parameters& parameters) {
  ScoreQuery query;
  query.types = parameters.list("InstanceType");
  query.regions = parameters.list("RegionName");
  parameters.required("TargetCapacity");
  query.capacity = parameters.integer("TargetCapacity", 1);
  query.unit = parameters.one_of("TargetCapacityUnitType", {"vcpu", "memory-mib", "units"}, "units");
  query.by_zone = parameters.flag("SingleAvailabilityZone");
  query.page = read_page(parameters, 10, 1000);
  if (parameters.has("InstanceRequirementsWithMetadata"))
    parameters.refuse("UnsupportedOperation", "The simulator scores instance types, not requirements of instances.");
  if (query.types.empty())
    parameters.refuse("MissingParameter", "The request must contain the parameter InstanceTypes");
  if (query.capacity < 1 || query.capacity > 2'000'000'000)
    parameters.invalid_value("TargetCapacity", std::to_string(query.capacity),
                             "Expecting a value from 1 to 2000000000.");
  if (query.regions.empty())
    for (const catalog::Region& region : catalog::regions())
      if (region_enabled(context.world, region)) query.regions.emplace_back(region.name);
  in_order(query.types);
  in_order(query.regions);
  return query;
}

Refusal check(const Context& context, const ScoreQuery& query) {
  for (const std::string& type : query.types)
    if (!catalog::find_type(type))
      return ApiError{400, "InvalidParameterValue", fmt::format("Invalid instance type: [{}]", type)};
  for (const std::string& name : query.regions) {
    const auto region = std::ranges::find(catalog::regions(), name, &catalog::Region::name);
    if (region == catalog::regions().end() || !region_enabled(context.world, *region))
      return ApiError{400, "InvalidParameterValue", fmt::format("Invalid region name: '{}'", name)};
  }
  return std::nullopt;
}

/// How many instances of the type make up the capacity.
std::int64_t instances_for(const ScoreQuery& query, const catalog::InstanceType& type) {
  const std::int64_t each = query.unit == "vcpu" ? type.vcpus : query.unit == "memory-mib" ? type.memory_mib : 1;
  return (query.capacity + each - 1) / std::max<std::int64_t>(1, each);
}

/// What a type is good for, by how often the advisor saw it interrupted.
int score_of(const std::string& region, const catalog::InstanceType& type) {
  const auto advice = catalog::spot_advice(region, type.name);
  if (!advice) return 3;
  if (advice->interruption == "<5%") return 9;
  if (advice->interruption == "5-10%") return 7;
  if (advice->interruption == "10-15%") return 5;
  return advice->interruption == "15-20%" ? 4 : 3;
}

/// 1 where nothing is to be had. EC2's scores for fewer than three types are low always (EC2 User Guide, "Spot
/// placement score").
int score_in(const Context& context, const ScoreQuery& query, const std::string& region,
             const std::vector<Zone>& zones) {
  int best = 1;
  for (const std::string& name : query.types) {
    const catalog::InstanceType* type = catalog::find_type(name);
    if (type->usage_classes.find("spot") == std::string_view::npos) continue;
    const std::int64_t wanted = instances_for(query, *type);
    std::int64_t room = 0;
    for (const Zone& zone : zones) room += std::min(wanted, spot_room(context, region, zone, *type));
    if (room < wanted) continue;
    int score = score_of(region, *type);
    for (std::int64_t many = wanted; many > 10; many /= 10) --score;
    best = std::max(best, score);
  }
  return query.types.size() < 3 ? std::min(best, 3) : best;
}

std::vector<Score> scores_of(const Context& context, const ScoreQuery& query) {
  std::vector<Score> scores;
  for (const std::string& region : query.regions) {
    if (!query.by_zone) scores.push_back({region, "", score_in(context, query, region, zones_of(region))});
    if (!query.by_zone) continue;
    for (const Zone& zone : zones_of(region))
      scores.push_back({region, zone.id, score_in(context, query, region, {zone})});
  }
  std::ranges::sort(scores, {}, &Score::key);
  return scores;
}

}  // namespace

ApiResult<Xml> get_spot_placement_scores(Context& context, const Parameters& parameters) {
  const ScoreQuery query = read_query(context, parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (auto no = check(context, query)) return std::unexpected(*no);
  const auto scores = scores_of(context, query);
  std::vector<const Score*> items;
  for (const Score& one : scores) items.push_back(&one);
  const auto page = cut_page(query.page, std::move(items), [](const Score& one) { return one.key(); });
  Xml xml;
  xml.set("spotPlacementScoreSet", page.items, [](const Score* one, Xml& item) {
    item.text("region", one->region).text_unless_empty("availabilityZoneId", one->zone_id).number("score", one->score);
  });
  page.write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
