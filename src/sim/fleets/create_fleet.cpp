#include <fmt/format.h>

#include <algorithm>

#include "sim/fleets/actions.h"
#include "sim/fleets/fleet_pools.h"
#include "sim/fleets/fleet_xml.h"
#include "sim/instances/launch.h"
#include "sim/instances/life.h"

namespace hotaru::sim::actions {

namespace {

std::string new_fleet_id(Random& random) {
  return fmt::format("fleet-{}-{}-{}-{}-{}", random.hex(8), random.hex(4), random.hex(4), random.hex(4),
                     random.hex(12));
}

const Fleet* made_with(const Context& context, const std::string& token) {
  if (token.empty()) return nullptr;
  for (const auto& [id, fleet] : context.state.fleets.all())
    if (fleet.client_token == token) return &fleet;
  return nullptr;
}

Xml answer(const Fleet& fleet) {
  Xml xml;
  xml.text("fleetId", fleet.id);
  write_fleet_outcome(xml, fleet);
  return xml;
}

/// One market's part of a fleet, launched pool by pool. Nothing starts before all of it is there.
class Filling {
 public:
  Filling(Context& context, Fleet& fleet, const MarketRequest& market, bool spot)
      : context_(context), fleet_(fleet), market_(market), spot_(spot) {}

  /// As many of `wanted` as the pools give; none of them if those are too few.
  void fill(const std::vector<FleetPool>& pools, std::int64_t wanted) {
    std::int64_t left = wanted;
    for (std::size_t i = 0; i < pools.size() && left > 0; ++i) {
      const auto after = static_cast<std::int64_t>(pools.size() - i);
      // Diversified: each pool takes its share of what is left.
      const std::int64_t share = market_.strategy == "diversified" ? (left + after - 1) / after : left;
      if (allowed(pools[i])) left -= take(pools[i], share);
    }
    if (wanted > 0 && wanted - left < market_.least) give_back();
    for (FleetLaunch& one : launches_) fleet_.launches.push_back(std::move(one));
  }

 private:
  const char* lifecycle() const { return spot_ ? "spot" : "on-demand"; }

  /// A fleet of one type, or in one zone, goes on as it began.
  bool allowed(const FleetPool& pool) const {
    if (launches_.empty()) return true;
    if (market_.single_type && pool.request.instance_type != launches_.front().instance_type) return false;
    const std::string& id = launches_.front().instance_ids.front();
    const Subnet* subnet = context_.state.subnets.find(pool.request.network.subnet_id);
    const std::string zone = subnet != nullptr ? std::string(subnet->zone) : pool.request.zone;
    return !market_.single_zone || zone == context_.state.instances.find(id)->zone;
  }

  /// How many it launched. A pool that has not enough gives what it has, and says so.
  std::int64_t take(const FleetPool& pool, std::int64_t wanted) {
    std::int64_t taken = 0;
    while (taken < wanted) {
      LaunchRequest request = pool.request;
      request.max_count = wanted - taken;
      request.spot = spot_;
      request.max_price = spot_ ? pool.max_price : std::nullopt;
      request.client_token = fmt::format("{}-{}", fleet_.id, number_++);
      auto plan = plan_launch(context_, request);
      add_template_tags(pool.source, request);
      request.tags["instance"]["aws:ec2:fleet-id"] = fleet_.id;
      auto launched = plan ? launch(context_, request, *std::move(plan)) : std::unexpected(plan.error());
      if (!launched) {
        fleet_.failures.push_back({pool.offer, lifecycle(), launched.error().code, launched.error().message});
        return taken;
      }
      keep(pool, *launched);
      taken += static_cast<std::int64_t>(launched->size());
    }
    return taken;
  }

  void keep(const FleetPool& pool, const std::vector<const Instance*>& launched) {
    FleetLaunch one{pool.offer, lifecycle(), pool.request.instance_type, {}};
    for (const Instance* instance : launched) one.instance_ids.emplace_back(instance->id);
    launches_.push_back(std::move(one));
  }

  void give_back() {
    for (const FleetLaunch& one : launches_)
      for (const std::string& id : one.instance_ids) abandon(context_.world, context_.state, id);
    if (!launches_.empty())
      fleet_.failures.push_back({launches_.front().offer, lifecycle(), "UnfulfillableCapacity",
                                 "There is not enough capacity for the fleet's minimum target capacity."});
    launches_.clear();
  }

  Context& context_;
  Fleet& fleet_;
  const MarketRequest& market_;
  bool spot_;
  int number_ = 0;
  std::vector<FleetLaunch> launches_;
};

Fleet describe_fleet(Context& context, const FleetRequest& request, const std::vector<FleetPool>& pools) {
  Fleet fleet;
  fleet.id = new_fleet_id(context.world.random());
  fleet.created = context.now();
  fleet.client_token = request.client_token;
  fleet.request_digest = request.digest;
  fleet.total = request.on_demand + request.spot;
  fleet.on_demand = request.on_demand;
  fleet.spot = request.spot;
  fleet.default_market = request.default_market;
  fleet.on_demand_strategy = request.of_on_demand.strategy;
  fleet.spot_strategy = request.of_spot.strategy;
  for (const FleetPool& pool : pools) fleet.offers.push_back(pool.offer);
  return fleet;
}

}  // namespace

ApiResult<Xml> create_fleet(Context& context, const Parameters& parameters) {
  const FleetRequest request = read_fleet_request(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!context.machines) return refuse("Unavailable", "This simulator has no machines.", 503);
  settle(context);
  if (const Fleet* before = made_with(context, request.client_token)) {
    if (before->request_digest == request.digest) return answer(*before);
    return refuse("IdempotentParameterMismatch",
                  "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
  }
  const auto pools = fleet_pools(context, request);
  if (!pools) return std::unexpected(pools.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Fleet fleet = describe_fleet(context, request, *pools);
  const auto fill = [&](const MarketRequest& market, std::int64_t wanted, bool spot) {
    if (wanted == 0) return;
    Filling(context, fleet, market, spot).fill(in_strategy_order(context, *pools, market.strategy, spot), wanted);
  };
  fill(request.of_on_demand, request.on_demand, false);
  fill(request.of_spot, request.spot, true);
  std::vector<std::string> ids;
  for (const FleetLaunch& one : fleet.launches) ids.insert(ids.end(), one.instance_ids.begin(), one.instance_ids.end());
  start_launched(context, ids);
  if (const auto tags = request.tags.find("fleet"); tags != request.tags.end())
    context.state.add_tags(fleet.id, tags->second);
  return answer(context.state.fleets.put(std::move(fleet)));
}

}  // namespace hotaru::sim::actions
