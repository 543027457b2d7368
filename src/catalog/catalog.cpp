#include "catalog/catalog.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"

namespace hotaru::catalog {

namespace {

struct Offering {
  std::string_view region;
  std::string_view type;
  std::string_view zone_ids;  ///< joined by '+'
};

struct PriceRow {
  std::string_view region;
  std::string_view type;
  double usd_per_hour;
  std::string_view as_of;
};

#include "catalog_tables.inc"

// Which regions an account must enable first: those that opened after March 2019 (AWS Regions documentation).
constexpr Region region_table[] = {
    {"af-south-1", true},      {"ap-east-1", true},      {"ap-northeast-1", false}, {"ap-northeast-2", false},
    {"ap-northeast-3", false}, {"ap-south-1", false},    {"ap-south-2", true},      {"ap-southeast-1", false},
    {"ap-southeast-2", false}, {"ap-southeast-3", true}, {"ap-southeast-4", true},  {"ap-southeast-5", true},
    {"ca-central-1", false},   {"ca-west-1", true},      {"eu-central-1", false},   {"eu-central-2", true},
    {"eu-north-1", false},     {"eu-south-1", true},     {"eu-south-2", true},      {"eu-west-1", false},
    {"eu-west-2", false},      {"eu-west-3", false},     {"il-central-1", true},    {"me-central-1", true},
    {"me-south-1", true},      {"sa-east-1", false},     {"us-east-1", false},      {"us-east-2", false},
    {"us-west-1", false},      {"us-west-2", false},
};

constexpr RetiredType retired_table[] = {
    {"cg1.*", "Tesla M2050", "g4dn.xlarge"}, {"g2.*", "GRID K520", "g4dn.xlarge"}, {"p2.*", "K80", "g4dn.xlarge"},
    {"g3s.*", "M60", "g4dn.xlarge"},         {"g3.*", "M60", "g4dn.xlarge"},       {"p3.*", "V100", "g5.xlarge"},
    {"p3dn.*", "V100", "p4d.24xlarge"},
};

template <class Row>
const Row* find_row(std::span<const Row> table, std::string_view region, std::string_view type) {
  const auto key = [](const Row& row) { return std::tie(row.region, row.type); };
  const auto found = std::ranges::lower_bound(table, std::tie(region, type), {}, key);
  return found != table.end() && found->region == region && found->type == type ? &*found : nullptr;
}

}  // namespace

std::span<const InstanceType> types() { return type_table; }
std::span<const Region> regions() { return region_table; }
std::span<const RetiredType> retired_types() { return retired_table; }

const InstanceType* find_type(std::string_view name) {
  const auto found = std::ranges::lower_bound(type_table, name, {}, &InstanceType::name);
  return found != std::end(type_table) && found->name == name ? &*found : nullptr;
}

bool is_region(std::string_view name) {
  return std::ranges::any_of(region_table, [&](const Region& region) { return region.name == name; });
}

std::vector<std::string> zone_ids(std::string_view region) {
  std::set<std::string> ids;
  for (const Offering& offering : offering_table) {
    if (offering.region != region) continue;
    for (std::string& id : split(offering.zone_ids, '+')) ids.insert(std::move(id));
  }
  return {ids.begin(), ids.end()};
}

std::vector<std::string> zones_offering(std::string_view region, std::string_view type) {
  const Offering* row = find_row(std::span<const Offering>(offering_table), region, type);
  return row != nullptr ? split(row->zone_ids, '+') : std::vector<std::string>();
}

std::optional<Price> on_demand_price(std::string_view region, std::string_view type) {
  const PriceRow* row = find_row(std::span<const PriceRow>(price_table), region, type);
  if (row == nullptr) return std::nullopt;
  return Price{row->usd_per_hour, row->as_of};
}

std::vector<const InstanceType*> types_with_gpu(std::string_view gpu, int count, std::string_view region) {
  std::vector<std::pair<double, const InstanceType*>> found;
  const std::string wanted = to_lower(gpu);
  for (const InstanceType& type : type_table) {
    if (to_lower(type.gpu_name) != wanted || type.gpu_count != count) continue;
    const auto price = on_demand_price(region, type.name);
    found.emplace_back(price ? price->usd_per_hour : 1e9, &type);
  }
  std::ranges::sort(found, {},
                    [](const auto& candidate) { return std::pair(candidate.first, candidate.second->name); });
  std::vector<const InstanceType*> result;
  for (const auto& [price, type] : found) result.push_back(type);
  return result;
}

std::vector<std::string> gpu_names() {
  std::set<std::string> names;
  for (const InstanceType& type : type_table) {
    if (type.has_gpu()) names.emplace(type.gpu_name);
  }
  return {names.begin(), names.end()};
}

}  // namespace hotaru::catalog
