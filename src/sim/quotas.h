#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "catalog/quotas.h"
#include "sim/world.h"

/// The account's quotas: how many vCPUs of a family may run in a region.
namespace hotaru::sim {

struct Quota {
  const catalog::QuotaFamily* family = nullptr;  ///< the first of those that share it
  std::string market;                            ///< "on-demand", "spot"
  std::string name;                              ///< "Running On-Demand G and VT instances"
  std::string code;  ///< EC2's own where the catalogue has it, else one that follows from the name
};

/// All there are, each once, by code.
std::span<const Quota> quotas();
const Quota* find_quota(std::string_view code);
/// The one that a type counts in; nullptr if it counts in none.
const Quota* quota_of(std::string_view type, const std::string& market);

/// What a new account has: 5 vCPUs of the standard families, none of the others.
std::int64_t default_limit(const Quota& quota);
/// What holds now: what the scenario says (as good as no limit if it says nothing), or more if more was approved.
std::int64_t limit_of(World& world, RegionState& state, const Quota& quota);
/// Of pending and running instances.
std::int64_t vcpus_in_use(const RegionState& state, const Quota& quota);

/// Decides the open requests of a region whose time has come, as the scenario says.
void settle_quota_changes(World& world, RegionState& state);

}  // namespace hotaru::sim
