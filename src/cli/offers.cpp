#include "cli/offers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/text.h"
#include "cli/talk.h"
#include "market/survey.h"

namespace hotaru::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string price_text(const plan::Offer& offer) {
  if (!offer.usd_per_hour) return "-";
  return fmt::format("{}{:.3f}", offer.estimated ? "~" : "", *offer.usd_per_hour);
}

std::string per_gpu_text(const plan::Offer& offer) {
  const auto figure = plan::figure(offer, plan::Order::price_per_gpu);
  return figure ? fmt::format("{:.3f}", *figure) : "-";
}

std::string region_text(std::string_view region) {
  const std::string_view place = catalog::place_of(region);
  return place.empty() ? std::string(region) : fmt::format("{} {}", region, place);
}

/// The columns that stand there only where something is known of them.
struct Extra {
  bool round_trips = false;
  bool scores = false;
};

std::vector<std::string> cells_of(const OfferRow& row, const Extra& extra) {
  const catalog::InstanceType& type = *row.offer.type;
  const std::string gpu = catalog::gpu_text(type);
  std::vector<std::string> cells{std::string(type.name),        gpu.empty() ? "-" : gpu,
                                 std::to_string(type.vcpus),    fmt::format("{:g}", type.memory_mib / 1024.0),
                                 region_text(row.offer.region), row.offer.spot ? "spot" : "on-demand",
                                 price_text(row.offer),         per_gpu_text(row.offer)};
  if (extra.round_trips)
    cells.push_back(row.offer.round_trip ? fmt::format("{} ms", row.offer.round_trip->count()) : "-");
  if (extra.scores) cells.push_back(row.offer.score > 0 ? fmt::format("{}/10", row.offer.score) : "-");
  return cells;
}

Json gpu_json(const catalog::InstanceType& type) {
  if (!type.has_gpu()) return nullptr;
  const double cuda = catalog::cuda_capability(type.gpu_name);
  return {{"manufacturer", type.gpu_manufacturer},
          {"name", type.gpu_name},
          {"count", catalog::gpus_of(type)},
          {"memory_mib", type.gpu_memory_mib},
          {"cuda_capability", cuda > 0 ? Json(fmt::format("{:.1f}", cuda)) : Json(nullptr)}};
}

Json row_json(const OfferRow& row) {
  const catalog::InstanceType& type = *row.offer.type;
  const plan::Offer& offer = row.offer;
  return {{"type", type.name},
          {"gpu", gpu_json(type)},
          {"vcpus", type.vcpus},
          {"memory_mib", type.memory_mib},
          {"arch", type.arch},
          {"local_nvme_gb", type.local_nvme_gb},
          {"network", type.network},
          {"efa", type.efa},
          {"region", offer.region},
          {"zone_ids", row.zone_ids},
          {"market", offer.spot ? "spot" : "on-demand"},
          {"usd_per_hour", offer.usd_per_hour ? Json(*offer.usd_per_hour) : Json(nullptr)},
          {"price_as_of", offer.usd_per_hour ? Json(offer.price_as_of) : Json(nullptr)},
          {"estimated", offer.estimated},
          {"round_trip_ms", offer.round_trip ? Json(offer.round_trip->count()) : Json(nullptr)}};
}

}  // namespace

std::vector<OfferRow> rows_of(const std::vector<plan::Offer>& offers) {
  std::vector<OfferRow> rows;
  std::map<std::tuple<std::string_view, std::string_view, bool>, std::size_t> known;
  for (const plan::Offer& offer : offers) {
    const auto [place, fresh] = known.try_emplace({offer.type->name, offer.region, offer.spot}, rows.size());
    if (fresh) rows.push_back({offer, {}});
    rows[place->second].zone_ids.push_back(offer.zone_id);
  }
  return rows;
}

std::string offers_table(const std::vector<OfferRow>& rows) {
  const Extra extra{
      .round_trips = std::ranges::any_of(rows, [](const OfferRow& row) { return row.offer.round_trip.has_value(); }),
      .scores = std::ranges::any_of(rows, [](const OfferRow& row) { return row.offer.score > 0; })};
  std::vector<std::vector<std::string>> cells{{"TYPE", "GPU", "VCPU", "GIB", "REGION", "MARKET", "$/H", "$/H PER GPU"}};
  if (extra.round_trips) cells[0].emplace_back("ROUND TRIP");
  if (extra.scores) cells[0].emplace_back("SPOT SCORE");
  for (const OfferRow& row : rows) cells.push_back(cells_of(row, extra));
  return table(cells);
}

std::string offers_json(const std::vector<OfferRow>& rows) {
  Json list = Json::array();
  for (const OfferRow& row : rows) list.push_back(row_json(row));
  return Json{{"offers", list}}.dump(2) + "\n";
}

market::Market offline_market(Context& context, const catalog::Catalog& catalog, const plan::Wish& wish) {
  market::Market market = market::offline(catalog);
  if (!wish.round_trip && wish.order != plan::Order::latency) return market;  // the rest opens no database
  auto known = store::Known::open(context.folders(), context.clock());
  if (!known) return market;
  for (market::RegionView& region : market.regions)
    region.round_trip = market::remembered_round_trip(*known, way_of(context), region.name);
  return market;
}

std::string way_of(const Context& context) { return "way/" + context.cloud_mark(); }

Result<void> check_names(const plan::Wish& wish, const catalog::Catalog& catalog) {
  for (const std::string& region : wish.regions) {
    const bool refreshed = std::ranges::any_of(catalog.tables().offerings,
                                               [&](const auto& offering) { return offering.region == region; });
    if (refreshed || catalog::is_region(region)) continue;
    std::vector<std::string> names;
    for (const catalog::Region& each : catalog::regions()) names.emplace_back(each.name);
    const auto near = nearest(region, names);
    return fail(ErrorClass::invalid, fmt::format("There is no region {}.", region),
                near ? fmt::format("Did you mean {}?", *near) : "");
  }
  if (wish.type.empty()) return {};
  std::vector<std::string> names;
  for (const catalog::InstanceType& type : catalog.types()) {
    if (matches_wildcard(wish.type, type.name)) return {};
    names.emplace_back(type.name);
  }
  if (const catalog::RetiredType* retired = catalog::find_retired(wish.type)) {
    return fail(ErrorClass::not_found,
                fmt::format("EC2 no longer offers {}: it had {} of {} GiB each.", wish.type, retired->gpu,
                            retired->gpu_memory_gib),
                fmt::format("{} takes its place.", retired->successor));
  }
  const auto near = nearest(wish.type, names);
  return fail(ErrorClass::not_found, fmt::format("There is no instance type {}.", wish.type),
              near ? fmt::format("Did you mean {}?", *near) : "");
}

}  // namespace hotaru::cli
