#include <fmt/format.h>

#include "sim/empty_filters.h"
#include "sim/instances/life.h"
#include "sim/network/acls.h"
#include "sim/network/actions.h"
#include "sim/network/lookups.h"
#include "sim/network/shared.h"
#include "sim/network/vpc_ids.h"

namespace hotaru::sim::actions {

namespace {

Values association_ids(const Vpc& vpc) {
  Values ids = {first_cidr_association(vpc)};
  for (const CidrAssociation& one : vpc.further_cidrs) ids.push_back(one.id);
  return ids;
}

Description<Vpc> description(const Context& context) {
  const std::string account = context.account_id;
  Description<Vpc> how{"VpcId",
                       id_forms::vpc,
                       {{"vpc-id", [](const Vpc& one) { return Values{one.id}; }},
                        {"cidr", [](const Vpc& one) { return Values{one.cidr}; }},
                        {"cidr-block", [](const Vpc& one) { return Values{one.cidr}; }},
                        {"cidrBlock", [](const Vpc& one) { return Values{one.cidr}; }},
                        {"cidr-block-association.cidr-block", [](const Vpc& one) { return cidrs_of(one); }},
                        {"cidr-block-association.association-id", association_ids},
                        {"cidr-block-association.state", [](const Vpc&) { return Values{"associated"}; }},
                        {"dhcp-options-id", [](const Vpc& one) { return Values{dhcp_options_id(one)}; }},
                        {"is-default", [](const Vpc& one) { return truth(one.is_default); }},
                        {"isDefault", [](const Vpc& one) { return truth(one.is_default); }},
                        {"owner-id", [account](const Vpc&) { return Values{account}; }},
                        {"state", [](const Vpc&) { return Values{"available"}; }}}};
  add_empty_filters(how.filters,
                    {"ipv6-cidr-block-association.ipv6-cidr-block", "ipv6-cidr-block-association.ipv6-pool",
                     "ipv6-cidr-block-association.association-id", "ipv6-cidr-block-association.state"});
  return how;
}

void write(const Context& context, const Vpc& vpc, Xml& item, const char* state = "available") {
  item.text("vpcId", vpc.id)
      .text("ownerId", context.account_id)
      .text("state", state)
      .text("cidrBlock", vpc.cidr)
      .element("cidrBlockAssociationSet",
               [&](Xml& set) {
                 set.element("item", cidr_association_xml(first_cidr_association(vpc), vpc.cidr, "associated"));
                 for (const CidrAssociation& one : vpc.further_cidrs)
                   set.element("item", cidr_association_xml(one.id, one.cidr, "associated"));
               })
      .element("ipv6CidrBlockAssociationSet", Xml{})
      .text("dhcpOptionsId", dhcp_options_id(vpc))
      .text("instanceTenancy", vpc.tenancy)
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
  return own_group || has_own_acls(state, vpc_id) || any_in_vpc(state.subnets, vpc_id) ||
         any_in_vpc(state.internet_gateways, vpc_id) || state.network_interfaces.index().in_vpc(vpc_id) > 0 ||
         std::ranges::any_of(state.route_tables.all(),
                             [&](const auto& entry) { return entry.second.vpc_id == vpc_id && !entry.second.main; });
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

ApiError invalid_range(const std::string& cidr) {
  return {400, "InvalidVpc.Range", fmt::format("The CIDR '{}' is invalid.", cidr)};
}

Refusal check_request(const std::string& cidr, const std::string& tenancy) {
  if (auto no = check_cidr(cidr)) return no;
  if (!is_vpc_size(cidr)) return invalid_range(cidr);
  if (tenancy == "default" || tenancy == "dedicated") return std::nullopt;
  return ApiError{400, "UnsupportedTenancy", fmt::format("The tenancy value {} is not supported.", tenancy)};
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

ApiResult<Xml> create_vpc(Context& context, const Parameters& parameters) {
  const std::string cidr = parameters.required("CidrBlock");
  const std::string tenancy = parameters.has("InstanceTenancy") ? parameters.text("InstanceTenancy") : "default";
  const auto tags = read_tag_specifications(parameters, {"vpc"});
  refuse_ipv6(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = check_request(cidr, tenancy)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Vpc vpc;
  vpc.cidr = canonical_cidr(cidr);
  vpc.tenancy = tenancy;
  const std::string id = make_vpc(context, std::move(vpc));
  tag_made(context, tags, "vpc", id);
  Xml made;
  write(context, *context.state.vpcs.find(id), made, "pending");
  return Xml{}.element("vpc", made);
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
  settle(context);
  auto vpc = find_by_id(context.state.vpcs, id_forms::vpc, id);
  if (!vpc) return std::unexpected(vpc.error());
  if (has_dependencies(context.state, id)) {
    return refuse("DependencyViolation", fmt::format("The vpc '{}' has dependencies and cannot be deleted.", id));
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  erase_in_vpc(context.state, context.state.route_tables, id);
  erase_in_vpc(context.state, context.state.security_groups, id);
  erase_in_vpc(context.state, context.state.network_acls, id);
  context.state.remove_tags(acl_id(**vpc));
  context.state.vpcs.erase(id);
  context.state.remove_tags(id);
  return done();
}

}  // namespace hotaru::sim::actions
