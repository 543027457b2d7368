#include <fmt/format.h>

#include <algorithm>

#include "sim/describe.h"
#include "sim/instances/launch_request.h"
#include "sim/network/acls.h"
#include "sim/network/actions.h"
#include "sim/network/shared.h"

namespace hotaru::sim::actions {

namespace {

template <class Value>
std::function<Values(const NetworkAcl&)> of_entries(Value value) {
  return [value](const NetworkAcl& acl) {
    Values values;
    for (const NetworkAclEntry& one : acl.entries) values.push_back(value(one));
    return values;
  };
}

template <class Value>
std::function<Values(const NetworkAcl&)> of_associations(Value value) {
  return [value](const NetworkAcl& acl) {
    Values values;
    for (const NetworkAclAssociation& one : acl.associations) values.push_back(value(acl, one));
    return values;
  };
}

std::string number_text(const std::optional<int>& number) { return number ? std::to_string(*number) : ""; }

Description<NetworkAcl> description(const Context& context) {
  const std::string account = context.account_id;
  using Entry = NetworkAclEntry;
  using Link = NetworkAclAssociation;
  return {"NetworkAclId",
          id_forms::network_acl,
          {{"association.association-id", of_associations([](const NetworkAcl&, const Link& one) { return one.id; })},
           {"association.network-acl-id", of_associations([](const NetworkAcl& acl, const Link&) { return acl.id; })},
           {"association.subnet-id", of_associations([](const NetworkAcl&, const Link& one) { return one.subnet_id; })},
           {"default", [](const NetworkAcl& one) { return truth(one.is_default); }},
           {"entry.cidr", of_entries([](const Entry& one) { return one.cidr; })},
           {"entry.ipv6-cidr", of_entries([](const Entry& one) { return one.cidr6; })},
           {"entry.egress", of_entries([](const Entry& one) { return truth(one.egress).front(); })},
           {"entry.icmp.code", of_entries([](const Entry& one) { return number_text(one.icmp_code); })},
           {"entry.icmp.type", of_entries([](const Entry& one) { return number_text(one.icmp_type); })},
           {"entry.port-range.from", of_entries([](const Entry& one) { return number_text(one.from_port); })},
           {"entry.port-range.to", of_entries([](const Entry& one) { return number_text(one.to_port); })},
           {"entry.protocol", of_entries([](const Entry& one) { return one.protocol; })},
           {"entry.rule-action", of_entries([](const Entry& one) { return one.action; })},
           {"entry.rule-number", of_entries([](const Entry& one) { return std::to_string(one.number); })},
           {"network-acl-id", [](const NetworkAcl& one) { return Values{one.id}; }},
           {"owner-id", [account](const NetworkAcl&) { return Values{account}; }},
           {"vpc-id", [](const NetworkAcl& one) { return Values{one.vpc_id}; }}}};
}

void write_entry(const NetworkAclEntry& one, Xml& item) {
  item.number("ruleNumber", one.number)
      .text("protocol", one.protocol)
      .text("ruleAction", one.action)
      .flag("egress", one.egress)
      .text_unless_empty("cidrBlock", one.cidr)
      .text_unless_empty("ipv6CidrBlock", one.cidr6);
  if (one.icmp_type)
    item.element("icmpTypeCode", Xml{}.number("code", one.icmp_code.value_or(-1)).number("type", *one.icmp_type));
  if (one.from_port)
    item.element("portRange", Xml{}.number("from", *one.from_port).number("to", one.to_port.value_or(*one.from_port)));
}

void write(const Context& context, const NetworkAcl& acl, Xml& item) {
  item.text("networkAclId", acl.id)
      .text("vpcId", acl.vpc_id)
      .text("ownerId", context.account_id)
      .flag("default", acl.is_default)
      .set("entrySet", acl.entries, write_entry)
      .set("associationSet", acl.associations, [&](const NetworkAclAssociation& one, Xml& link) {
        link.text("networkAclAssociationId", one.id).text("networkAclId", acl.id).text("subnetId", one.subnet_id);
      });
  write_tags(item, context.state.tags_of(acl.id));
}

Xml answer(const Context& context, const NetworkAcl& acl) {
  Xml inside;
  write(context, acl, inside);
  Xml xml;
  xml.element("networkAcl", inside);
  xml.text_unless_empty("clientToken", acl.client_token);
  return xml;
}

/// The ACL that a subnet's association is with; nullopt: there is no such association.
std::optional<NetworkAcl> acl_with(const RegionState& state, const std::string& association_id) {
  for (NetworkAcl& acl : all_acls(state))
    if (std::ranges::find(acl.associations, association_id, &NetworkAclAssociation::id) != acl.associations.end())
      return std::move(acl);
  return std::nullopt;
}

}  // namespace

ApiResult<Xml> describe_network_acls(Context& context, const Parameters& parameters) {
  const auto rows = all_acls(context.state);
  auto page = describe_rows(context, parameters, rows, description(context));
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("networkAclSet", page->items, [&](const NetworkAcl* one, Xml& item) { write(context, *one, item); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> create_network_acl(Context& context, const Parameters& parameters) {
  NetworkAcl acl;
  acl.vpc_id = parameters.required("VpcId");
  acl.client_token = read_client_token(parameters);
  const auto tags = read_tag_specifications(parameters, {"network-acl"});
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto vpc = find_by_id(context.state.vpcs, id_forms::vpc, acl.vpc_id);
  if (!vpc) return std::unexpected(vpc.error());
  for (const auto& [id, former] : context.state.network_acls.all())
    if (!acl.client_token.empty() && former.client_token == acl.client_token) return answer(context, former);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  acl.id = context.new_id("acl");
  acl.entries = last_entries();
  const NetworkAcl& made = context.state.network_acls.put(std::move(acl));
  tag_made(context, tags, "network-acl", made.id);
  return answer(context, made);
}

ApiResult<Xml> delete_network_acl(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("NetworkAclId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!is_id("acl", id)) return std::unexpected(malformed_id(id_forms::network_acl, id));
  const auto acl = find_acl(context.state, id);
  if (!acl) return std::unexpected(no_such_id(id_forms::network_acl, {id}));
  if (acl->is_default) return refuse("InvalidParameterValue", fmt::format("cannot delete default network ACL {}", id));
  if (!acl->associations.empty())
    return refuse("DependencyViolation",
                  fmt::format("The networkAcl '{}' has dependencies and cannot be deleted.", id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.network_acls.erase(id);
  context.state.remove_tags(id);
  return done();
}

ApiResult<Xml> replace_network_acl_association(Context& context, const Parameters& parameters) {
  const std::string old_id = parameters.required("AssociationId");
  const std::string acl_id = parameters.required("NetworkAclId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!is_id("acl", acl_id)) return std::unexpected(malformed_id(id_forms::network_acl, acl_id));
  auto to = find_acl(context.state, acl_id);
  if (!to) return std::unexpected(no_such_id(id_forms::network_acl, {acl_id}));
  const auto from = acl_with(context.state, old_id);
  if (!from)
    return refuse("InvalidAssociationID.NotFound", fmt::format("The association ID '{}' does not exist", old_id));
  if (from->vpc_id != to->vpc_id)
    return refuse("InvalidParameterValue",
                  fmt::format("Network ACL {} and association {} belong to different networks", acl_id, old_id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string subnet_id = std::ranges::find(from->associations, old_id, &NetworkAclAssociation::id)->subnet_id;
  const std::string id = context.new_id("aclassoc");
  forget_acl_association(context.state, subnet_id);
  const NetworkAcl* stored = context.state.network_acls.find(acl_id);
  NetworkAcl now = stored != nullptr ? *stored : *to;
  if (stored == nullptr) now.associations.clear();  // those that nobody moved follow from the subnets
  now.associations.push_back({id, subnet_id});
  context.state.network_acls.put(std::move(now));
  return Xml{}.text("newAssociationId", id);
}

}  // namespace hotaru::sim::actions
