#pragma once

#include "sim/scenario/scenario.h"
#include "sim/scenario/yaml_reader.h"

namespace hotaru::sim {

/// The part of a scenario that is about the account: quotas and requests for more, prices, regions, subscriptions.
void read_account(YamlMap& top, Complaints& complaints, Scenario& scenario);

}  // namespace hotaru::sim
