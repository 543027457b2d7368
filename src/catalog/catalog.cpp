#include "catalog/catalog.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <tuple>

#include "base/text.h"

namespace hotaru::catalog {

namespace {

// Rows without a pointer in them: names are places in tables of names. Spread out by `built_in` for those who look at
// whole tables.
struct PackedOffering {
  std::uint8_t region;
  std::uint16_t type;
  std::uint16_t zones;
};
struct PackedPrice {
  std::uint8_t region;
  std::uint16_t type;
  double usd_per_hour;
  std::uint8_t date;
};
struct PackedAdvice {
  std::uint8_t region;
  std::uint16_t type;
  std::int16_t savings_percent;  ///< below nothing where spot is dearer
  std::uint8_t band;
};

#include "catalog_tables.inc"

constexpr std::string_view facts_date = "2026-08";  // of DescribeInstanceTypes and …Offerings
constexpr std::string_view advice_date = "2025-06";
// The oldest of the rows: each has its own date.
constexpr std::string_view prices_date = price_dates[0];

// Which regions an account must enable first: those that opened after March 2019 (AWS Regions documentation).
constexpr Region region_table[] = {
    {"af-south-1", true, "Cape Town"},   {"ap-east-1", true, "Hong Kong"},       {"ap-northeast-1", false, "Tokyo"},
    {"ap-northeast-2", false, "Seoul"},  {"ap-northeast-3", false, "Osaka"},     {"ap-south-1", false, "Mumbai"},
    {"ap-south-2", true, "Hyderabad"},   {"ap-southeast-1", false, "Singapore"}, {"ap-southeast-2", false, "Sydney"},
    {"ap-southeast-3", true, "Jakarta"}, {"ap-southeast-4", true, "Melbourne"},  {"ap-southeast-5", true, "Malaysia"},
    {"ca-central-1", false, "Montreal"}, {"ca-west-1", true, "Calgary"},         {"eu-central-1", false, "Frankfurt"},
    {"eu-central-2", true, "Zurich"},    {"eu-north-1", false, "Stockholm"},     {"eu-south-1", true, "Milan"},
    {"eu-south-2", true, "Spain"},       {"eu-west-1", false, "Ireland"},        {"eu-west-2", false, "London"},
    {"eu-west-3", false, "Paris"},       {"il-central-1", true, "Tel Aviv"},     {"me-central-1", true, "UAE"},
    {"me-south-1", true, "Bahrain"},     {"sa-east-1", false, "Sao Paulo"},      {"us-east-1", false, "N. Virginia"},
    {"us-east-2", false, "Ohio"},        {"us-west-1", false, "N. California"},  {"us-west-2", false, "Oregon"},
};

// Prices: the last ones of us-east-1, Linux, of the smallest type.
constexpr RetiredType retired_table[] = {
    {"cg1.*", "Tesla M2050", 3, 2.100, "g4dn.xlarge"}, {"g2.*", "GRID K520", 4, 0.650, "g4dn.xlarge"},
    {"p2.*", "K80", 12, 0.900, "g4dn.xlarge"},         {"g3s.*", "M60", 8, 0.750, "g4dn.xlarge"},
    {"g3.*", "M60", 8, 1.140, "g4dn.xlarge"},          {"p3.*", "V100", 16, 3.060, "g5.xlarge"},
};

// As of 2025; other regions are not known until a refresh.
constexpr std::string_view storage_date = "2025";
constexpr StoragePrice storage_table[] = {
    {"ap-northeast-1", "gp3", 0.096, storage_date},     {"ap-northeast-1", "iops", 0.006, storage_date},
    {"ap-northeast-1", "snapshot", 0.05, storage_date}, {"ap-northeast-1", "throughput", 0.048, storage_date},
    {"us-east-1", "gp3", 0.08, storage_date},           {"us-east-1", "iops", 0.005, storage_date},
    {"us-east-1", "snapshot", 0.05, storage_date},      {"us-east-1", "throughput", 0.04, storage_date},
};

template <class Row>
const Row* find_row(std::span<const Row> table, std::string_view region, std::string_view type) {
  const auto key = [](const Row& row) { return std::tie(row.region, row.type); };
  const auto found = std::ranges::lower_bound(table, std::tie(region, type), {}, key);
  return found != table.end() && found->region == region && found->type == type ? &*found : nullptr;
}

Offering unpack(const PackedOffering& row) {
  return {region_names[row.region], type_table[row.type].name, zone_sets[row.zones]};
}
PriceRow unpack(const PackedPrice& row) {
  return {region_names[row.region], type_table[row.type].name, row.usd_per_hour, price_dates[row.date]};
}
SpotAdvice unpack(const PackedAdvice& row) {
  return {region_names[row.region], type_table[row.type].name, row.savings_percent, interruption_bands[row.band]};
}

/// Type names stand in the order of the table of types, region names in theirs: places compare as the names do.
template <class Packed>
const Packed* find_packed(std::span<const Packed> table, std::string_view region, std::string_view type) {
  const auto by_region = std::ranges::lower_bound(region_names, region);
  const auto by_type = std::ranges::lower_bound(type_table, type, {}, &InstanceType::name);
  if (by_region == std::end(region_names) || *by_region != region) return nullptr;
  if (by_type == std::end(type_table) || by_type->name != type) return nullptr;
  const std::pair wanted(static_cast<int>(by_region - region_names), static_cast<int>(by_type - type_table));
  const auto key = [](const Packed& row) { return std::pair<int, int>(row.region, row.type); };
  const auto found = std::ranges::lower_bound(table, wanted, {}, key);
  return found != table.end() && key(*found) == wanted ? &*found : nullptr;
}

/// The packed rows as others want them.
struct Unpacked {
  std::vector<Offering> offerings;
  std::vector<PriceRow> prices;
  std::vector<SpotAdvice> advice;
};

Unpacked unpack_all() {
  Unpacked all;
  all.offerings.reserve(std::size(packed_offerings));
  all.prices.reserve(std::size(packed_prices));
  all.advice.reserve(std::size(packed_advice));
  for (const PackedOffering& row : packed_offerings) all.offerings.push_back(unpack(row));
  for (const PackedPrice& row : packed_prices) all.prices.push_back(unpack(row));
  for (const PackedAdvice& row : packed_advice) all.advice.push_back(unpack(row));
  return all;
}

}  // namespace

const InstanceType* Catalog::find_type(std::string_view name) const {
  const auto found = std::ranges::lower_bound(tables_.types, name, {}, &InstanceType::name);
  return found != tables_.types.end() && found->name == name ? &*found : nullptr;
}

std::string_view Catalog::zones_offering(std::string_view region, std::string_view type) const {
  const Offering* row = find_row(tables_.offerings, region, type);
  return row != nullptr ? row->zone_ids : std::string_view();
}

std::optional<Price> Catalog::on_demand_price(std::string_view region, std::string_view type) const {
  const PriceRow* row = find_row(tables_.prices, region, type);
  if (row == nullptr) return std::nullopt;
  return Price{row->usd_per_hour, row->as_of};
}

std::optional<SpotAdvice> Catalog::spot_advice(std::string_view region, std::string_view type) const {
  const SpotAdvice* row = find_row(tables_.advice, region, type);
  if (row == nullptr) return std::nullopt;
  return *row;
}

std::optional<SpotEstimate> Catalog::spot_price(std::string_view region, std::string_view type,
                                                std::string_view zone_id) const {
  const auto key = [](const SpotPrice& row) { return std::tie(row.region, row.type); };
  const SpotPrice* best = nullptr;
  for (const SpotPrice& row : std::ranges::equal_range(tables_.spot, std::tie(region, type), {}, key)) {
    if (!zone_id.empty() && row.zone_id != zone_id) continue;
    if (best == nullptr || row.usd_per_hour < best->usd_per_hour) best = &row;
  }
  if (best != nullptr) return SpotEstimate{best->usd_per_hour, best->as_of, false};
  const auto price = on_demand_price(region, type);
  return price ? estimated_spot_price(region, type, *price) : std::nullopt;
}

const StoragePrice* Catalog::storage_price(std::string_view region, std::string_view kind) const {
  const auto key = [](const StoragePrice& row) { return std::tie(row.region, row.kind); };
  const auto found = std::ranges::lower_bound(tables_.storage, std::tie(region, kind), {}, key);
  return found != tables_.storage.end() && key(*found) == std::tie(region, kind) ? &*found : nullptr;
}

std::optional<SpotEstimate> Catalog::estimated_spot_price(std::string_view region, std::string_view type,
                                                          const Price& on_demand) const {
  const SpotAdvice* advice = find_row(tables_.advice, region, type);
  if (advice == nullptr) return std::nullopt;
  return SpotEstimate{on_demand.usd_per_hour * (100 - advice->savings_percent) / 100, advice_date, true};
}

const Catalog& built_in() {
  static const Unpacked rows = unpack_all();
  static const Catalog catalog({type_table, rows.offerings, rows.prices, rows.advice, {}, storage_table},
                               {{"types", facts_date, "built in"},
                                {"offerings", facts_date, "built in"},
                                {"prices", prices_date, "built in"},
                                {"spot", advice_date, "built in: Spot Instance Advisor"},
                                {"storage", storage_date, "built in"}},
                               nullptr);
  return catalog;
}

std::span<const Region> regions() { return region_table; }
std::span<const RetiredType> retired_types() { return retired_table; }

bool is_region(std::string_view name) { return !place_of(name).empty(); }

std::string_view place_of(std::string_view region) {
  const auto found = std::ranges::find(region_table, region, &Region::name);
  return found != std::end(region_table) ? found->place : std::string_view();
}

const RetiredType* find_retired(std::string_view type) {
  if (find_type(type) != nullptr) return nullptr;
  const auto means = [&](const RetiredType& each) { return matches_wildcard(each.pattern, type); };
  const auto found = std::ranges::find_if(retired_table, means);
  return found != std::end(retired_table) ? &*found : nullptr;
}

std::span<const InstanceType> types() { return type_table; }

const InstanceType* find_type(std::string_view name) {
  const auto found = std::ranges::lower_bound(type_table, name, {}, &InstanceType::name);
  return found != std::end(type_table) && found->name == name ? &*found : nullptr;
}

std::vector<std::string> zone_ids(std::string_view region) {
  std::set<std::string> ids;
  for (const PackedOffering& offering : packed_offerings) {
    if (region_names[offering.region] != region) continue;
    for (std::string& id : split(zone_sets[offering.zones], '+')) ids.insert(std::move(id));
  }
  return {ids.begin(), ids.end()};
}

std::vector<std::string> zones_offering(std::string_view region, std::string_view type) {
  const auto* row = find_packed(std::span<const PackedOffering>(packed_offerings), region, type);
  return row == nullptr ? std::vector<std::string>() : split(zone_sets[row->zones], '+');
}

std::optional<Price> on_demand_price(std::string_view region, std::string_view type) {
  const auto* row = find_packed(std::span<const PackedPrice>(packed_prices), region, type);
  if (row == nullptr) return std::nullopt;
  return Price{row->usd_per_hour, price_dates[row->date]};
}

std::optional<SpotAdvice> spot_advice(std::string_view region, std::string_view type) {
  const auto* row = find_packed(std::span<const PackedAdvice>(packed_advice), region, type);
  if (row == nullptr) return std::nullopt;
  return unpack(*row);
}

}  // namespace hotaru::catalog
