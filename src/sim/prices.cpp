#include "sim/prices.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sim/scenario/script.h"

namespace hotaru::sim {

namespace {

constexpr std::int64_t day_ms = 86'400'000;
/// Of types of which the advisor says nothing.
constexpr int usual_savings_percent = 60;

/// FNV-1a, and the finalizer of SplitMix64: quick, and the same everywhere.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14'695'981'039'346'656'037ULL;
  for (const char one : text) hash = (hash ^ static_cast<unsigned char>(one)) * 1'099'511'628'211ULL;
  return hash;
}

std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31U);
}

/// From 0 to 1.
double share(std::uint64_t value) { return static_cast<double>(mixed(value) >> 11U) * 0x1.0p-53; }

double rounded(double price) { return std::max(0.0001, std::round(price * 10'000) / 10'000); }

/// What the price moves around; nullopt: there is no spot price.
struct Market {
  double on_demand;
  double middle;
  std::optional<double> scripted;
  std::uint64_t seed;
};

std::optional<Market> market_of(const World& world, const std::string& region, const Zone& zone,
                                const catalog::InstanceType& type) {
  const auto zones = catalog::zones_offering(region, type.name);
  const bool sold = type.usage_classes.find("spot") != std::string_view::npos;
  if (!sold || std::ranges::find(zones, zone.id) == zones.end()) return std::nullopt;
  const Script* script = world.script();
  const std::string name(type.name);
  const auto scripted = script != nullptr ? script->spot_price(region, zone.name, name) : std::nullopt;
  const auto on_demand = on_demand_price(world, region, name);
  if (!on_demand && !scripted) return std::nullopt;
  const auto advice = catalog::spot_advice(region, name);
  const std::uint64_t seed = hash_of(name + "/" + zone.id);
  const double savings = (advice ? advice->savings_percent : usual_savings_percent) / 100.0;
  // Zones differ by up to a tenth.
  const double middle = on_demand.value_or(0) * (1 - savings) * (0.95 + 0.1 * share(seed));
  return Market{on_demand.value_or(0), middle, scripted, seed};
}

/// Those of one day, oldest first: one to four.
std::vector<SpotPoint> points_of(const Market& market, std::int64_t day) {
  const std::uint64_t seed = mixed(market.seed ^ static_cast<std::uint64_t>(day));
  const auto changes = static_cast<std::int64_t>(1 + seed % 4);
  const double level = 0.95 + 0.1 * share(seed);
  std::vector<SpotPoint> points;
  for (std::int64_t i = 0; i < changes; ++i) {
    const std::uint64_t own = seed + static_cast<std::uint64_t>(i) + 1;
    const auto within = static_cast<std::int64_t>(share(own) * static_cast<double>(day_ms / changes));
    const double price = std::min(market.on_demand, market.middle * level * (0.96 + 0.08 * share(~own)));
    const TimePoint since{Duration{day * day_ms + i * (day_ms / changes) + within / 1000 * 1000}};
    points.push_back({since, rounded(market.scripted.value_or(price))});
  }
  return points;
}

}  // namespace

std::optional<double> on_demand_price(const World& world, const std::string& region, std::string_view type) {
  const Script* script = world.script();
  if (script != nullptr)
    if (const auto scripted = script->on_demand_price(region, std::string(type))) return scripted;
  const auto price = catalog::on_demand_price(region, type);
  return price ? std::optional(price->usd_per_hour) : std::nullopt;
}

StorageRate storage_price(const std::string& region, std::string_view kind) {
  constexpr std::string_view example = "m5.large";
  constexpr double otherwise = 1.2;
  const catalog::Catalog& known = catalog::built_in();
  if (const auto* told = known.storage_price(region, kind))
    return {told->usd_per_month, std::string(told->as_of), false};
  const auto* home = known.storage_price("us-east-1", kind);
  const auto here = catalog::on_demand_price(region, example);
  const auto there = catalog::on_demand_price("us-east-1", example);
  const double ratio = here && there ? here->usd_per_hour / there->usd_per_hour : otherwise;
  return {std::round(home->usd_per_month * ratio * 10'000) / 10'000, std::string(home->as_of), true};
}

std::vector<SpotPoint> spot_history(const World& world, const std::string& region, const Zone& zone,
                                    const catalog::InstanceType& type, TimePoint start, TimePoint end) {
  std::vector<SpotPoint> history;
  const auto market = market_of(world, region, zone, type);
  if (!market) return history;
  const auto day_of = [](TimePoint time) { return time.time_since_epoch().count() / day_ms; };
  for (std::int64_t day = day_of(end); day >= day_of(start) - 1; --day) {
    const auto points = points_of(*market, day);
    for (auto point = points.rbegin(); point != points.rend(); ++point) {
      if (point->since > end) continue;
      history.push_back(*point);
      // This one held at the start already.
      if (point->since <= start) return history;
    }
  }
  return history;
}

std::optional<double> spot_price(const World& world, const std::string& region, const Zone& zone,
                                 const catalog::InstanceType& type) {
  const auto history = spot_history(world, region, zone, type, world.now(), world.now());
  return history.empty() ? std::nullopt : std::optional(history.front().usd_per_hour);
}

}  // namespace hotaru::sim
