#include <fmt/format.h>

#include "base/text.h"
#include "sim/empty_filters.h"
#include "sim/instances/addresses.h"
#include "sim/instances/life.h"
#include "sim/network/acls.h"
#include "sim/network/actions.h"
#include "sim/network/lookups.h"
#include "sim/network/shared.h"

namespace hotaru::sim::actions {

namespace {

std::int64_t free_addresses(const RegionState& state, const Subnet& subnet) {
  const auto prefix = parse_integer(subnet.cidr.substr(subnet.cidr.find('/') + 1)).value_or(32);
  const std::int64_t all = (std::int64_t{1} << (32 - prefix)) - 5;  // a VPC reserves the first four and the last
  return all - state.network_interfaces.index().in_subnet(subnet.id);
}

Description<Subnet> description(const Context& context) {
  const Context* from = &context;
  Description<Subnet> how{
      "SubnetId",
      id_forms::subnet,
      {{"availability-zone", [](const Subnet& one) { return Values{one.zone}; }},
       {"availabilityZone", [](const Subnet& one) { return Values{one.zone}; }},
       {"availability-zone-id", [](const Subnet& one) { return Values{one.zone_id}; }},
       {"availabilityZoneId", [](const Subnet& one) { return Values{one.zone_id}; }},
       {"available-ip-address-count",
        [from](const Subnet& one) { return Values{std::to_string(free_addresses(from->state, one))}; }},
       {"cidr-block", [](const Subnet& one) { return Values{one.cidr}; }},
       {"cidr", [](const Subnet& one) { return Values{one.cidr}; }},
       {"cidrBlock", [](const Subnet& one) { return Values{one.cidr}; }},
       {"default-for-az", [](const Subnet& one) { return truth(one.default_for_zone); }},
       {"defaultForAz", [](const Subnet& one) { return truth(one.default_for_zone); }},
       {"map-public-ip-on-launch", [](const Subnet& one) { return truth(one.map_public_ip); }},
       {"owner-id", [from](const Subnet&) { return Values{from->account_id}; }},
       {"state", [](const Subnet&) { return Values{"available"}; }},
       {"private-dns-name-options-on-launch.hostname-type", [](const Subnet&) { return Values{"ip-name"}; }},
       {"subnet-arn", [from](const Subnet& one) { return Values{arn(*from, "subnet", one.id)}; }},
       {"subnet-id", [](const Subnet& one) { return Values{one.id}; }},
       {"vpc-id", [](const Subnet& one) { return Values{one.vpc_id}; }}}};
  add_false_filters(how.filters, {"enable-dns64", "ipv6-native", "map-customer-owned-ip-on-launch",
                                  "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
                                  "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record"});
  add_empty_filters(
      how.filters,
      {"customer-owned-ipv4-pool", "enable-lni-at-device-index", "ipv6-cidr-block-association.ipv6-cidr-block",
       "ipv6-cidr-block-association.association-id", "ipv6-cidr-block-association.state", "outpost-arn"});
  return how;
}

void write(const Context& context, const Subnet& subnet, Xml& item) {
  item.text("subnetId", subnet.id)
      .text("subnetArn", arn(context, "subnet", subnet.id))
      .text("state", "available")
      .text("ownerId", context.account_id)
      .text("vpcId", subnet.vpc_id)
      .text("cidrBlock", subnet.cidr)
      .element("ipv6CidrBlockAssociationSet", Xml{})
      .number("availableIpAddressCount", free_addresses(context.state, subnet))
      .text("availabilityZone", subnet.zone)
      .text("availabilityZoneId", subnet.zone_id)
      .flag("defaultForAz", subnet.default_for_zone)
      .flag("mapPublicIpOnLaunch", subnet.map_public_ip)
      .flag("mapCustomerOwnedIpOnLaunch", false)
      .flag("assignIpv6AddressOnCreation", false)
      .flag("enableDns64", false)
      .flag("ipv6Native", false)
      .element("privateDnsNameOptionsOnLaunch", Xml{}
                                                    .text("hostnameType", "ip-name")
                                                    .flag("enableResourceNameDnsARecord", false)
                                                    .flag("enableResourceNameDnsAAAARecord", false));
  write_tags(item, context.state.tags_of(subnet.id));
}

/// In the VPC, and apart from its other subnets.
Refusal check_place(const RegionState& state, const Vpc& vpc, const std::string& cidr) {
  const auto blocks = cidrs_of(vpc);
  const auto holds = [&](const std::string& block) { return cidr_contains(block, cidr); };
  if (!is_vpc_size(cidr) || std::ranges::none_of(blocks, holds))
    return ApiError{400, "InvalidSubnet.Range", fmt::format("The CIDR '{}' is invalid.", cidr)};
  for (const auto& [id, other] : state.subnets.all())
    if (other.vpc_id == vpc.id && cidrs_overlap(other.cidr, cidr))
      return ApiError{400, "InvalidSubnet.Conflict", fmt::format("The CIDR '{}' conflicts with another subnet", cidr)};
  return std::nullopt;
}

Xml answer(const Context& context, const Subnet& subnet) {
  Xml inside;
  write(context, subnet, inside);
  return Xml{}.element("subnet", inside);
}

/// The first /20 of a VPC that no subnet overlaps.
std::optional<std::string> free_default_block(const RegionState& state, const Vpc& vpc) {
  const auto all = parse_network(vpc.cidr);
  if (!all) return std::nullopt;
  constexpr std::uint64_t block = 4096;
  for (std::uint64_t offset = 0; offset < all->size(); offset += block) {
    const std::string cidr = ipv4_text(static_cast<std::uint32_t>(all->first + offset)) + "/20";
    if (!check_place(state, vpc, cidr)) return cidr;
  }
  return std::nullopt;
}

/// A subnet that goes is associated with no route table any more.
void forget_association(RegionState& state, const std::string& subnet_id) {
  const RouteTable* table = route_table_of(state, *state.subnets.find(subnet_id));
  if (!table) return;
  state.route_tables.modify(table->id, [&](RouteTable& one) {
    std::erase_if(one.associations, [&](const RouteTableAssociation& link) { return link.subnet_id == subnet_id; });
  });
}

/// The one subnet attribute of a call; EC2 changes one at a time.
struct SubnetChange {
  std::optional<bool> map_public_ip;
  int given = 0;
};

SubnetChange read_change(const Parameters& parameters) {
  SubnetChange change;
  change.map_public_ip = parameters.optional_flag("MapPublicIpOnLaunch.Value");
  change.given = change.map_public_ip ? 1 : 0;
  for (const char* name :
       {"AssignIpv6AddressOnCreation.Value", "EnableDns64.Value", "MapCustomerOwnedIpOnLaunch.Value",
        "EnableResourceNameDnsARecordOnLaunch.Value", "EnableResourceNameDnsAAAARecordOnLaunch.Value"}) {
    const auto wanted = parameters.optional_flag(name);
    if (wanted) ++change.given;
    if (wanted.value_or(false))
      parameters.refuse("UnsupportedOperation", fmt::format("The simulator's subnets have no {}.", name));
  }
  if (parameters.has("PrivateDnsHostnameTypeOnLaunch")) ++change.given;
  if (parameters.text("PrivateDnsHostnameTypeOnLaunch") == "resource-name")
    parameters.refuse("UnsupportedOperation", "The simulator names instances after their addresses (ip-name).");
  return change;
}

}  // namespace

ApiResult<Xml> create_subnet(Context& context, const Parameters& parameters) {
  if (parameters.flag("Ipv6Native") && !parameters.has("Ipv6CidrBlock") && !parameters.has("Ipv6IpamPoolId"))
    parameters.refuse("MissingParameter", "Either 'ipv6CidrBlock' or 'ipv6IpamPoolId' should be provided.");
  const std::string vpc_id = parameters.required("VpcId");
  const std::string cidr = parameters.required("CidrBlock");
  const std::string zone_name = parameters.text("AvailabilityZone");
  const std::string zone_id = parameters.text("AvailabilityZoneId");
  const auto tags = read_tag_specifications(parameters, {"subnet"});
  refuse_ipv6(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto vpc = find_by_id(context.state.vpcs, id_forms::vpc, vpc_id);
  if (!vpc) return std::unexpected(vpc.error());
  if (auto no = check_cidr(cidr)) return std::unexpected(*no);
  const std::string block = canonical_cidr(cidr);
  if (auto no = check_place(context.state, **vpc, block)) return std::unexpected(*no);
  const auto zone = find_zone(context, zone_name, zone_id);
  if (!zone) return std::unexpected(zone.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const Subnet& subnet = context.state.subnets.put({context.new_id("subnet"), vpc_id, block, zone->name, zone->id});
  tag_made(context, tags, "subnet", subnet.id);
  return answer(context, subnet);
}

ApiResult<Xml> create_default_subnet(Context& context, const Parameters& parameters) {
  const std::string zone_name = parameters.text("AvailabilityZone");
  const std::string zone_id = parameters.text("AvailabilityZoneId");
  if (zone_name.empty() && zone_id.empty()) parameters.required("AvailabilityZone");
  refuse_ipv6(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto zone = find_zone(context, zone_name, zone_id);
  if (!zone) return std::unexpected(zone.error());
  const Vpc* vpc = context.state.default_vpc();
  if (!vpc) return refuse("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.");
  for (const auto& [id, one] : context.state.subnets.all())
    if (one.default_for_zone && one.zone == zone->name)
      return refuse("DefaultSubnetAlreadyExistsInAvailabilityZone",
                    fmt::format("'{}' is already the default subnet in {}.", id, zone->name));
  const auto block = free_default_block(context.state, *vpc);
  if (!block)
    return refuse("InsufficientCidrBlocks", "There is not enough space in the default VPC for a default subnet.");
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  return answer(context, context.state.subnets.put({context.new_id("subnet"), vpc->id, *block, zone->name, zone->id,
                                                    /*default_for_zone=*/true, /*map_public_ip=*/true}));
}

ApiResult<Xml> modify_subnet_attribute(Context& context, const Parameters& parameters) {
  refuse_unsupported(parameters, {"CustomerOwnedIpv4Pool", "EnableLniAtDeviceIndex", "DisableLniAtDeviceIndex"});
  const std::string id = parameters.required("SubnetId");
  const SubnetChange change = read_change(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto subnet = find_by_id(context.state.subnets, id_forms::subnet, id);
  if (!subnet) return std::unexpected(subnet.error());
  if (change.given != 1)
    return refuse("InvalidParameterCombination",
                  change.given == 0 ? "No attributes specified." : "Only one attribute can be modified at a time");
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (change.map_public_ip)
    context.state.subnets.modify(id, [&](Subnet& one) { one.map_public_ip = *change.map_public_ip; });
  return done();
}

ApiResult<Xml> describe_subnets(Context& context, const Parameters& parameters) {
  auto page = describe(context, parameters, context.state.subnets, description(context));
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("subnetSet", page->items, [&](const Subnet* one, Xml& item) { write(context, *one, item); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> delete_subnet(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("SubnetId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto subnet = find_by_id(context.state.subnets, id_forms::subnet, id);
  if (!subnet) return std::unexpected(subnet.error());
  if (context.state.network_interfaces.index().in_subnet(id) > 0) {
    return refuse("DependencyViolation", fmt::format("The subnet '{}' has dependencies and cannot be deleted.", id));
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  forget_association(context.state, id);
  forget_acl_association(context.state, id);
  context.state.subnets.erase(id);
  context.state.remove_tags(id);
  return done();
}

}  // namespace hotaru::sim::actions
