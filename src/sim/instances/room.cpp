#include "sim/instances/room.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/quotas.h"
#include "sim/scenario/script.h"

namespace hotaru::sim {

namespace {

std::int64_t running(const RegionState& state, const CapacityRule& rule) {
  std::int64_t sum = 0;
  for (const auto& [place, count] : state.instances.index().occupied().all()) {
    const bool counts = matches_wildcard(rule.type, place.type) && matches_wildcard(rule.zone, place.zone) &&
                        matches_wildcard(rule.market, place.market);
    sum += counts ? count : 0;
  }
  return sum;
}

ApiError over_quota(const std::string& market, std::int64_t quota) {
  if (market == "spot") return {400, "MaxSpotInstanceCountExceeded", "Max spot instance count exceeded"};
  return {
      400, "VcpuLimitExceeded",
      fmt::format("You have requested more vCPU capacity than your current vCPU limit of {} allows for the instance "
                  "bucket that the specified instance type belongs to. Please visit "
                  "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
                  quota)};
}

ApiError no_capacity(const std::string& type, const std::string& zone) {
  return {
      500, "InsufficientInstanceCapacity",
      fmt::format("We currently do not have sufficient {} capacity in the Availability Zone you requested ({}). Our "
                  "system will be working on provisioning additional capacity.",
                  type, zone)};
}

}  // namespace

ApiResult<std::int64_t> room_for(const Context& context, const catalog::InstanceType& type, const std::string& zone,
                                 const std::string& market, std::int64_t least, std::int64_t most) {
  Script* script = context.world.script();
  if (script == nullptr || !script->loaded()) return most;
  const Wanted wanted{context.region, zone, market, std::string(type.name)};
  if (const Quota* quota = quota_of(type.name, market); quota != nullptr) {
    const std::int64_t limit = limit_of(context.world, context.state, *quota);
    const std::int64_t free = std::max<std::int64_t>(0, limit - vcpus_in_use(context.state, *quota));
    most = std::min(most, free / std::max(1, type.vcpus));
    if (most < least) return std::unexpected(over_quota(market, limit));
  }
  const auto room = script->room(wanted, [&](const CapacityRule& rule) { return running(context.state, rule); });
  if (!room) return most;
  most = std::min(most, *room);
  if (most < least) return std::unexpected(no_capacity(wanted.type, zone));
  return most;
}

std::int64_t spot_room(const Context& context, const std::string& region, const Zone& zone,
                       const catalog::InstanceType& type) {
  const auto zones = catalog::zones_offering(region, type.name);
  if (std::ranges::find(zones, zone.id) == zones.end()) return 0;
  const Script* script = context.world.script();
  if (script == nullptr) return INT64_MAX;
  // Regions that nobody has used have nothing running; asking does not make them used.
  const auto regions = context.world.regions();
  const auto state = std::ranges::find_if(
      regions, [&](const RegionState* one) { return one->account == context.account_id && one->region == region; });
  const Wanted wanted{region, zone.name, "spot", std::string(type.name)};
  return script
      ->room_left(wanted, [&](const CapacityRule& rule) { return state == regions.end() ? 0 : running(**state, rule); })
      .value_or(INT64_MAX);
}

}  // namespace hotaru::sim
