#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/addresses.h"
#include "sim/network/actions.h"
#include "sim/network/lookups.h"
#include "sim/network/shared.h"
#include "sim/network/vpc_ids.h"

namespace hotaru::sim::actions {

namespace {

constexpr std::size_t most_cidrs = 5;  // Amazon VPC quotas, "IPv4 CIDR blocks per VPC"

/// Public DNS names appear and vanish with enableDnsHostnames.
void rename_all(Context& context, const std::string& vpc_id, bool named) {
  const auto name = [&](const SharedText& address) {
    return named && !address.empty() ? SharedText(public_dns_name(address, context.region)) : SharedText();
  };
  std::vector<SharedText> interfaces;
  for (const auto& [id, one] : context.state.network_interfaces.all())
    if (one.vpc_id == vpc_id) interfaces.push_back(id);
  for (const SharedText& id : interfaces)
    context.state.network_interfaces.modify(id, [&](NetworkInterface& one) {
      one.public_dns = name(one.public_ip);
      for (PrivateAddress& more : one.secondary) more.public_dns = name(more.public_ip);
    });
  std::vector<SharedText> instances;
  for (const auto& [id, one] : context.state.instances.all())
    if (one.vpc_id == vpc_id) instances.push_back(id);
  for (const SharedText& id : instances)
    context.state.instances.modify(id, [&](Instance& one) { one.public_dns = name(one.public_ip); });
  refresh_vpc_later(context, vpc_id);
}

/// A block that overlaps none that the VPC has.
Refusal check_further(const Vpc& vpc, const std::string& cidr) {
  if (!is_vpc_size(cidr)) return ApiError{400, "InvalidVpc.Range", fmt::format("The CIDR '{}' is invalid.", cidr)};
  for (const std::string& other : cidrs_of(vpc))
    if (cidrs_overlap(other, cidr))
      return ApiError{400, "InvalidVpc.Range",
                      fmt::format("The CIDR '{}' overlaps with the CIDR '{}' of this VPC.", cidr, other)};
  if (cidrs_of(vpc).size() < most_cidrs) return std::nullopt;
  return ApiError{400, "CidrLimitExceeded",
                  fmt::format("This network {} has met its maximum number of allowed CIDRs: {}", vpc.id, most_cidrs)};
}

template <class Change>
void change_routes(Context& context, const std::string& vpc_id, Change change) {
  std::vector<std::string> ids;
  for (const auto& [id, table] : context.state.route_tables.all())
    if (table.vpc_id == vpc_id) ids.push_back(id);
  for (const std::string& id : ids) context.state.route_tables.modify(id, change);
}

Xml cidr_answer(const std::string& vpc_id, const CidrAssociation& one, const char* state) {
  return Xml{}.element("cidrBlockAssociation", cidr_association_xml(one.id, one.cidr, state)).text("vpcId", vpc_id);
}

const Vpc* vpc_with_association(const RegionState& state, const std::string& id) {
  for (const auto& [vpc_id, vpc] : state.vpcs.all())
    if (first_cidr_association(vpc) == id ||
        std::ranges::find(vpc.further_cidrs, id, &CidrAssociation::id) != vpc.further_cidrs.end())
      return &vpc;
  return nullptr;
}

}  // namespace

ApiResult<Xml> describe_vpc_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("VpcId");
  const std::string attribute = parameters.required("Attribute");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.vpcs, id_forms::vpc, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const Vpc& vpc = **found;
  const std::map<std::string, bool> values = {{"enableDnsSupport", vpc.dns_support},
                                              {"enableDnsHostnames", has_dns_hostnames(vpc)},
                                              {"enableNetworkAddressUsageMetrics", vpc.address_usage_metrics}};
  const auto value = values.find(attribute);
  if (value == values.end())
    return refuse("InvalidParameterValue",
                  fmt::format("Value ({}) for parameter attribute is invalid. Unknown VPC attribute.", attribute));
  return Xml{}.text("vpcId", id).element(attribute, Xml{}.flag("value", value->second));
}

ApiResult<Xml> modify_vpc_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("VpcId");
  const auto support = parameters.optional_flag("EnableDnsSupport.Value");
  const auto hostnames = parameters.optional_flag("EnableDnsHostnames.Value");
  const auto metrics = parameters.optional_flag("EnableNetworkAddressUsageMetrics.Value");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.vpcs, id_forms::vpc, id);
  if (!found) return std::unexpected(found.error());
  if (int{support.has_value()} + int{hostnames.has_value()} + int{metrics.has_value()} != 1)
    return refuse("InvalidParameterCombination", "Exactly one VPC attribute must be modified at a time");
  if (hostnames.value_or(false) && !(*found)->dns_support)
    return refuse("InvalidParameterValue", "Cannot enable DNS hostnames while DNS support is disabled");
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.vpcs.modify(id, [&](Vpc& one) {
    one.dns_support = support.value_or(one.dns_support);
    one.address_usage_metrics = metrics.value_or(one.address_usage_metrics);
    if (hostnames) one.dns_hostnames = hostnames;
  });
  if (hostnames) rename_all(context, id, *hostnames);
  if (support) refresh_vpc_later(context, id);
  return done();
}

ApiResult<Xml> modify_vpc_tenancy(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("VpcId");
  const std::string tenancy = parameters.required("InstanceTenancy");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.vpcs, id_forms::vpc, id);
  if (!found) return std::unexpected(found.error());
  if (tenancy != "default")
    return refuse("UnsupportedTenancy", fmt::format("The tenancy value {} is not supported.", tenancy));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.vpcs.modify(id, [](Vpc& one) { one.tenancy = "default"; });
  return done();
}

ApiResult<Xml> associate_vpc_cidr_block(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("VpcId");
  refuse_ipv6(parameters);
  const std::string cidr = parameters.required("CidrBlock");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.vpcs, id_forms::vpc, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = check_cidr(cidr)) return std::unexpected(*no);
  const CidrAssociation made{context.new_id("vpc-cidr-assoc"), canonical_cidr(cidr)};
  if (auto no = check_further(**found, made.cidr)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.vpcs.modify(id, [&](Vpc& one) { one.further_cidrs.push_back(made); });
  change_routes(context, id, [&](RouteTable& one) { one.routes.push_back({made.cidr, "local"}); });
  refresh_vpc_later(context, id);
  return cidr_answer(id, made, "associating");
}

ApiResult<Xml> disassociate_vpc_cidr_block(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("AssociationId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const Vpc* vpc = vpc_with_association(context.state, id);
  if (!vpc)
    return refuse("InvalidVpcCidrBlockAssociationID.NotFound",
                  fmt::format("The vpc CIDR block association ID '{}' does not exist", id));
  if (first_cidr_association(*vpc) == id)
    return refuse("OperationNotPermitted",
                  fmt::format("The vpc CIDR block with association ID {} may not be disassociated. It is the primary "
                              "IPv4 CIDR block of the VPC",
                              id));
  const CidrAssociation gone = *std::ranges::find(vpc->further_cidrs, id, &CidrAssociation::id);
  for (const auto& [subnet_id, subnet] : context.state.subnets.all())
    if (subnet.vpc_id == vpc->id && cidr_contains(gone.cidr, subnet.cidr))
      return refuse("DependencyViolation",
                    fmt::format("The vpc CIDR block '{}' has dependencies and cannot be deleted.", gone.cidr));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string vpc_id = vpc->id;
  context.state.vpcs.modify(vpc_id, [&](Vpc& one) {
    std::erase_if(one.further_cidrs, [&](const CidrAssociation& block) { return block.id == id; });
  });
  change_routes(context, vpc_id, [&](RouteTable& one) {
    std::erase_if(one.routes, [&](const Route& route) { return route.destination == gone.cidr; });
  });
  refresh_vpc_later(context, vpc_id);
  return cidr_answer(vpc_id, gone, "disassociating");
}

}  // namespace hotaru::sim::actions
