#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/api_error.h"
#include "sim/world.h"

/// Network ACLs as they are now: the default one of each VPC, and those that somebody made. They are kept and told;
/// what they say is not done to traffic. The world's lock is held.
namespace hotaru::sim {

/// EC2 shows the rule that ends each list, "*", under this number.
constexpr int last_acl_entry = 32'767;

/// The ACL with all of its associations; nullopt if there is none.
std::optional<NetworkAcl> find_acl(const RegionState& state, std::string_view id);
/// In the order of their ids.
std::vector<NetworkAcl> all_acls(const RegionState& state);

/// The two rules that refuse what no other let through.
std::vector<NetworkAclEntry> last_entries();

/// A subnet, or an association, that goes.
void forget_acl_association(RegionState& state, std::string_view subnet_id);

/// Whether a VPC has ACLs besides its default one.
bool has_own_acls(const RegionState& state, std::string_view vpc_id);

}  // namespace hotaru::sim
