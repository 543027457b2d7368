#pragma once

#include "sim/action.h"

namespace hotaru::sim::launching {

/// The request of a spot instance, as DescribeSpotInstanceRequests tells it.
void write_spot_request(Xml& item, const RegionState& state, const Instance& instance);

}  // namespace hotaru::sim::launching
