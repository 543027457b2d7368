#pragma once

#include <string>
#include <vector>

#include "sim/fleets/template_data.h"

namespace hotaru::sim {

/// One launch template with one override of it, as CreateFleet was given it.
struct OfferRequest {
  Parameters specification;  ///< LaunchTemplateSpecification
  std::map<std::string, std::string> overrides;
  double priority = 0;
  std::optional<double> max_price;
};

struct MarketRequest {
  std::string strategy;
  bool single_type = false;
  bool single_zone = false;
  std::int64_t least = 0;  ///< MinTargetCapacity: below it nothing is launched
};

/// What CreateFleet was asked for; nothing of it is compared with the world yet.
struct FleetRequest {
  std::string client_token;
  std::string digest;
  std::vector<OfferRequest> offers;
  std::int64_t on_demand = 0;  ///< instances, with what the default market adds
  std::int64_t spot = 0;
  std::string default_market;
  MarketRequest of_on_demand;
  MarketRequest of_spot;
  std::map<std::string, std::map<std::string, std::string>> tags;  ///< by resource type
};

/// Errors stay in the parameters: ask `finish()` afterwards.
FleetRequest read_fleet_request(const Parameters& parameters);

}  // namespace hotaru::sim
