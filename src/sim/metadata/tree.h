#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sim/machine.h"

namespace hotaru::sim {

/// All leaves below `/latest/` by path ("meta-data/placement/region"): the categories that EC2 gives to an instance of
/// this kind, and none that it does not (cloud-init warns of listed names that it cannot read).
using MetadataTree = std::map<std::string, std::string>;

/// `now`: the role's credentials are those of this hour.
MetadataTree metadata_tree(const MachineSpec& spec, TimePoint pending_since, TimePoint now);

/// A leaf's value, or a folder's listing (one name per line, folders with a trailing slash, no newline at the end).
/// `path` without leading and trailing slash; "" is the top. nullopt if there is nothing.
std::optional<std::string> metadata_answer(const MetadataTree& tree, std::string_view path);

/// The versions that EC2 offers at "/", one per line, "latest" at the end.
std::string metadata_versions();
bool is_metadata_version(std::string_view version);

}  // namespace hotaru::sim
