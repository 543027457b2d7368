#pragma once

#include "sim/world.h"

/// What an instance gives back. The world's lock is held.
namespace hotaru::sim {

/// As soon as nothing answers there any more, which is since the instance's state.
void release_public_address(RegionState& state, Instance& instance);
/// What a terminated instance no longer has or shows (EC2 keeps its id, type, image, tags and reasons). The volumes
/// that go with it, whose content is to be erased.
std::vector<std::string> release_all(RegionState& state, Instance& instance);
/// It is no longer known, but to the bill.
void forget(const World& world, RegionState& state, const Instance& instance);

}  // namespace hotaru::sim
