#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/action.h"

namespace hotaru::sim {

/// Placement.… of a launch, as the caller wrote it.
struct PlacementRequest {
  std::string group_name;
  std::string group_id;
  std::optional<std::int64_t> partition;
};

/// Where in a placement group an instance is.
struct Placement {
  std::string group;  ///< its name; "": in none
  int partition = 0;
};

/// InvalidPlacementGroup.Unknown for one that does not exist.
ApiResult<Placement> find_placement(const RegionState& state, const PlacementRequest& request);

/// "" if there is none of that name.
std::string placement_group_id(const RegionState& state, const std::string& name);

}  // namespace hotaru::sim
