#include "plan/choose.h"

#include <algorithm>
#include <compare>
#include <limits>

#include "base/text.h"
#include "catalog/quotas.h"

namespace hotaru::plan {

namespace {

constexpr Duration refusal_counts{10 * 60'000};

constexpr std::uint32_t bit(Obstacle obstacle) { return 1U << static_cast<unsigned>(obstacle); }

/// Gathers obstacles.
class Check {
 public:
  void need(bool good, Obstacle obstacle) {
    if (!good) bits_ |= bit(obstacle);
  }
  std::uint32_t bits() const { return bits_; }

 private:
  std::uint32_t bits_ = 0;
};

std::uint32_t check_gpu(const Wish& wish, const catalog::InstanceType& type) {
  Check check;
  const auto& gpu = wish.gpu;
  check.need(type.has_gpu() || (!wish.any_gpu && gpu == catalog::GpuWish{}), Obstacle::gpu);
  check.need(gpu.name.empty() || gpu.name == type.gpu_name, Obstacle::gpu_name);
  check.need(gpu.count == 0 || gpu.count == type.gpu_count, Obstacle::gpu_count);
  check.need(gpu.memory_gb <= 0 || catalog::has_memory(type.gpu_memory_mib, gpu.memory_gb), Obstacle::gpu_memory);
  check.need(wish.total_gpu_memory_gb <= 0 ||
                 catalog::has_memory(catalog::total_gpu_memory_mib(type), wish.total_gpu_memory_gb),
             Obstacle::total_gpu_memory);
  check.need(wish.cuda <= 0 || catalog::cuda_capability(type.gpu_name) >= wish.cuda, Obstacle::cuda);
  return check.bits();
}

std::uint32_t check_type(const Wish& wish, const catalog::InstanceType& type) {
  Check check;
  check.need(wish.type.empty() || matches_wildcard(wish.type, type.name), Obstacle::type);
  check.need(type.vcpus >= wish.vcpus, Obstacle::vcpus);
  check.need(type.memory_mib >= wish.memory_gib * 1024, Obstacle::memory);
  check.need(wish.arch.empty() || wish.arch == type.arch, Obstacle::arch);
  check.need(wish.network_gbps <= 0 || catalog::network_gbps(type.network) >= wish.network_gbps, Obstacle::network);
  check.need(!wish.efa || type.efa, Obstacle::efa);
  return check.bits() | check_gpu(wish, type);
}

std::uint32_t check_region(const Wish& wish, const market::RegionView& region) {
  Check check;
  check.need(wish.regions.empty() || std::ranges::find(wish.regions, region.name) != wish.regions.end(),
             Obstacle::region);
  check.need(region.enabled, Obstacle::disabled);
  check.need(!wish.round_trip || (region.round_trip && *region.round_trip <= *wish.round_trip), Obstacle::latency);
  return check.bits();
}

/// One part of EC2's usage classes ("on-demand+spot").
bool is_sold(const catalog::InstanceType& type, bool spot) {
  return type.usage_classes.find(spot ? "spot" : "on-demand") != std::string_view::npos;
}

class Chooser {
 public:
  Chooser(const Wish& wish, const market::Market& market, TimePoint now, bool with_refused)
      : wish_(wish), market_(market), now_(now), with_refused_(with_refused) {
    for (const catalog::InstanceType& type : market.catalog.types())
      types_.push_back({check_type(wish, type), catalog::quota_family_of(type.name)});
  }

  Choice run() {
    const std::size_t likely = 4 * market_.catalog.tables().offerings.size();  // zones, and two markets
    if (with_refused_) choice_.offers.reserve(wish_.spot ? 2 * likely : likely);
    const market::RegionView* region = nullptr;
    std::uint32_t by_region = 0;
    for (const catalog::Offering& row : market_.catalog.tables().offerings) {
      if (region == nullptr || region->name != row.region) {
        region = market::find_region(market_, row.region);
        if (region == nullptr) continue;
        by_region = check_region(wish_, *region);
        rooms_ = rooms_of(*region);
      }
      const catalog::InstanceType* type = market_.catalog.find_type(row.type);
      if (type == nullptr) continue;
      const auto& checked = types_[static_cast<std::size_t>(type - market_.catalog.types().data())];
      const std::uint32_t obstacles = by_region | checked.obstacles;
      if (obstacles == 0 || with_refused_) consider(row, *region, *type, obstacles, checked.family);
    }
    return std::move(choice_);
  }

 private:
  /// What is the same for a type everywhere.
  struct CheckedType {
    std::uint32_t obstacles;
    const catalog::QuotaFamily* family;
  };

  using Rooms = std::vector<const market::Room*>;  ///< of a region, by family and market

  static std::size_t room_index(const catalog::QuotaFamily* family, bool spot) {
    return 2 * static_cast<std::size_t>(family - catalog::quota_families().data()) + (spot ? 1 : 0);
  }

  /// Looked for once for a region.
  static Rooms rooms_of(const market::RegionView& region) {
    Rooms rooms(2 * catalog::quota_families().size(), nullptr);
    for (const catalog::QuotaFamily& family : catalog::quota_families())
      for (const market::Room& room : region.rooms)
        if (room.family == family.name && rooms[room_index(&family, room.spot)] == nullptr)
          rooms[room_index(&family, room.spot)] = &room;
    return rooms;
  }

  bool has_room(const catalog::QuotaFamily* family, int vcpus, bool spot) const {
    const market::Room* room = family == nullptr ? nullptr : rooms_[room_index(family, spot)];
    return room == nullptr || vcpus <= room->free();  // nullptr: not known
  }

  void consider(const catalog::Offering& row, const market::RegionView& region, const catalog::InstanceType& type,
                std::uint32_t obstacles, const catalog::QuotaFamily* family) {
    const auto price = market_.catalog.on_demand_price(row.region, row.type);
    for (const bool spot : {false, true}) {
      if (!(spot ? wish_.spot : wish_.on_demand)) continue;
      Check check;
      check.need(is_sold(type, spot), Obstacle::market);
      check.need(has_room(family, type.vcpus, spot), Obstacle::quota);
      Offer offer{.type = &type,
                  .region = row.region,
                  .zone_id = {},
                  .spot = spot,
                  .round_trip = region.round_trip,
                  .obstacles = obstacles | check.bits()};
      if (spot)
        set_estimate(offer, price);
      else
        set_price(offer, price);
      for_each_zone(row.zone_ids, [&](std::string_view zone) { consider_zone(offer, zone, region); });
    }
  }

  void consider_zone(Offer offer, std::string_view zone, const market::RegionView& region) {
    offer.zone_id = zone;
    if (offer.spot) {
      set_spot_price(offer, region);
      const auto scored = std::ranges::find(region.scores, zone, &market::PlacementScore::zone_id);
      if (scored != region.scores.end()) offer.score = scored->score;
    }
    Check check;
    check.need(wish_.zone_id.empty() || wish_.zone_id == zone, Obstacle::zone);
    check.need(!wish_.usd_per_hour || (offer.usd_per_hour && *offer.usd_per_hour <= *wish_.usd_per_hour),
               Obstacle::price);
    check.need(!is_refused(offer), Obstacle::refused);
    offer.obstacles |= check.bits();
    if (offer.obstacles == 0)
      choice_.offers.push_back(offer);
    else if (with_refused_)
      choice_.refused.push_back(offer);
  }

  static void set_price(Offer& offer, const std::optional<catalog::Price>& price) {
    if (!price) return;
    offer.usd_per_hour = price->usd_per_hour;
    offer.price_as_of = price->as_of;
  }

  /// By the advisor's savings: the same in all zones of a region.
  void set_estimate(Offer& offer, const std::optional<catalog::Price>& price) const {
    if (!price) return;
    const auto estimate = market_.catalog.estimated_spot_price(offer.region, offer.type->name, *price);
    if (!estimate) return;
    offer.usd_per_hour = estimate->usd_per_hour;
    offer.price_as_of = estimate->as_of;
    offer.estimated = true;
  }

  /// What EC2 has told of the zone is better: just now, or when the catalogue was refreshed.
  void set_spot_price(Offer& offer, const market::RegionView& region) const {
    for (const market::SpotQuote& quote : region.spot) {
      if (quote.type != offer.type->name || quote.zone_id != offer.zone_id) continue;
      offer.usd_per_hour = quote.usd_per_hour;
      offer.price_as_of = quote.as_of;
      offer.estimated = false;
      return;
    }
    if (market_.catalog.tables().spot.empty()) return;
    const auto price = market_.catalog.spot_price(offer.region, offer.type->name, offer.zone_id);
    if (!price) return;
    offer.usd_per_hour = price->usd_per_hour;
    offer.price_as_of = price->as_of;
    offer.estimated = price->estimated;
  }

  bool is_refused(const Offer& offer) const {
    return std::ranges::any_of(market_.refused, [&](const market::Refused& one) {
      return one.region == offer.region && one.zone_id == offer.zone_id && one.type == offer.type->name &&
             one.spot == offer.spot && now_ - one.at < refusal_counts;
    });
  }

  template <class Take>
  static void for_each_zone(std::string_view joined, Take take) {
    while (!joined.empty()) {
      const auto end = std::min(joined.find('+'), joined.size());
      take(joined.substr(0, end));
      joined.remove_prefix(std::min(end + 1, joined.size()));
    }
  }

  const Wish& wish_;
  const market::Market& market_;
  TimePoint now_;
  bool with_refused_;
  Rooms rooms_;
  std::vector<CheckedType> types_;
  Choice choice_;
};

/// What an offer is ranked by, made once: unknown figures come last, and the order of the catalogue settles the rest,
/// so that the same market gives the same order.
struct Rank {
  double figure;
  double price;
  int score;  ///< the other way round: the best is the lowest
  std::size_t place;
  auto operator<=>(const Rank&) const = default;
};

Rank rank_of(const Offer& offer, Order order, std::size_t place) {
  constexpr double last = std::numeric_limits<double>::infinity();
  return {figure(offer, order).value_or(last), offer.usd_per_hour.value_or(last), -offer.score, place};
}

}  // namespace

std::optional<double> figure(const Offer& offer, Order order) {
  if (order == Order::latency) {
    if (!offer.round_trip) return std::nullopt;
    return static_cast<double>(offer.round_trip->count());
  }
  if (!offer.usd_per_hour || order == Order::price) return offer.usd_per_hour;
  const double share = order == Order::price_per_gpu ? catalog::gpus_of(*offer.type)
                                                     : catalog::memory_gb(catalog::total_gpu_memory_mib(*offer.type));
  if (share <= 0) return std::nullopt;
  return *offer.usd_per_hour / share;
}

Choice choose(const Wish& wish, const market::Market& market, TimePoint now, bool with_refused) {
  Choice choice = Chooser(wish, market, now, with_refused).run();
  std::vector<Rank> ranks;
  ranks.reserve(choice.offers.size());
  for (const Offer& offer : choice.offers) ranks.push_back(rank_of(offer, wish.order, ranks.size()));
  std::ranges::sort(ranks);
  std::vector<Offer> ranked;
  ranked.reserve(ranks.size());
  for (const Rank& rank : ranks) ranked.push_back(choice.offers[rank.place]);
  choice.offers = std::move(ranked);
  return choice;
}

Explanation explain(const Choice& choice, Order order) {
  Explanation explanation;
  std::size_t most = 0;
  for (int number = 0; number < obstacle_count; ++number) {
    const auto obstacle = static_cast<Obstacle>(number);
    const auto lacks_this_alone = [&](const Offer& offer) { return offer.obstacles == bit(obstacle); };
    const auto count = static_cast<std::size_t>(std::ranges::count_if(choice.refused, lacks_this_alone));
    if (count <= most) continue;
    most = count;
    explanation.hardest = obstacle;
  }
  if (!explanation.hardest) return explanation;
  std::optional<Rank> best;
  for (std::size_t place = 0; place < choice.refused.size(); ++place) {
    const Offer& offer = choice.refused[place];
    if (offer.obstacles != bit(*explanation.hardest)) continue;
    const Rank rank = rank_of(offer, order, place);
    if (best && *best < rank) continue;
    best = rank;
    explanation.nearest = offer;
  }
  return explanation;
}

}  // namespace hotaru::plan
