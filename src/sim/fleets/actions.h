#pragma once

#include "sim/action.h"

/// Launch templates, and the fleets that are made of them. Each is documented by the EC2 API Reference under its own
/// name.
namespace hotaru::sim::actions {

// launch_templates.cpp
ApiResult<Xml> create_launch_template(Context&, const Parameters&);
ApiResult<Xml> create_launch_template_version(Context&, const Parameters&);
ApiResult<Xml> describe_launch_templates(Context&, const Parameters&);
ApiResult<Xml> describe_launch_template_versions(Context&, const Parameters&);
ApiResult<Xml> delete_launch_template(Context&, const Parameters&);

// create_fleet.cpp
ApiResult<Xml> create_fleet(Context&, const Parameters&);

// fleets.cpp
ApiResult<Xml> describe_fleets(Context&, const Parameters&);
ApiResult<Xml> delete_fleets(Context&, const Parameters&);

}  // namespace hotaru::sim::actions
