#include "sim/network/acls.h"

#include <algorithm>
#include <set>

#include "sim/network/lookups.h"

namespace hotaru::sim {

namespace {

constexpr const char* everywhere = "0.0.0.0/0";

NetworkAclEntry entry(int number, bool egress, const char* action) {
  NetworkAclEntry one;
  one.number = number;
  one.egress = egress;
  one.action = action;
  one.cidr = everywhere;
  return one;
}

/// Those that are with an ACL of somebody's making.
std::set<std::string> taken_subnets(const RegionState& state) {
  std::set<std::string> taken;
  for (const auto& [id, acl] : state.network_acls.all()) {
    if (acl.is_default) continue;
    for (const NetworkAclAssociation& one : acl.associations) taken.insert(one.subnet_id);
  }
  return taken;
}

NetworkAcl default_acl(const RegionState& state, const Vpc& vpc, const std::set<std::string>& taken) {
  NetworkAcl acl;
  if (const NetworkAcl* stored = state.network_acls.find(acl_id(vpc))) {
    acl = *stored;
  } else {
    acl.id = acl_id(vpc);
    acl.vpc_id = vpc.id;
    acl.is_default = true;
    acl.entries = {entry(100, true, "allow"), entry(100, false, "allow")};
    for (NetworkAclEntry& last : last_entries()) acl.entries.push_back(std::move(last));
  }
  for (const auto& [id, subnet] : state.subnets.all()) {
    const bool known =
        std::ranges::find(acl.associations, id, &NetworkAclAssociation::subnet_id) != acl.associations.end();
    if (subnet.vpc_id == vpc.id && !known && !taken.contains(id))
      acl.associations.push_back({"aclassoc-" + id.substr(id.find('-') + 1), id});
  }
  return acl;
}

}  // namespace

std::vector<NetworkAclEntry> last_entries() {
  return {entry(last_acl_entry, true, "deny"), entry(last_acl_entry, false, "deny")};
}

std::vector<NetworkAcl> all_acls(const RegionState& state) {
  const auto taken = taken_subnets(state);
  std::vector<NetworkAcl> all;
  for (const auto& [id, vpc] : state.vpcs.all()) all.push_back(default_acl(state, vpc, taken));
  for (const auto& [id, acl] : state.network_acls.all())
    if (!acl.is_default) all.push_back(acl);
  std::ranges::sort(all, {}, &NetworkAcl::id);
  return all;
}

std::optional<NetworkAcl> find_acl(const RegionState& state, std::string_view id) {
  const NetworkAcl* stored = state.network_acls.find(id);
  if (stored != nullptr && !stored->is_default) return *stored;
  const Vpc* vpc = vpc_of_acl(state, id);
  if (vpc == nullptr) return std::nullopt;
  return default_acl(state, *vpc, taken_subnets(state));
}

void forget_acl_association(RegionState& state, std::string_view subnet_id) {
  std::vector<std::string> ids;
  for (const auto& [id, acl] : state.network_acls.all())
    if (std::ranges::find(acl.associations, subnet_id, &NetworkAclAssociation::subnet_id) != acl.associations.end())
      ids.push_back(id);
  for (const std::string& id : ids)
    state.network_acls.modify(id, [&](NetworkAcl& acl) {
      std::erase_if(acl.associations, [&](const NetworkAclAssociation& one) { return one.subnet_id == subnet_id; });
    });
}

bool has_own_acls(const RegionState& state, std::string_view vpc_id) {
  return std::ranges::any_of(state.network_acls.all(), [&](const auto& entry) {
    return entry.second.vpc_id == vpc_id && !entry.second.is_default;
  });
}

}  // namespace hotaru::sim
