#pragma once

#include <string>

#include "sim/action.h"

namespace hotaru::sim {

/// The elastic address that a call names by allocation id or by itself; EC2's refusal where it is none of the
/// account's.
ApiResult<const ElasticAddress*> find_elastic(const Context& context, const std::string& allocation_id,
                                              const std::string& public_ip);

}  // namespace hotaru::sim
