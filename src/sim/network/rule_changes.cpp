#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/security_group_rules.h"

namespace hotaru::sim::actions {

namespace {

/// What ModifySecurityGroupRules, in words of its own, wants of a rule: protocol, ports, and exactly one other side.
Refusal check_rule(const PermissionText& text) {
  const auto& source = text.sources.front();
  if (text.protocol.empty())
    return ApiError{400, "InvalidParameterValue",
                    "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."};
  const bool ports = text.protocol == "tcp" || text.protocol == "udp" || text.protocol == "6" || text.protocol == "17";
  if (ports && (text.from_port.empty() || text.to_port.empty()))
    return ApiError{400, "InvalidParameterValue",
                    "Invalid value for portRange. Must specify both from and to ports with TCP/UDP."};
  const int sides = int{!source.cidr.empty()} + int{!source.cidr6.empty()} + int{!source.group_id.empty()};
  if (sides == 0)
    return ApiError{400, "MissingParameter",
                    "The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId"};
  if (sides > 1)
    return ApiError{400, "InvalidParameterCombination",
                    "Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified"};
  return std::nullopt;
}

/// One rule as ModifySecurityGroupRules is to make it.
struct RuleChange {
  std::string id;
  PermissionText text;
};

std::vector<RuleChange> read_changes(const Parameters& parameters) {
  std::vector<RuleChange> changes;
  for (const Parameters& one : parameters.structures("SecurityGroupRule")) {
    RuleChange change{one.required("SecurityGroupRuleId"), {}};
    const Parameters rule = one.structure("SecurityGroupRule");
    change.text.protocol = rule.text("IpProtocol");
    change.text.from_port = rule.text("FromPort");
    change.text.to_port = rule.text("ToPort");
    if (!rule.text("PrefixListId").empty())
      rule.refuse("UnsupportedOperation", "The simulator's rules know no prefix lists.");
    change.text.sources.push_back(
        {rule.text("CidrIpv4"), rule.text("CidrIpv6"), rule.text("ReferencedGroupId"), "", rule.text("Description")});
    changes.push_back(std::move(change));
  }
  if (changes.empty()) parameters.required("SecurityGroupRule.1.SecurityGroupRuleId");
  return changes;
}

ApiResult<SecurityGroupRule*> rule_of(SecurityGroup& group, const std::string& id) {
  if (!is_id("sgr", id)) return std::unexpected(malformed_id(id_forms::security_group_rule, id));
  const auto found = std::ranges::find(group.rules, id, &SecurityGroupRule::id);
  if (found == group.rules.end()) return std::unexpected(no_such_id(id_forms::security_group_rule, {id}));
  return &*found;
}

Refusal change_rule(const RegionState& state, SecurityGroup& group, const RuleChange& change) {
  auto rule = rule_of(group, change.id);
  if (!rule) return rule.error();
  if (auto no = check_rule(change.text)) return no;
  auto wanted = resolve_permissions(state, group.vpc_id, (*rule)->egress, {change.text});
  if (!wanted) return wanted.error();
  SecurityGroupRule now = wanted->front();
  now.id = change.id;
  for (const SecurityGroupRule& other : group.rules)
    if (other.id != change.id && same_traffic(other, now))
      return ApiError{400, "InvalidPermission.Duplicate",
                      fmt::format("the specified rule \"{}\" already exists", rule_in_words(now))};
  **rule = std::move(now);
  return std::nullopt;
}

Refusal describe_rule(SecurityGroup& group, bool egress, const std::string& id, const std::string& description) {
  auto rule = rule_of(group, id);
  if (!rule) return rule.error();
  if ((*rule)->egress != egress) return no_such_id(id_forms::security_group_rule, {id});
  (*rule)->description = description;
  return std::nullopt;
}

/// The descriptions of rules that are named by what they allow.
Refusal describe_traffic(SecurityGroup& group, const SecurityGroupRule& wanted) {
  for (SecurityGroupRule& rule : group.rules) {
    if (!same_traffic(rule, wanted)) continue;
    rule.description = wanted.description;
    return std::nullopt;
  }
  return ApiError{400, "InvalidPermission.NotFound", "The specified rule does not exist in this security group."};
}

Refusal describe_all(const RegionState& state, SecurityGroup& group, bool egress,
                     const std::vector<std::pair<std::string, std::string>>& by_id,
                     const std::vector<PermissionText>& permissions) {
  for (const auto& [id, description] : by_id)
    if (auto no = describe_rule(group, egress, id, description)) return no;
  auto wanted = resolve_permissions(state, group.vpc_id, egress, permissions);
  if (!wanted) return wanted.error();
  for (const SecurityGroupRule& one : *wanted)
    if (auto no = describe_traffic(group, one)) return no;
  return std::nullopt;
}

ApiResult<Xml> update_descriptions(Context& context, const Parameters& parameters, bool egress) {
  const std::string wanted_id = parameters.text("GroupId");
  const std::string name = parameters.text("GroupName");
  const auto permissions = read_permissions(parameters);
  std::vector<std::pair<std::string, std::string>> by_id;
  for (const Parameters& one : parameters.structures("SecurityGroupRuleDescription")) {
    const std::string id = one.required("SecurityGroupRuleId");
    by_id.emplace_back(id, one.text("Description"));
  }
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (permissions.empty() && by_id.empty())
    return refuse("MissingParameter",
                  "The request must contain the parameter ipPermissions or securityGroupRuleDescriptions");
  auto found = find_group(context.state, wanted_id, name);
  if (!found) return std::unexpected(found.error());
  SecurityGroup group = **found;
  if (auto no = describe_all(context.state, group, egress, by_id, permissions)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.security_groups.put(std::move(group));
  return done();
}

}  // namespace

ApiResult<Xml> modify_security_group_rules(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("GroupId");
  const auto changes = read_changes(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.security_groups, id_forms::security_group, id);
  if (!found) return std::unexpected(found.error());
  SecurityGroup group = **found;
  for (const RuleChange& change : changes)
    if (auto no = change_rule(context.state, group, change)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string vpc_id = context.state.security_groups.put(std::move(group)).vpc_id;
  refresh_firewalls_later(context, vpc_id);
  return done();
}

ApiResult<Xml> update_security_group_rule_descriptions_ingress(Context& context, const Parameters& parameters) {
  return update_descriptions(context, parameters, false);
}

ApiResult<Xml> update_security_group_rule_descriptions_egress(Context& context, const Parameters& parameters) {
  return update_descriptions(context, parameters, true);
}

// References from other VPCs need a peering connection; there are none.
ApiResult<Xml> describe_security_group_references(Context& context, const Parameters& parameters) {
  const auto ids = parameters.list("GroupId");
  if (ids.empty()) parameters.required("GroupId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  for (const std::string& id : ids)
    if (auto found = find_by_id(context.state.security_groups, id_forms::security_group, id); !found)
      return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  return Xml{}.element("securityGroupReferenceSet", Xml{});
}

// A rule becomes stale when the peering connection that it needs goes; there are none.
ApiResult<Xml> describe_stale_security_groups(Context& context, const Parameters& parameters) {
  const std::string vpc_id = parameters.required("VpcId");
  read_page(parameters, 5, 255);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.vpcs, id_forms::vpc, vpc_id);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  return Xml{}.element("staleSecurityGroupSet", Xml{});
}

}  // namespace hotaru::sim::actions
