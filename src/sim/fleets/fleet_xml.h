#pragma once

#include "sim/action.h"

namespace hotaru::sim {

/// <errorSet> and <fleetInstanceSet>, as CreateFleet and DescribeFleets have them.
void write_fleet_outcome(Xml& xml, const Fleet& fleet);
/// The inside of <launchTemplate>, without a version's data.
void write_launch_template(const Context& context, const LaunchTemplate& one, Xml& item);
/// <launchTemplateSpecification>
void write_offer_template(Xml& xml, const FleetOffer& offer);
/// The inside of <overrides>.
void write_overrides(Xml& xml, const FleetOffer& offer);

}  // namespace hotaru::sim
