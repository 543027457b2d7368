#include "sim/security_group_rules.h"

#include <fmt/format.h>

#include "sim/actions/actions.h"
#include "sim/describe.h"
#include "sim/instances/life.h"

namespace hotaru::sim::actions {

namespace {

constexpr std::int64_t rules_per_direction = 60;  // EC2's default quota, inbound and outbound apart

ApiResult<Xml> authorize(Context& context, const Parameters& parameters, bool egress) {
  const std::string wanted_id = parameters.text("GroupId");
  const std::string name = parameters.text("GroupName");
  const auto permissions = read_permissions(parameters);
  const auto tags = read_tag_specifications(parameters, {"security-group-rule"});
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_group(context.state, wanted_id, name);
  if (!found) return std::unexpected(found.error());
  SecurityGroup group = **found;
  if (permissions.empty()) return refuse("MissingParameter", "The request must contain the parameter ipPermissions");
  auto rules = resolve_permissions(context.state, group.vpc_id, egress, permissions);
  if (!rules) return std::unexpected(rules.error());
  for (SecurityGroupRule& rule : *rules) {
    const auto same = [&](const SecurityGroupRule& other) { return same_traffic(rule, other); };
    if (std::ranges::any_of(group.rules, same)) {
      return refuse("InvalidPermission.Duplicate",
                    fmt::format("the specified rule \"{}\" already exists", rule_in_words(rule)));
    }
    rule.id = context.new_id("sgr");
  }
  group.rules.insert(group.rules.end(), rules->begin(), rules->end());
  if (std::ranges::count(group.rules, egress, &SecurityGroupRule::egress) > rules_per_direction) {
    return refuse("RulesPerSecurityGroupLimitExceeded",
                  "The maximum number of rules per security group has been reached.");
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (tags.contains("security-group-rule")) {
    for (const auto& rule : *rules) context.state.add_tags(rule.id, tags.at("security-group-rule"));
  }
  context.state.security_groups.put(group);
  refresh_firewalls_later(context, group.vpc_id);
  return done().set("securityGroupRuleSet", *rules,
                    [&](const SecurityGroupRule& rule, Xml& item) { write_rule(item, context, group, rule); });
}

/// The rules of the group that are to go: named by id, or by what they allow.
ApiResult<std::vector<SecurityGroupRule>> rules_to_revoke(const RegionState& state, const SecurityGroup& group,
                                                          bool egress, const std::vector<std::string>& ids,
                                                          const std::vector<PermissionText>& permissions) {
  std::vector<SecurityGroupRule> gone;
  for (const std::string& id : ids) {
    if (!is_id("sgr", id)) return std::unexpected(malformed_id(id_forms::security_group_rule, id));
    const auto found = std::ranges::find(group.rules, id, &SecurityGroupRule::id);
    if (found == group.rules.end() || found->egress != egress) {
      return std::unexpected(no_such_id(id_forms::security_group_rule, {id}));
    }
    gone.push_back(*found);
  }
  auto wanted = resolve_permissions(state, group.vpc_id, egress, permissions);
  if (!wanted) return std::unexpected(wanted.error());
  for (const SecurityGroupRule& rule : *wanted) {
    const auto found =
        std::ranges::find_if(group.rules, [&](const SecurityGroupRule& other) { return same_traffic(rule, other); });
    if (found == group.rules.end()) {
      return refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
    }
    gone.push_back(*found);
  }
  return gone;
}

void write_revoked(Xml& item, const SecurityGroup& group, const SecurityGroupRule& rule) {
  item.text("securityGroupRuleId", rule.id)
      .text("groupId", group.id)
      .flag("isEgress", rule.egress)
      .text("ipProtocol", rule.protocol)
      .number("fromPort", rule.from_port)
      .number("toPort", rule.to_port)
      .text_unless_empty("cidrIpv4", rule.cidr)
      .text_unless_empty("cidrIpv6", rule.cidr6)
      .text_unless_empty("referencedGroupId", rule.group_id)
      .text_unless_empty("description", rule.description);
}

ApiResult<Xml> revoke(Context& context, const Parameters& parameters, bool egress) {
  const std::string wanted_id = parameters.text("GroupId");
  const std::string name = parameters.text("GroupName");
  const auto ids = parameters.list("SecurityGroupRuleId");
  const auto permissions = read_permissions(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_group(context.state, wanted_id, name);
  if (!found) return std::unexpected(found.error());
  SecurityGroup group = **found;
  if (permissions.empty() && ids.empty()) {
    return refuse("MissingParameter", "The request must contain the parameter ipPermissions or securityGroupRuleIds");
  }
  const auto gone = rules_to_revoke(context.state, group, egress, ids, permissions);
  if (!gone) return std::unexpected(gone.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  for (const SecurityGroupRule& rule : *gone) {
    std::erase_if(group.rules, [&](const SecurityGroupRule& other) { return other.id == rule.id; });
    context.state.remove_tags(rule.id);
  }
  context.state.security_groups.put(group);
  refresh_firewalls_later(context, group.vpc_id);
  return done().set("revokedSecurityGroupRuleSet", *gone,
                    [&](const SecurityGroupRule& rule, Xml& item) { write_revoked(item, group, rule); });
}

struct RuleRow {
  const SecurityGroup* group;
  const SecurityGroupRule* rule;
};

const FilterTable<RuleRow>& rule_filters() {
  static const FilterTable<RuleRow> table = {
      {"group-id", [](const RuleRow& one) { return Values{one.group->id}; }},
      {"security-group-rule-id", [](const RuleRow& one) { return Values{one.rule->id}; }},
  };
  return table;
}

}  // namespace

ApiResult<Xml> authorize_security_group_ingress(Context& context, const Parameters& parameters) {
  return authorize(context, parameters, false);
}

ApiResult<Xml> authorize_security_group_egress(Context& context, const Parameters& parameters) {
  return authorize(context, parameters, true);
}

ApiResult<Xml> revoke_security_group_ingress(Context& context, const Parameters& parameters) {
  return revoke(context, parameters, false);
}

ApiResult<Xml> revoke_security_group_egress(Context& context, const Parameters& parameters) {
  return revoke(context, parameters, true);
}

ApiResult<Xml> describe_security_group_rules(Context& context, const Parameters& parameters) {
  const auto ids = parameters.list("SecurityGroupRuleId");
  const auto filters = read_filters(parameters, names_of(rule_filters()));
  for (const Filter& filter : filters) {
    if (filter.name != "group-id") continue;
    for (const std::string& id : filter.values)
      if (!is_id("sg", id) && id.find_first_of("*?") == std::string::npos)
        parameters.refuse("InvalidGroupId.Malformed", fmt::format("The security group ID '{}' is malformed", id));
  }
  const auto page_request = read_page(parameters, 5, 1000);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  std::vector<RuleRow> rows;
  std::set<std::string> known;
  for (const auto& [id, group] : context.state.security_groups.all()) {
    for (const SecurityGroupRule& rule : group.rules) {
      known.insert(rule.id);
      if (ids.empty() || std::ranges::find(ids, rule.id) != ids.end()) rows.push_back({&group, &rule});
    }
  }
  for (const std::string& id : ids) {
    if (!is_id("sgr", id)) return std::unexpected(malformed_id(id_forms::security_group_rule, id));
    if (!known.contains(id)) return std::unexpected(no_such_id(id_forms::security_group_rule, {id}));
  }
  std::erase_if(rows, [&](const RuleRow& row) {
    return !passes(filters, rule_filters(), row, context.state.tags_of(row.rule->id));
  });
  std::ranges::sort(rows, {}, [](const RuleRow& row) { return row.rule->id; });
  std::vector<const RuleRow*> items;
  for (const RuleRow& row : rows) items.push_back(&row);
  const auto page = cut_page(page_request, std::move(items), [](const RuleRow& one) { return one.rule->id; });
  Xml xml;
  xml.set("securityGroupRuleSet", page.items,
          [&](const RuleRow* row, Xml& item) { write_rule(item, context, *row->group, *row->rule); });
  page.write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
