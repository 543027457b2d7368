#pragma once

#include <string>

#include "aws/ec2.h"
#include "aws/xml.h"

/// What a launch is, as RunInstances and launch templates write it.
namespace hotaru::aws {

/// Nothing where the value is "".
void add_if(Parameters& parameters, const std::string& name, const std::string& value);

/// The parameters of RunInstances.
Parameters run_parameters(const RunInstances& request);
/// The same as LaunchTemplateData, without what a fleet says itself: how many, market, zone.
Parameters template_parameters(const RunInstances& request);

}  // namespace hotaru::aws
