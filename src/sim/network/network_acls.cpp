#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/network/actions.h"
#include "sim/network/lookups.h"

namespace hotaru::sim::actions {

namespace {

/// The default network ACL of a VPC, which lets everything through: the only one that there is.
struct NetworkAcl {
  std::string id;
  std::string vpc_id;
  Values subnet_ids;
};

struct Entry {
  int number;
  bool egress;
  const char* action;
};
constexpr int last_number = 32767;  // EC2 shows its "*" so
constexpr Entry entries[] = {
    {100, true, "allow"}, {last_number, true, "deny"}, {100, false, "allow"}, {last_number, false, "deny"}};

std::string association_id(const std::string& subnet_id) {
  return "aclassoc-" + subnet_id.substr(subnet_id.find('-') + 1);
}

std::vector<NetworkAcl> all_acls(const RegionState& state) {
  std::vector<NetworkAcl> all;
  for (const auto& [vpc_id, vpc] : state.vpcs.all()) {
    NetworkAcl acl{acl_id(vpc), vpc_id, {}};
    for (const auto& [id, subnet] : state.subnets.all())
      if (subnet.vpc_id == vpc_id) acl.subnet_ids.push_back(id);
    all.push_back(std::move(acl));
  }
  return all;
}

Values association_ids(const NetworkAcl& acl) {
  Values ids;
  for (const std::string& id : acl.subnet_ids) ids.push_back(association_id(id));
  return ids;
}

Description<NetworkAcl> description(const Context& context) {
  const std::string account = context.account_id;
  const auto always = [](const Values& values) { return [values](const NetworkAcl&) { return values; }; };
  return {"NetworkAclId",
          id_forms::network_acl,
          {{"association.association-id", association_ids},
           {"association.network-acl-id", [](const NetworkAcl& one) { return Values{one.id}; }},
           {"association.subnet-id", [](const NetworkAcl& one) { return one.subnet_ids; }},
           {"default", always({std::string("true")})},
           {"entry.cidr", always({std::string("0.0.0.0/0")})},
           {"entry.egress", always({std::string("true"), std::string("false")})},
           {"entry.protocol", always({std::string("-1")})},
           {"entry.rule-action", always({std::string("allow"), std::string("deny")})},
           {"entry.rule-number", always({std::string("100"), std::to_string(last_number)})},
           {"network-acl-id", [](const NetworkAcl& one) { return Values{one.id}; }},
           {"owner-id", always({account})},
           {"vpc-id", [](const NetworkAcl& one) { return Values{one.vpc_id}; }}}};
}

void write(const Context& context, const NetworkAcl& acl, Xml& item) {
  item.text("networkAclId", acl.id)
      .text("vpcId", acl.vpc_id)
      .text("ownerId", context.account_id)
      .flag("default", true)
      .set("entrySet", entries,
           [](const Entry& one, Xml& entry) {
             entry.number("ruleNumber", one.number)
                 .text("protocol", "-1")
                 .text("ruleAction", one.action)
                 .flag("egress", one.egress)
                 .text("cidrBlock", "0.0.0.0/0");
           })
      .set("associationSet", acl.subnet_ids, [&](const std::string& subnet_id, Xml& one) {
        one.text("networkAclAssociationId", association_id(subnet_id))
            .text("networkAclId", acl.id)
            .text("subnetId", subnet_id);
      });
  write_tags(item, context.state.tags_of(acl.id));
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

}  // namespace hotaru::sim::actions
