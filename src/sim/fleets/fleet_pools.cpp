#include "sim/fleets/fleet_pools.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "sim/instances/room.h"
#include "sim/prices.h"
#include "sim/services/parameters.h"

namespace hotaru::sim {

namespace {

/// The zone that the offer's overrides put it in, by name; "" if they do not say.
std::string zone_of(const Context& context, const FleetOffer& offer) {
  const auto& overrides = offer.overrides;
  if (const auto zone = overrides.find("AvailabilityZone"); zone != overrides.end()) return zone->second;
  const auto id = overrides.find("AvailabilityZoneId");
  if (id == overrides.end()) return "";
  for (const Zone& zone : zones_of(context.region))
    if (zone.id == id->second) return zone.name;
  return id->second;
}

/// The template's parameters with the overrides in their places.
LaunchForm form_of(const Context& context, const TemplateSource& source, const FleetOffer& offer,
                   const FleetRequest& request) {
  LaunchForm form = source.data;
  const auto& overrides = offer.overrides;
  const bool has_interface = Parameters(form).has("NetworkInterface");
  for (const char* name : {"InstanceType", "ImageId"})
    if (const auto value = overrides.find(name); value != overrides.end()) form[name] = value->second;
  if (const auto subnet = overrides.find("SubnetId"); subnet != overrides.end())
    form[has_interface ? "NetworkInterface.1.SubnetId" : "SubnetId"] = subnet->second;
  if (const std::string zone = zone_of(context, offer); !zone.empty()) form["Placement.AvailabilityZone"] = zone;
  LaunchForm tags;
  int number = 0;
  for (const char* type : {"instance", "volume"}) {
    const auto found = request.tags.find(type);
    if (found == request.tags.end() || found->second.empty()) continue;
    const std::string prefix = fmt::format("TagSpecification.{}.", ++number);
    tags[prefix + "ResourceType"] = type;
    int count = 0;
    for (const auto& [key, value] : found->second) {
      tags[fmt::format("{}Tag.{}.Key", prefix, ++count)] = key;
      tags[fmt::format("{}Tag.{}.Value", prefix, count)] = value;
    }
  }
  return merged(form, tags);
}

ApiResult<FleetPool> pool_of(const Context& context, const TemplateSource& source, FleetOffer offer,
                             const OfferRequest& asked, const FleetRequest& request) {
  const Parameters parameters(form_of(context, source, offer, request));
  FleetPool pool{std::move(offer), source, read_launch_data(parameters), asked.priority, asked.max_price};
  parameters.required("ImageId");
  parameters.required("InstanceType");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto resolved = services::resolve_image(context, pool.request.image_id);
  if (!resolved) return std::unexpected(resolved.error());
  pool.request.image_id = *std::move(resolved);
  if (pool.request.spot)
    return refuse("InvalidFleetConfig",
                  "The launch template of a fleet must not have InstanceMarketOptions: the fleet says how it buys.");
  return pool;
}

/// Zones for an offer that leaves the zone to EC2.
std::vector<std::string> zones_for(const Context& context, const std::string& type) {
  const auto offering = catalog::zones_offering(context.region, type);
  std::vector<std::string> zones;
  for (const Zone& zone : zones_of(context.region))
    if (std::ranges::find(offering, zone.id) != offering.end()) zones.push_back(zone.name);
  return zones;
}

/// The pools of one offer.
Refusal add_pools(const Context& context, const OfferRequest& asked, const FleetRequest& request,
                  std::vector<FleetPool>& pools) {
  const auto source = find_template(context, asked.specification);
  if (!source) return source.error();
  FleetOffer offer{source->id, source->name, std::to_string(source->version), asked.overrides};
  auto pool = pool_of(context, *source, offer, asked, request);
  if (!pool) return pool.error();
  const bool placed = !pool->request.network.subnet_id.empty() || !pool->request.zone.empty();
  const auto zones = placed ? std::vector<std::string>{} : zones_for(context, pool->request.instance_type);
  if (zones.empty()) pools.push_back(*std::move(pool));
  for (const std::string& zone : zones) {
    offer.overrides["AvailabilityZone"] = zone;
    auto one = pool_of(context, *source, offer, asked, request);
    if (!one) return one.error();
    pools.push_back(*std::move(one));
  }
  return std::nullopt;
}

/// Where a pool launches; its zone is "" if nothing there exists.
Zone place_of(const Context& context, const FleetPool& pool) {
  std::string name = pool.request.zone;
  if (const Subnet* subnet = context.state.subnets.find(pool.request.network.subnet_id)) name = subnet->zone;
  for (const Zone& zone : zones_of(context.region))
    if (zone.name == name) return zone;
  return {name, ""};
}

double price_of(const Context& context, const FleetPool& pool, bool spot) {
  const catalog::InstanceType* type = catalog::find_type(pool.request.instance_type);
  if (type == nullptr) return std::numeric_limits<double>::max();
  const auto price = spot ? spot_price(context.world, context.region, place_of(context, pool), *type)
                          : on_demand_price(context.world, context.region, type->name);
  return price.value_or(std::numeric_limits<double>::max());
}

double room_of(const Context& context, const FleetPool& pool) {
  const catalog::InstanceType* type = catalog::find_type(pool.request.instance_type);
  if (type == nullptr) return 0;
  return static_cast<double>(spot_room(context, context.region, place_of(context, pool), *type));
}

}  // namespace

ApiResult<std::vector<FleetPool>> fleet_pools(const Context& context, const FleetRequest& request) {
  std::vector<FleetPool> pools;
  for (const OfferRequest& one : request.offers)
    if (auto no = add_pools(context, one, request, pools)) return std::unexpected(*no);
  return pools;
}

std::vector<FleetPool> in_strategy_order(const Context& context, std::vector<FleetPool> pools,
                                         const std::string& strategy, bool spot) {
  std::multimap<double, FleetPool> ordered;  // those that are alike stay in their order
  for (FleetPool& pool : pools) {
    double rank = 0;
    if (strategy == "prioritized" || strategy == "capacity-optimized-prioritized") {
      rank = pool.priority;
    } else if (strategy == "capacity-optimized") {
      rank = -room_of(context, pool);
    } else if (strategy != "diversified") {
      rank = price_of(context, pool, spot);
    }
    ordered.emplace(rank, std::move(pool));
  }
  pools.clear();
  for (auto& [rank, pool] : ordered) pools.push_back(std::move(pool));
  return pools;
}

}  // namespace hotaru::sim
