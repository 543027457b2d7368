#pragma once

#include <string>
#include <vector>

#include "sim/model.h"

namespace hotaru::sim {

/// The images that are built in, the same in every region but for their ids, which follow from region and name. They
/// bear the names and owners of the real ones, so that tools find them; their descriptions say what they really are.
const std::vector<Image>& images_of(const std::string& region);

/// nullptr if the region has none with that id.
const Image* find_image(const std::string& region, const std::string& id);

}  // namespace hotaru::sim
