#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "market/market.h"
#include "plan/wish.h"

namespace hotaru::plan {

/// Why an offer does not do. An offer may have several.
enum class Obstacle : std::uint8_t {
  type,
  gpu,  ///< has none
  gpu_name,
  gpu_count,
  gpu_memory,
  total_gpu_memory,
  cuda,
  vcpus,
  memory,
  arch,
  network,
  efa,
  region,
  zone,
  market,  ///< not sold on spot (or on demand)
  price,
  latency,
  disabled,  ///< the region, for this account
  quota,
  refused,  ///< minutes ago
};
inline constexpr int obstacle_count = 20;

/// One thing that can be bought. Its views point into the market that it was chosen from.
struct Offer {
  const catalog::InstanceType* type = nullptr;
  std::string_view region;
  std::string_view zone_id;
  bool spot = false;
  std::optional<double> usd_per_hour = {};  ///< nullopt: not known
  std::string_view price_as_of = {};
  int score = 0;           ///< of a spot offer: EC2's placement score of its zone, 1 to 10; 0: not known
  bool estimated = false;  ///< the price is not EC2's own but by the spot advisor's savings
  std::optional<Duration> round_trip = {};
  std::uint32_t obstacles = 0;  ///< bits of Obstacle; 0 for an offer that does

  bool has(Obstacle obstacle) const { return (obstacles >> static_cast<unsigned>(obstacle) & 1U) != 0; }
};

struct Choice {
  std::vector<Offer> offers;   ///< that satisfy the wish, the best first; equal ones in the order of the catalogue
  std::vector<Offer> refused;  ///< all others, in the order of the catalogue
};

/// Pure. Of offers with the same figure and price those whose zone has the better placement score come first. Looks at
/// every type × region × zone × market of the catalogue in the market's regions. `now` decides which
/// refusals are too old to count (ten minutes). Without `with_refused` those that do not do are not told, which saves
/// most of the time.
Choice choose(const Wish& wish, const market::Market& market, TimePoint now, bool with_refused = true);

/// The figure that an offer is ranked by; nullopt if it is not known.
std::optional<double> figure(const Offer& offer, Order order);

/// What stands in the way when nothing satisfies.
struct Explanation {
  std::optional<Obstacle> hardest;  ///< the wish without which most offers would do; nullopt: no single one helps
  std::optional<Offer> nearest;     ///< the best of those offers that lack that alone
};
Explanation explain(const Choice& choice, Order order);

/// A wish in words: "GPU T4", "at most $0.50 an hour".
std::string wish_text(Obstacle obstacle, const Wish& wish);
/// Why an offer does not do, by its first obstacle: "G and VT in us-east-1: 0 of 0 vCPUs are free, 4 are needed".
std::string obstacle_text(const Offer& offer, const Wish& wish, const market::Market& market);
/// That nothing satisfies: which single wish excludes most and what the nearest offer is; for a quota its numbers, the
/// command that asks for more, and the regions that have room.
Error nothing_satisfies(const Choice& choice, const Wish& wish, const market::Market& market);

}  // namespace hotaru::plan
