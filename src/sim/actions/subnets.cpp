#include <fmt/format.h>

#include "base/text.h"
#include "sim/actions/actions.h"
#include "sim/describe.h"

namespace hotaru::sim::actions {

namespace {

std::int64_t free_addresses(const RegionState& state, const Subnet& subnet) {
  const auto prefix = parse_integer(subnet.cidr.substr(subnet.cidr.find('/') + 1)).value_or(32);
  const std::int64_t all = (std::int64_t{1} << (32 - prefix)) - 5;  // a VPC reserves the first four and the last
  return all - state.network_interfaces.index().in_subnet(subnet.id);
}

Description<Subnet> description(const Context& context) {
  const Context* from = &context;
  return {"SubnetId",
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
           {"subnet-arn", [from](const Subnet& one) { return Values{arn(*from, "subnet", one.id)}; }},
           {"subnet-id", [](const Subnet& one) { return Values{one.id}; }},
           {"vpc-id", [](const Subnet& one) { return Values{one.vpc_id}; }}}};
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
      .flag("ipv6Native", false);
  write_tags(item, context.state.tags_of(subnet.id));
}

}  // namespace

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
  auto subnet = find_by_id(context.state.subnets, id_forms::subnet, id);
  if (!subnet) return std::unexpected(subnet.error());
  if (context.state.network_interfaces.index().in_subnet(id) > 0) {
    return refuse("DependencyViolation", fmt::format("The subnet '{}' has dependencies and cannot be deleted.", id));
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.subnets.erase(id);
  context.state.remove_tags(id);
  return done();
}

}  // namespace hotaru::sim::actions
