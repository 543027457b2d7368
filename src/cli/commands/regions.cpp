#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <thread>
#include <tuple>

#include "aws/endpoints.h"
#include "aws/regions.h"
#include "base/text.h"
#include "catalog/gpus.h"
#include "cli/command.h"
#include "cli/offers.h"
#include "cli/round_trip.h"
#include "cli/talk.h"
#include "cli/watched.h"
#include "lifecycle/find.h"
#include "market/survey.h"

namespace hotaru::cli {
namespace {

struct RegionsOptions {
  bool fresh = false;
};

void declare_options(Options& options, RegionsOptions& values) {
  options.flag("--fresh", values.fresh, "measure again (round trips are kept for a day)");
}

struct RegionRow {
  std::string name;
  bool enabled = false;
  std::optional<Duration> round_trip = {};
  std::size_t zones = 0;
  std::set<std::string> gpus = {};
};

/// All that are not remembered, at once.
void measure(lifecycle::Context& cloud, const std::string& way, std::vector<RegionRow>& rows, bool fresh) {
  std::vector<std::jthread> threads;
  for (RegionRow& row : rows) {
    if (!row.enabled) continue;
    if (!fresh) row.round_trip = market::remembered_round_trip(cloud.known, way, row.name);
    if (!row.round_trip)
      threads.emplace_back([&cloud, &row] {
        row.round_trip = round_trip(cloud.transport, cloud.clock, aws::ping_url(cloud.client.settings(), row.name));
      });
  }
  threads.clear();  // joins them
  for (const RegionRow& row : rows)
    if (row.round_trip) market::remember_round_trip(cloud.known, way, row.name, *row.round_trip);
}

std::vector<RegionRow> rows_of(const catalog::Catalog& catalog, const std::vector<std::string>& enabled) {
  std::vector<RegionRow> rows;
  std::set<std::string_view> zones;
  for (const catalog::Offering& offering : catalog.tables().offerings) {
    if (rows.empty() || rows.back().name != offering.region) {
      zones.clear();
      rows.push_back({.name = std::string(offering.region),
                      .enabled = std::ranges::find(enabled, offering.region) != enabled.end()});
    }
    for (std::string_view rest = offering.zone_ids; !rest.empty();) {
      const auto end = std::min(rest.find('+'), rest.size());
      zones.insert(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    rows.back().zones = zones.size();
    const catalog::InstanceType* type = catalog.find_type(offering.type);
    if (type != nullptr && type->has_gpu()) rows.back().gpus.emplace(type->gpu_name);
  }
  return rows;
}

std::string gpus_text(const RegionRow& row) {
  return row.gpus.empty() ? "-" : join({row.gpus.begin(), row.gpus.end()}, ", ");
}

void show(Context& context, const std::vector<RegionRow>& rows) {
  if (context.json()) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const RegionRow& row : rows)
      list.push_back({{"region", row.name},
                      {"place", catalog::place_of(row.name)},
                      {"enabled", row.enabled},
                      {"round_trip_ms", row.round_trip ? nlohmann::ordered_json(row.round_trip->count()) : nullptr},
                      {"zones", row.zones},
                      {"gpus", row.gpus}});
    context.out() << nlohmann::ordered_json{{"regions", list}}.dump(2) << "\n";
    return;
  }
  std::vector<std::vector<std::string>> cells{{"REGION", "PLACE", "ROUND TRIP", "ZONES", "GPUS"}};
  for (const RegionRow& row : rows) {
    const std::string time = row.round_trip ? fmt::format("{} ms", row.round_trip->count()) : "no answer";
    cells.push_back({row.name, std::string(catalog::place_of(row.name)), row.enabled ? time : "not enabled",
                     std::to_string(row.zones), gpus_text(row)});
  }
  context.out() << table(cells);
}

Result<int> run_command(const RegionsOptions& values, Context& context) {
  auto catalog = context.catalog();
  if (!catalog) return pass(catalog);
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto enabled = lifecycle::remembered_regions(**cloud, values.fresh);
  if (!enabled) return pass(enabled);
  auto rows = rows_of(**catalog, *enabled);
  if (const auto& wanted = context.globals().regions; !wanted.empty())
    std::erase_if(rows, [&](const RegionRow& row) { return std::ranges::find(wanted, row.name) == wanted.end(); });
  watched(context, **cloud, "", [&] {
    (*cloud)->progress(
        {"measure", fmt::format("Measuring the way to {} regions", std::ranges::count_if(rows, &RegionRow::enabled))});
    measure(**cloud, way_of(context), rows, values.fresh);
    return 0;
  });
  std::ranges::sort(rows, {}, [](const RegionRow& row) {
    return std::tuple(!row.enabled, row.round_trip.value_or(Duration::max()), std::string_view(row.name));
  });
  show(context, rows);
  if (context.on_sim()) context.err() << "All of it is simulated.\n";
  return 0;
}

constexpr Example examples[] = {
    {"hotaru regions", "the nearest first; what `--max-latency` and `--sort latency` go by"},
    {"hotaru regions --fresh -o json", "measured now, for programs"},
};

}  // namespace

extern const Command regions_command{
    .name = "regions",
    .summary = "List regions: how far, which GPUs, enabled or not",
    .arguments = "",
    .about =
        "Measures the round trip to every enabled region's EC2 endpoint, all at once: the quickest of three over a\n"
        "connection that is open. Kept for a day.",
    .examples = examples,
    .make = bound<RegionsOptions>,
};

}  // namespace hotaru::cli
