#pragma once

#include <vector>

#include "sim/fleets/fleet_request.h"
#include "sim/instances/launch_plan.h"

namespace hotaru::sim {

/// One place to launch from: an offer in one zone, as a launch request.
struct FleetPool {
  FleetOffer offer;
  TemplateSource source;
  LaunchRequest request;  ///< on demand, of one instance
  double priority = 0;
  std::optional<double> max_price;
};

/// All pools of a fleet in the order of its offers; one that names neither subnet nor zone has one in each zone that
/// offers its type. Launch templates that do not exist, or hold what a fleet cannot take, refuse the call.
ApiResult<std::vector<FleetPool>> fleet_pools(const Context& context, const FleetRequest& request);

/// In the order in which the strategy takes them.
std::vector<FleetPool> in_strategy_order(const Context& context, std::vector<FleetPool> pools,
                                         const std::string& strategy, bool spot);

}  // namespace hotaru::sim
