#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "catalog/quotas.h"
#include "plan/choose.h"

namespace hotaru::plan {

namespace {

std::string market_text(bool spot) { return spot ? "spot" : "on demand"; }

std::string what_text(const Offer& offer) {
  const std::string price = offer.usd_per_hour ? fmt::format("${:.3f}/h", *offer.usd_per_hour) : "price not known";
  const std::string gpu = catalog::gpu_text(*offer.type);
  return fmt::format("{}{} in {}, {}, {}", offer.type->name, gpu.empty() ? "" : " (" + gpu + ")", offer.region,
                     market_text(offer.spot), price);
}

std::string quota_text(const Offer& offer, const market::Market& market) {
  const market::RegionView* region = market::find_region(market, offer.region);
  const market::Room* room = region != nullptr ? market::find_room(*region, offer.type->name, offer.spot) : nullptr;
  if (room == nullptr) return fmt::format("The quota in {} is not known.", offer.region);
  return fmt::format("The {} quota of the {} family in {} is {:g} vCPUs, {:g} of them in use; {} needs {}.",
                     offer.spot ? "spot" : "on-demand", room->family, offer.region, room->limit, room->used,
                     offer.type->name, offer.type->vcpus);
}

std::string refused_text(const Offer& offer, const market::Market& market) {
  for (const market::Refused& one : market.refused)
    if (one.region == offer.region && one.zone_id == offer.zone_id && one.type == offer.type->name)
      return fmt::format("{} refused a {} a few minutes ago ({}).", offer.zone_id, offer.type->name, one.code);
  return "It was refused a few minutes ago.";
}

/// "ap-northeast-1 and 2 others": where the account has room for an offer that lacks nothing but the quota elsewhere.
std::string regions_with_room(const Choice& choice, const market::Market& market) {
  std::set<std::string> regions;
  for (const Offer& offer : choice.refused) {
    if (offer.has(Obstacle::quota) || offer.has(Obstacle::gpu_name) || offer.has(Obstacle::type)) continue;
    const market::RegionView* region = market::find_region(market, offer.region);
    const market::Room* room = region != nullptr ? market::find_room(*region, offer.type->name, offer.spot) : nullptr;
    if (room != nullptr && room->free() >= offer.type->vcpus) regions.emplace(offer.region);
  }
  std::string text;
  for (const std::string& region : regions) text += (text.empty() ? "" : ", ") + region;
  return text;
}

std::string quota_hint(const Choice& choice, const Offer& offer, const market::Market& market) {
  std::string hint = fmt::format("Ask for more: hotaru quota request {} --region {}{}.", offer.type->name, offer.region,
                                 offer.spot ? " --spot" : "");
  const std::string regions = regions_with_room(choice, market);
  if (!regions.empty()) hint += fmt::format(" There is room in {}.", regions);
  return hint;
}

}  // namespace

std::string wish_text(Obstacle obstacle, const Wish& wish) {
  using enum Obstacle;
  switch (obstacle) {
    case type:
      return "type " + wish.type;
    case gpu:
      return "having a GPU";
    case gpu_name:
      return "GPU " + wish.gpu.name;
    case gpu_count:
      return fmt::format("exactly {} GPU{}", wish.gpu.count, wish.gpu.count == 1 ? "" : "s");
    case gpu_memory:
      return fmt::format("{:g} GB of memory per GPU", wish.gpu.memory_gb);
    case total_gpu_memory:
      return fmt::format("{:g} GB of GPU memory in all", wish.total_gpu_memory_gb);
    case cuda:
      return fmt::format("CUDA capability {:.1f}", wish.cuda);
    case vcpus:
      return fmt::format("{} vCPUs", wish.vcpus);
    case memory:
      return fmt::format("{:g} GiB of memory", wish.memory_gib);
    case arch:
      return "architecture " + wish.arch;
    case network:
      return fmt::format("{:g} Gbit/s of network", wish.network_gbps);
    case efa:
      return "EFA";
    case region:
      return "region " + join(wish.regions, ", ");
    case zone:
      return "zone " + wish.zone_id;
    case market:
      return wish.spot && !wish.on_demand ? "spot" : "on demand";
    case price:
      return fmt::format("at most ${:g} an hour", wish.usd_per_hour.value_or(0));
    case latency:
      return "a round trip of at most " + human_duration(wish.round_trip.value_or(Duration{0}));
    case disabled:
      return "an enabled region";
    case quota:
      return "the account's quota";
    case refused:
      return "capacity";
  }
  return "";
}

std::string obstacle_text(const Offer& offer, const Wish& wish, const market::Market& market) {
  for (int number = 0; number < obstacle_count; ++number) {
    const auto obstacle = static_cast<Obstacle>(number);
    if (!offer.has(obstacle)) continue;
    switch (obstacle) {
      case Obstacle::quota:
        return quota_text(offer, market);
      case Obstacle::refused:
        return refused_text(offer, market);
      case Obstacle::disabled:
        return fmt::format("{} is not enabled for this account.", offer.region);
      case Obstacle::market:
        return fmt::format("{} is not sold {}.", offer.type->name, market_text(offer.spot));
      default:
        return "It lacks: " + wish_text(obstacle, wish) + ".";
    }
  }
  return "";
}

Error nothing_satisfies(const Choice& choice, const Wish& wish, const market::Market& market) {
  const Explanation why = explain(choice, wish.order);
  Error error{ErrorClass::not_found, "No offer satisfies all of that.",
              "Ask for less: no single wish stands alone in the way."};
  if (!why.hardest) return error;
  if (*why.hardest == Obstacle::quota) {
    error.kind = ErrorClass::quota;
    error.message = quota_text(*why.nearest, market);
    error.hint = quota_hint(choice, *why.nearest, market);
    return error;
  }
  error.message =
      fmt::format("No offer satisfies all of that; what excludes most is: {}.", wish_text(*why.hardest, wish));
  error.hint = fmt::format("The nearest without it: {}.", what_text(*why.nearest));
  return error;
}

}  // namespace hotaru::plan
