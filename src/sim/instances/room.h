#pragma once

#include "catalog/catalog.h"
#include "sim/action.h"

namespace hotaru::sim {

/// How many instances of a type may be launched or started in a zone: `most`, or as many as the scenario's quotas and
/// capacity leave, but not fewer than `least`: then it is EC2's refusal. `market`: "on-demand" or "spot".
ApiResult<std::int64_t> room_for(const Context& context, const catalog::InstanceType& type, const std::string& zone,
                                 const std::string& market, std::int64_t least, std::int64_t most);

/// How many spot instances of a type could run in a zone of any region, by the scenario's capacity: none where the zone
/// does not offer the type.
std::int64_t spot_room(const Context& context, const std::string& region, const Zone& zone,
                       const catalog::InstanceType& type);

}  // namespace hotaru::sim
