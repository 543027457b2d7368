#pragma once

#include <string>
#include <vector>

#include "sim/instances/launch_plan.h"

namespace hotaru::sim {

/// Makes the instances of a plan with all that belongs to them, as many as quota, capacity and addresses allow, but not
/// fewer than the request's least: then none, and EC2's refusal. Nothing starts before `start_launched`; until then
/// `abandon` takes them back.
ApiResult<std::vector<const Instance*>> launch(Context& context, const LaunchRequest& request, LaunchPlan plan);

/// Later: starts what was launched, and tells the groups' other members.
void start_launched(Context& context, const std::vector<std::string>& ids);

}  // namespace hotaru::sim
