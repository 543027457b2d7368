#include "sim/fleets/fleet_request.h"

#include <fmt/format.h>

#include <limits>

#include "base/text.h"
#include "sim/describe.h"

namespace hotaru::sim {

namespace {

constexpr std::size_t most_offers = 300;         // EC2 User Guide, "EC2 Fleet quotas": of all overrides together
constexpr std::int64_t most_instances = 10'000;  // ibidem: target capacity of a fleet

OfferRequest read_override(const Parameters& specification, const Parameters& parameters) {
  OfferRequest offer{specification, {}, std::numeric_limits<double>::max(), {}};
  for (const char* name : {"InstanceType", "ImageId", "SubnetId", "AvailabilityZone", "AvailabilityZoneId"})
    if (const std::string value = parameters.text(name); !value.empty()) offer.overrides[name] = value;
  for (const char* name : {"InstanceRequirements", "BlockDeviceMapping", "Placement"})
    if (parameters.has(name))
      parameters.refuse("UnsupportedOperation",
                        fmt::format("The simulator's fleets do not take {} in an override.", name));
  if (const auto text = parameters.optional_text("Priority")) {
    const auto priority = parse_number(*text);
    if (!priority || *priority < 0) parameters.invalid_value("Priority", *text, "Expecting a number from 0 on.");
    offer.priority = priority.value_or(0);
    offer.overrides["Priority"] = fmt::format("{:.1f}", offer.priority);
  }
  if (const auto text = parameters.optional_text("WeightedCapacity"))
    if (parse_number(*text).value_or(0) != 1)
      parameters.refuse("UnsupportedOperation", "In the simulator's fleets every instance weighs 1.");
  offer.max_price = read_max_price(parameters);
  if (offer.max_price) offer.overrides["MaxPrice"] = parameters.text("MaxPrice");
  return offer;
}

std::vector<OfferRequest> read_offers(const Parameters& parameters) {
  std::vector<OfferRequest> offers;
  for (const Parameters& config : parameters.structures("LaunchTemplateConfigs")) {
    const Parameters specification = config.structure("LaunchTemplateSpecification");
    for (const char* name : {"LaunchTemplateId", "LaunchTemplateName"}) specification.text(name);
    specification.required("Version");
    const auto overrides = config.structures("Overrides");
    for (const Parameters& one : overrides) offers.push_back(read_override(specification, one));
    if (overrides.empty()) offers.push_back({specification, {}, 0, {}});
  }
  if (offers.empty())
    parameters.refuse("MissingParameter", "The request must contain the parameter LaunchTemplateConfigs");
  if (offers.size() > most_offers)
    parameters.refuse("InvalidParameterValue", "A fleet may have at most 300 launch specifications.");
  return offers;
}

MarketRequest read_market_options(const Parameters& options, const std::vector<std::string>& strategies) {
  MarketRequest market;
  market.strategy = options.one_of("AllocationStrategy", strategies, strategies.front());
  market.single_type = options.flag("SingleInstanceType");
  market.single_zone = options.flag("SingleAvailabilityZone");
  market.least = options.integer("MinTargetCapacity", 0);
  if (market.least < 0 || market.least > most_instances)
    options.invalid_value("MinTargetCapacity", std::to_string(market.least));
  if (market.least > 0 && !market.single_type && !market.single_zone)
    options.refuse("InvalidParameterCombination",
                   "MinTargetCapacity needs SingleAvailabilityZone or SingleInstanceType.");
  for (const char* name : {"MaxTotalPrice", "CapacityReservationOptions"})
    if (options.has(name))
      options.refuse("UnsupportedOperation", fmt::format("The simulator's fleets do not take {}.", name));
  return market;
}

void read_capacity(const Parameters& target, FleetRequest& request) {
  target.required("TotalTargetCapacity");
  const std::int64_t total = target.integer("TotalTargetCapacity", 1);
  request.default_market = target.one_of("DefaultTargetCapacityType", {"on-demand", "spot"}, "on-demand");
  target.one_of("TargetCapacityUnitType", {"units"}, "units");
  request.on_demand = target.integer("OnDemandTargetCapacity", 0);
  request.spot = target.integer("SpotTargetCapacity", 0);
  const bool sane = total >= 1 && total <= most_instances && request.on_demand >= 0 && request.spot >= 0 &&
                    request.on_demand <= total && request.spot <= total - request.on_demand;
  if (!sane)
    target.refuse("InvalidParameterValue",
                  "TotalTargetCapacity must be from 1 to 10000, and hold the capacities of both markets.");
  if (!sane) return;
  const std::int64_t rest = total - request.on_demand - request.spot;
  (request.default_market == "spot" ? request.spot : request.on_demand) += rest;
}

}  // namespace

FleetRequest read_fleet_request(const Parameters& parameters) {
  FleetRequest request;
  request.client_token = read_client_token(parameters);
  request.digest = digest_of(parameters);
  request.offers = read_offers(parameters);
  read_capacity(parameters.structure("TargetCapacitySpecification"), request);
  request.of_on_demand = read_market_options(parameters.structure("OnDemandOptions"), {"lowest-price", "prioritized"});
  const Parameters spot = parameters.structure("SpotOptions");
  request.of_spot = read_market_options(spot, {"lowest-price", "diversified", "capacity-optimized",
                                               "capacity-optimized-prioritized", "price-capacity-optimized"});
  spot.one_of("InstanceInterruptionBehavior", {"terminate"}, "terminate");
  spot.ignore("InstancePoolsToUseCount");
  request.tags = read_tag_specifications(parameters, {"fleet", "instance", "volume"});
  // Of other types of fleets.
  for (const char* name : {"ExcessCapacityTerminationPolicy", "TerminateInstancesWithExpiration", "ValidFrom",
                           "ValidUntil", "ReplaceUnhealthyInstances", "Context"})
    parameters.ignore(name);
  if (parameters.one_of("Type", {"instant", "request", "maintain"}, "maintain") != "instant")
    parameters.refuse("UnsupportedOperation", "The simulator makes fleets of the type instant only.");
  return request;
}

}  // namespace hotaru::sim
