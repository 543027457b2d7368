#include <fmt/format.h>

#include "sim/actions/actions.h"
#include "sim/describe.h"
#include "sim/instances/life.h"
#include "sim/security_group_rules.h"

namespace hotaru::sim::actions {

namespace {

template <class Get>
Values of_rules(const SecurityGroup& group, bool egress, const Get& get) {
  Values values;
  for (const SecurityGroupRule& rule : group.rules) {
    if (rule.egress != egress) continue;
    if (std::string value = get(rule); !value.empty()) values.push_back(std::move(value));
  }
  return values;
}

using Getter = std::function<std::string(const SecurityGroupRule&)>;

std::string port_text(const SecurityGroupRule& rule, int port) {
  return rule.protocol == "-1" ? "" : std::to_string(port);
}

/// ip-permission.… and egress.ip-permission.…
void add_rule_filters(FilterTable<SecurityGroup>& table, const Context& context, const std::string& prefix,
                      bool egress) {
  const Context* from = &context;
  const std::map<std::string, Getter> getters = {
      {"cidr", [](const SecurityGroupRule& rule) { return rule.cidr; }},
      {"from-port", [](const SecurityGroupRule& rule) { return port_text(rule, rule.from_port); }},
      {"group-id", [](const SecurityGroupRule& rule) { return rule.group_id; }},
      {"group-name",
       [from](const SecurityGroupRule& rule) {
         const SecurityGroup* group = from->state.security_groups.find(rule.group_id);
         return group ? group->name : "";
       }},
      {"prefix-list-id", [](const SecurityGroupRule&) { return std::string(); }},
      {"user-id",
       [from](const SecurityGroupRule& rule) { return rule.group_id.empty() ? std::string() : from->account_id; }},
      {"ipv6-cidr", [](const SecurityGroupRule& rule) { return rule.cidr6; }},
      {"protocol", [](const SecurityGroupRule& rule) { return rule.protocol; }},
      {"to-port", [](const SecurityGroupRule& rule) { return port_text(rule, rule.to_port); }},
  };
  for (const auto& [name, get] : getters) {
    table[prefix + name] = [get, egress](const SecurityGroup& one) { return of_rules(one, egress, get); };
  }
}

Description<SecurityGroup> description(const Context& context) {
  const Context* from = &context;
  Description<SecurityGroup> how{"GroupId",
                                 id_forms::security_group,
                                 {{"description", [](const SecurityGroup& one) { return Values{one.description}; }},
                                  {"group-id", [](const SecurityGroup& one) { return Values{one.id}; }},
                                  {"group-name", [](const SecurityGroup& one) { return Values{one.name}; }},
                                  {"owner-id", [from](const SecurityGroup&) { return Values{from->account_id}; }},
                                  {"vpc-id", [](const SecurityGroup& one) { return Values{one.vpc_id}; }}}};
  add_rule_filters(how.filters, context, "ip-permission.", false);
  add_rule_filters(how.filters, context, "egress.ip-permission.", true);
  return how;
}

void write(const Context& context, const SecurityGroup& group, Xml& item) {
  item.text("ownerId", context.account_id)
      .text("groupId", group.id)
      .text("groupName", group.name)
      .text("groupDescription", group.description)
      .text("vpcId", group.vpc_id)
      .text("securityGroupArn", arn(context, "security-group", group.id));
  write_permissions(item, "ipPermissions", context, group.rules, false);
  write_permissions(item, "ipPermissionsEgress", context, group.rules, true);
  write_tags_if_any(item, context.state.tags_of(group.id));
}

constexpr auto allowed_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-:/()#,@[]+=&;{}!$*";

void check_text(const Parameters& parameters, const char* what, const std::string& text) {
  if (text.size() <= 255 && text.find_first_not_of(allowed_characters) == std::string::npos) return;
  parameters.refuse(
      "InvalidParameterValue",
      fmt::format("Value ({}) for parameter {} is invalid. Character sets beyond ASCII are not supported: up "
                  "to 255 characters from a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*",
                  text, what));
}

void check_name(const Parameters& parameters, const std::string& name) {
  check_text(parameters, "GroupName", name);
  if (name.starts_with("sg-")) {
    parameters.refuse("InvalidParameterValue", fmt::format("Invalid group-name: {}. It may not begin with sg-.", name));
  }
  if (name == "default") {
    parameters.refuse("InvalidGroup.Reserved", "The security group 'default' is reserved");
  }
}

ApiResult<std::string> vpc_for_group(const RegionState& state, const std::string& wanted) {
  if (!wanted.empty()) {
    auto vpc = find_by_id(state.vpcs, id_forms::vpc, wanted);
    if (!vpc) return std::unexpected(vpc.error());
    return wanted;
  }
  const Vpc* vpc = state.default_vpc();
  if (!vpc) return refuse("VPCIdNotSpecified", "No default VPC for this user");
  return vpc->id;
}

SecurityGroupRule all_egress(Context& context) {
  SecurityGroupRule rule;
  rule.id = context.new_id("sgr");
  rule.egress = true;
  rule.protocol = "-1";
  rule.cidr = "0.0.0.0/0";
  return rule;
}

/// What still needs a group: interfaces, instances that are not terminated, rules of other groups.
bool in_use(const RegionState& state, const std::string& id) {
  if (state.network_interfaces.index().in_group(id) > 0) return true;
  if (state.instances.index().by_group().contains(id)) return true;
  for (const auto& [key, group] : state.security_groups.all()) {
    if (key != id && std::ranges::find(group.rules, id, &SecurityGroupRule::group_id) != group.rules.end()) return true;
  }
  return false;
}

}  // namespace

ApiResult<Xml> create_security_group(Context& context, const Parameters& parameters) {
  const std::string name = parameters.required("GroupName");
  const std::string text = parameters.required("GroupDescription");
  const std::string wanted_vpc = parameters.text("VpcId");
  const auto tags = read_tag_specifications(parameters, {"security-group"});
  check_name(parameters, name);
  check_text(parameters, "GroupDescription", text);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto vpc_id = vpc_for_group(context.state, wanted_vpc);
  if (!vpc_id) return std::unexpected(vpc_id.error());
  for (const auto& [id, group] : context.state.security_groups.all()) {
    if (group.name == name && group.vpc_id == *vpc_id) {
      return refuse("InvalidGroup.Duplicate",
                    fmt::format("The security group '{}' already exists for VPC '{}'", name, *vpc_id));
    }
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string id = context.new_id("sg");
  context.state.security_groups.put({id, name, *vpc_id, text, {all_egress(context)}});
  if (tags.contains("security-group")) context.state.add_tags(id, tags.at("security-group"));
  Xml xml = done();
  xml.text("groupId", id).text("securityGroupArn", arn(context, "security-group", id));
  write_tags_if_any(xml, context.state.tags_of(id));
  return xml;
}

ApiResult<Xml> describe_security_groups(Context& context, const Parameters& parameters) {
  const auto names = parameters.list("GroupName");
  auto how = description(context);
  how.wanted = [&](const SecurityGroup& one) {
    return names.empty() || std::ranges::find(names, one.name) != names.end();
  };
  auto page = describe(context, parameters, context.state.security_groups, how);
  if (!page) return std::unexpected(page.error());
  for (const std::string& name : names) {
    if (auto group = find_group(context.state, "", name); !group) return std::unexpected(group.error());
  }
  Xml xml;
  xml.set("securityGroupInfo", page->items, [&](const SecurityGroup* one, Xml& item) { write(context, *one, item); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> delete_security_group(Context& context, const Parameters& parameters) {
  const std::string wanted_id = parameters.text("GroupId");
  const std::string name = parameters.text("GroupName");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto group = find_group(context.state, wanted_id, name);
  if (!group) return std::unexpected(group.error());
  const std::string id = (*group)->id;
  if ((*group)->name == "default") {
    return refuse("CannotDelete",
                  fmt::format("the specified group: \"{}\" name: \"default\" cannot be deleted by a user", id));
  }
  if (in_use(context.state, id)) {
    return refuse("DependencyViolation", fmt::format("resource {} has a dependent object", id));
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  for (const SecurityGroupRule& rule : (*group)->rules) context.state.remove_tags(rule.id);
  context.state.security_groups.erase(id);
  context.state.remove_tags(id);
  return done().text("groupId", id);
}

}  // namespace hotaru::sim::actions
