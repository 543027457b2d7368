#pragma once

#include "catalog/catalog.h"
#include "sim/scenario/script.h"
#include "sim/world.h"

namespace hotaru::sim {

/// Whether the account may use it: a new account has every region but those that must be enabled first, until a
/// scenario says otherwise.
inline bool region_enabled(const World& world, const catalog::Region& region) {
  const Script* script = world.script();
  const auto scripted = script != nullptr ? script->region_enabled(std::string(region.name)) : std::nullopt;
  return scripted.value_or(!region.opt_in);
}

}  // namespace hotaru::sim
