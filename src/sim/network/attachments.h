#pragma once

#include <string>

#include "sim/action.h"

namespace hotaru::sim {

/// Makes an interface one of an instance, which the caller puts back into the world; its first one (index 0) it knows
/// already.
void attach(Context& context, const std::string& interface_id, Instance& instance, int device_index,
            const std::string& attachment_id);
/// The interface is of nobody any more. The instance is the caller's.
void detach(RegionState& state, const std::string& interface_id);

}  // namespace hotaru::sim
