#pragma once

#include "sim/action.h"

/// The actions of the core, by file. Each is documented by the EC2 (or STS) API Reference under its own name.
namespace hotaru::sim::actions {

// regions.cpp
ApiResult<Xml> describe_regions(Context&, const Parameters&);
ApiResult<Xml> describe_availability_zones(Context&, const Parameters&);

// identity.cpp
ApiResult<Xml> get_caller_identity(Context&, const Parameters&);

}  // namespace hotaru::sim::actions
