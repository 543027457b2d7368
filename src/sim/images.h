#pragma once

#include <string>
#include <vector>

#include "sim/world.h"

namespace hotaru::sim {

/// The images that are built in, the same in every region but for their ids, which follow from region and name. They
/// bear the names and owners of the real ones, so that tools find them; their descriptions say what they really are.
const std::vector<Image>& images_of(const std::string& region);

/// nullptr if the region has none with that id.
const Image* find_image(const std::string& region, const std::string& id);

/// Those and the account's own, but for what was deregistered; nullptr if there is none.
const Image* find_image(const RegionState& state, const std::string& id);
/// The same, what was deregistered too: instances of it live on.
const Image* find_former_image(const RegionState& state, const std::string& id);

}  // namespace hotaru::sim
