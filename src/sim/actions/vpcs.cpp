#include <fmt/format.h>

#include "sim/actions/actions.h"
#include "sim/describe.h"

namespace hotaru::sim::actions {

namespace {

/// Ids of associations follow from the VPC's: nobody refers to them but to see them.
std::string association_id(const Vpc& vpc) { return "vpc-cidr-assoc-" + vpc.id.substr(4); }

Description<Vpc> description(const Context& context) {
  const std::string account = context.account_id;
  return {"VpcId",
          id_forms::vpc,
          {{"vpc-id", [](const Vpc& one) { return Values{one.id}; }},
           {"cidr", [](const Vpc& one) { return Values{one.cidr}; }},
           {"cidr-block-association.cidr-block", [](const Vpc& one) { return Values{one.cidr}; }},
           {"cidr-block-association.association-id", [](const Vpc& one) { return Values{association_id(one)}; }},
           {"cidr-block-association.state", [](const Vpc&) { return Values{"associated"}; }},
           {"dhcp-options-id", [](const Vpc&) { return Values{"dopt-00000000000000000"}; }},
           {"is-default", [](const Vpc& one) { return truth(one.is_default); }},
           {"isDefault", [](const Vpc& one) { return truth(one.is_default); }},
           {"owner-id", [account](const Vpc&) { return Values{account}; }},
           {"state", [](const Vpc&) { return Values{"available"}; }}}};
}

void write(const Context& context, const Vpc& vpc, Xml& item) {
  Xml association;
  association.text("associationId", association_id(vpc))
      .text("cidrBlock", vpc.cidr)
      .element("cidrBlockState", Xml{}.text("state", "associated"));
  item.text("vpcId", vpc.id)
      .text("ownerId", context.account_id)
      .text("state", "available")
      .text("cidrBlock", vpc.cidr)
      .element("cidrBlockAssociationSet", Xml{}.element("item", association))
      .text("dhcpOptionsId", "dopt-00000000000000000")
      .text("instanceTenancy", "default")
      .flag("isDefault", vpc.is_default);
  write_tags(item, context.state.tags_of(vpc.id));
}

template <class T>
bool any_in_vpc(const Table<T>& table, const std::string& vpc_id) {
  return std::ranges::any_of(table.all(), [&](const auto& entry) { return entry.second.vpc_id == vpc_id; });
}

bool has_dependencies(const RegionState& state, const std::string& vpc_id) {
  const bool own_group = std::ranges::any_of(state.security_groups.all(), [&](const auto& entry) {
    return entry.second.vpc_id == vpc_id && entry.second.name != "default";
  });
  return own_group || any_in_vpc(state.subnets, vpc_id) || any_in_vpc(state.internet_gateways, vpc_id) ||
         state.network_interfaces.index().in_vpc(vpc_id) > 0;
}

template <class T>
void erase_in_vpc(RegionState& state, Table<T>& table, const std::string& vpc_id) {
  std::vector<std::string> ids;
  for (const auto& [id, one] : table.all()) {
    if (one.vpc_id == vpc_id) ids.push_back(id);
  }
  for (const std::string& id : ids) {
    table.erase(id);
    state.remove_tags(id);
  }
}

}  // namespace

ApiResult<Xml> describe_vpcs(Context& context, const Parameters& parameters) {
  auto page = describe(context, parameters, context.state.vpcs, description(context));
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("vpcSet", page->items, [&](const Vpc* one, Xml& item) { write(context, *one, item); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> create_default_vpc(Context& context, const Parameters& parameters) {
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (context.state.default_vpc()) {
    return refuse("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.");
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string id = make_default_vpc(context.world, context.state);
  Xml vpc;
  write(context, *context.state.vpcs.find(id), vpc);
  return Xml{}.element("vpc", vpc);
}

ApiResult<Xml> delete_vpc(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("VpcId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto vpc = find_by_id(context.state.vpcs, id_forms::vpc, id);
  if (!vpc) return std::unexpected(vpc.error());
  if (has_dependencies(context.state, id)) {
    return refuse("DependencyViolation", fmt::format("The vpc '{}' has dependencies and cannot be deleted.", id));
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  erase_in_vpc(context.state, context.state.route_tables, id);
  erase_in_vpc(context.state, context.state.security_groups, id);
  context.state.vpcs.erase(id);
  context.state.remove_tags(id);
  return done();
}

}  // namespace hotaru::sim::actions
