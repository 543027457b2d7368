#include "market/market.h"

#include <algorithm>

#include "catalog/quotas.h"

namespace hotaru::market {

Market offline(const catalog::Catalog& catalog) {
  Market market{.catalog = catalog, .regions = {}};
  for (const catalog::Offering& row : catalog.tables().offerings) {
    if (market.regions.empty() || market.regions.back().name != row.region)
      market.regions.push_back({.name = std::string(row.region)});
  }
  return market;
}

const RegionView* find_region(const Market& market, std::string_view name) {
  const auto found = std::ranges::lower_bound(market.regions, name, {}, &RegionView::name);
  return found != market.regions.end() && found->name == name ? &*found : nullptr;
}

const Room* find_room(const RegionView& region, std::string_view type, bool spot) {
  const catalog::QuotaFamily* family = catalog::quota_family_of(type);
  if (family == nullptr) return nullptr;
  const auto is_it = [&](const Room& room) { return room.spot == spot && room.family == family->name; };
  const auto found = std::ranges::find_if(region.rooms, is_it);
  return found != region.rooms.end() ? &*found : nullptr;
}

}  // namespace hotaru::market
