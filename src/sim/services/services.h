#pragma once

#include "sim/action.h"

/// The operations of the services that speak JSON, by file. Each is documented by its service's API Reference under its
/// own name.
namespace hotaru::sim::services {

// systems_manager.cpp
ApiResult<JsonObject> get_parameter(Context&, const JsonInput&);
ApiResult<JsonObject> get_parameters(Context&, const JsonInput&);
ApiResult<JsonObject> get_parameters_by_path(Context&, const JsonInput&);

}  // namespace hotaru::sim::services
