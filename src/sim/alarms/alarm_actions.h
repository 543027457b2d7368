#pragma once

#include <string>

#include "sim/instances/life.h"

namespace hotaru::sim {

/// "" if the alarm has none of that name.
std::string dimension_of(const Alarm& alarm, const std::string& name);

/// Does what the alarm is to do in its state, at the moment when it came into it; how that went is noted in its
/// history.
void perform_actions(World& world, RegionState& state, Machines* machines, const std::string& name, TimePoint when,
                     Later& later);

}  // namespace hotaru::sim
