#include "plan/choose.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

#include "base/text.h"
#include "catalog/quotas.h"

namespace hotaru::plan {
namespace {

using catalog::InstanceType;

const TimePoint now = *parse_iso8601("2026-11-22T00:00:00Z");

/// The rule said again, offer by offer and with nothing prepared: what choose() is held against.
bool satisfies(const Wish& wish, const market::Market& market, const catalog::Offering& row, const std::string& zone,
               bool spot) {
  const market::RegionView* region = market::find_region(market, row.region);
  const InstanceType* type = market.catalog.find_type(row.type);
  if (region == nullptr || type == nullptr || !region->enabled) return false;
  if (spot ? !wish.spot : !wish.on_demand) return false;
  if (type->usage_classes.find(spot ? "spot" : "on-demand") == std::string_view::npos) return false;
  if (!wish.type.empty() && !matches_wildcard(wish.type, type->name)) return false;
  if (!wish.gpu.name.empty() && wish.gpu.name != type->gpu_name) return false;
  if (wish.gpu.count != 0 && wish.gpu.count != type->gpu_count) return false;
  if (wish.gpu.memory_gb > 0 && type->gpu_memory_mib * 1.048576e-3 < wish.gpu.memory_gb - 0.1) return false;
  if (wish.any_gpu && !type->has_gpu()) return false;
  if (wish.vcpus > type->vcpus || wish.memory_gib * 1024 > type->memory_mib) return false;
  if (!wish.arch.empty() && wish.arch != type->arch) return false;
  if (wish.efa && !type->efa) return false;
  if (!wish.regions.empty() && std::ranges::find(wish.regions, row.region) == wish.regions.end()) return false;
  if (wish.round_trip && (!region->round_trip || *region->round_trip > *wish.round_trip)) return false;
  const auto on_demand = market.catalog.on_demand_price(row.region, row.type);
  const auto estimate = market.catalog.spot_price(row.region, row.type, zone);
  std::optional<double> price;
  if (spot && estimate) price = estimate->usd_per_hour;
  if (!spot && on_demand) price = on_demand->usd_per_hour;
  if (wish.usd_per_hour && (!price || *price > *wish.usd_per_hour)) return false;
  for (const market::Room& room : region->rooms) {
    const auto* family = catalog::quota_family_of(type->name);
    if (family != nullptr && room.family == family->name && room.spot == spot && type->vcpus > room.limit - room.used)
      return false;
  }
  return std::ranges::none_of(market.refused, [&](const market::Refused& one) {
    return one.region == row.region && one.zone_id == zone && one.type == row.type && one.spot == spot &&
           now - one.at < Duration{600'000};
  });
}

using Key = std::tuple<std::string, std::string, std::string, bool>;

std::set<Key> brute_force(const Wish& wish, const market::Market& market) {
  std::set<Key> found;
  for (const catalog::Offering& row : market.catalog.tables().offerings)
    for (const std::string& zone : split(row.zone_ids, '+'))
      for (const bool spot : {false, true})
        if (satisfies(wish, market, row, zone, spot)) found.emplace(row.region, row.type, zone, spot);
  return found;
}

std::set<Key> keys_of(const std::vector<Offer>& offers) {
  std::set<Key> keys;
  for (const Offer& offer : offers) keys.emplace(offer.region, offer.type->name, offer.zone_id, offer.spot);
  return keys;
}

/// Chance, seeded: every run is the same.
class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}
  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }
  bool one_in(int count) { return below(count) == 0; }
  template <class Range>
  auto& any_of(Range& range) {
    return range[static_cast<std::size_t>(below(static_cast<int>(range.size())))];
  }

 private:
  std::mt19937 engine_;
};

Wish any_wish(Chance& chance) {
  Wish wish;
  const auto names = catalog::gpu_names(catalog::built_in());
  const auto types = catalog::types();
  if (chance.one_in(3)) wish.gpu.name = chance.any_of(names);
  if (chance.one_in(3)) wish.gpu.count = 1 << chance.below(4);
  if (chance.one_in(4)) wish.gpu.memory_gb = 3 + chance.below(80);
  if (chance.one_in(6)) wish.type = std::string(chance.any_of(types).name.substr(0, 2)) + "*";
  if (chance.one_in(4)) wish.vcpus = 1 << chance.below(8);
  if (chance.one_in(4)) wish.memory_gib = 1 << chance.below(10);
  if (chance.one_in(5)) wish.arch = chance.one_in(2) ? "arm64" : "x86_64";
  wish.any_gpu = chance.one_in(4);
  wish.efa = chance.one_in(8);
  wish.spot = chance.one_in(2);
  wish.on_demand = !wish.spot || chance.one_in(2);
  if (chance.one_in(4)) wish.usd_per_hour = 0.1 * (1 + chance.below(100));
  if (chance.one_in(6)) wish.regions = {"us-east-1", "ap-northeast-1"};
  if (chance.one_in(5)) wish.round_trip = Duration{20 * chance.below(12)};
  wish.order = static_cast<Order>(chance.below(4));
  return wish;
}

market::Market any_market(Chance& chance) {
  market::Market market = market::offline(catalog::built_in());
  for (market::RegionView& region : market.regions) {
    region.enabled = !chance.one_in(5);
    if (!chance.one_in(3)) region.round_trip = Duration{chance.below(250)};
    for (const char* family : {"g", "p", "standard"})
      for (const bool spot : {false, true})
        if (chance.one_in(2))
          region.rooms.push_back({family, spot, 1.0 * (chance.below(5) * 48), 1.0 * chance.below(48)});
  }
  for (int count = chance.below(40); count > 0; --count) {
    const auto offerings = market.catalog.tables().offerings;
    const catalog::Offering& row = chance.any_of(offerings);
    market.refused.push_back({std::string(row.region), split(row.zone_ids, '+')[0], std::string(row.type),
                              chance.one_in(2), "InsufficientInstanceCapacity",
                              now - Duration{60'000 * chance.below(20)}});
  }
  return market;
}

TEST(Choose, FindsWhatLookingAtEachOfferFinds) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    Chance chance(seed);
    const market::Market market = any_market(chance);
    const Wish wish = any_wish(chance);
    const Choice choice = choose(wish, market, now);
    EXPECT_EQ(keys_of(choice.offers), brute_force(wish, market)) << "seed " << seed;
    for (const Offer& offer : choice.refused) EXPECT_NE(offer.obstacles, 0U);
  }
}

TEST(Choose, RanksByTheFigureAskedForAndPutsUnknownOnesLast) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Chance chance(seed);
    const market::Market market = any_market(chance);
    for (const Order order : {Order::price, Order::price_per_gpu, Order::price_per_gb, Order::latency}) {
      Wish wish;
      wish.spot = true;
      wish.order = order;
      const auto offers = choose(wish, market, now).offers;
      const bool sorted = std::ranges::is_sorted(offers, [&](const Offer& one, const Offer& other) {
        return figure(one, order).value_or(1e300) < figure(other, order).value_or(1e300);
      });
      EXPECT_TRUE(sorted) << "seed " << seed;
    }
  }
}

TEST(Choose, TheSameMarketGivesTheSameOrder) {
  Chance chance(7);
  const market::Market market = any_market(chance);
  const Choice one = choose({}, market, now);
  const Choice other = choose({}, market, now);
  ASSERT_EQ(one.offers.size(), other.offers.size());
  for (std::size_t index = 0; index < one.offers.size(); ++index)
    EXPECT_EQ(one.offers[index].zone_id, other.offers[index].zone_id);
}

Wish wish_for(std::string_view gpu) {
  Wish wish;
  wish.gpu = *catalog::parse_gpu_wish(catalog::built_in(), gpu);
  return wish;
}

TEST(Choose, TellsTheWishThatExcludesMostAndTheNearestOffer) {
  Wish wish = wish_for("T4:1");
  wish.usd_per_hour = 0.1;
  const auto market = market::offline(catalog::built_in());
  const Choice choice = choose(wish, market, now);
  ASSERT_TRUE(choice.offers.empty());
  const Explanation why = explain(choice, wish.order);
  EXPECT_EQ(why.hardest, Obstacle::price);
  ASSERT_TRUE(why.nearest);
  EXPECT_EQ(why.nearest->type->name, "g4dn.xlarge");
  const Error error = nothing_satisfies(choice, wish, market);
  EXPECT_NE(error.message.find("at most $0.1 an hour"), std::string::npos) << error.message;
  EXPECT_NE(error.hint.find("g4dn.xlarge"), std::string::npos) << error.hint;
}

TEST(Choose, AQuotaOfNothingIsToldWithItsNumbersAndWhereThereIsRoom) {
  auto market = market::offline(catalog::built_in());
  for (market::RegionView& region : market.regions)
    region.rooms = {{"g", false, region.name == "ap-northeast-1" ? 8.0 : 0.0, 0}};
  Wish wish = wish_for("T4:1");
  EXPECT_EQ(choose(wish, market, now).offers.front().region, "ap-northeast-1");
  wish.regions = {"us-east-1"};
  const Choice choice = choose(wish, market, now);
  ASSERT_TRUE(choice.offers.empty());
  const Error error = nothing_satisfies(choice, wish, market);
  EXPECT_EQ(error.kind, ErrorClass::quota);
  EXPECT_NE(error.message.find("is 0 vCPUs"), std::string::npos) << error.message;
  EXPECT_NE(error.hint.find("hotaru quota request g4dn.xlarge --region us-east-1"), std::string::npos) << error.hint;
  EXPECT_NE(error.hint.find("There is room in ap-northeast-1"), std::string::npos) << error.hint;
}

TEST(Choose, OfSpotOffersWithTheSamePriceTheBetterPlacementScoreComesFirst) {
  auto market = market::offline(catalog::built_in());
  Wish wish = wish_for("T4:1");
  wish.regions = {"us-east-1"};
  wish.spot = true;
  wish.on_demand = false;
  const auto before = choose(wish, market, now).offers;
  const Offer& other =
      *std::ranges::find_if(before, [&](const Offer& one) { return one.zone_id != before[0].zone_id; });
  ASSERT_EQ(other.usd_per_hour, before[0].usd_per_hour);
  const auto region = std::ranges::find(market.regions, "us-east-1", &market::RegionView::name);
  region->scores = {{std::string(other.zone_id), 9}, {std::string(before[0].zone_id), 3}};
  const auto after = choose(wish, market, now).offers;
  EXPECT_EQ(after[0].zone_id, other.zone_id);
  EXPECT_EQ(after[0].score, 9);
  EXPECT_EQ(keys_of(after), keys_of(before));
  wish.spot = false;
  wish.on_demand = true;
  EXPECT_EQ(choose(wish, market, now).offers[0].score, 0);
}

TEST(Choose, ARefusalCountsForTenMinutes) {
  auto market = market::offline(catalog::built_in());
  Wish wish = wish_for("T4:1");
  wish.regions = {"us-east-1"};
  const Offer best = choose(wish, market, now).offers.front();
  market.refused.push_back({std::string(best.region), std::string(best.zone_id), std::string(best.type->name), false,
                            "InsufficientInstanceCapacity", now});
  EXPECT_NE(choose(wish, market, now + Duration{599'000}).offers.front().zone_id, best.zone_id);
  EXPECT_EQ(choose(wish, market, now + Duration{600'000}).offers.front().zone_id, best.zone_id);
}

}  // namespace
}  // namespace hotaru::plan
