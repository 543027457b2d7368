#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/addresses.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/network/address_changes.h"
#include "sim/network/elastic_lookup.h"
#include "sim/network/lookups.h"
#include "sim/network/shared.h"

#include "sim/bill/usage.h"

namespace hotaru::sim {

ApiResult<const ElasticAddress*> find_elastic(const Context& context, const std::string& allocation_id,
                                              const std::string& public_ip) {
  if (allocation_id.empty() && public_ip.empty())
    return refuse("MissingParameter", "Either public IP or allocation id must be specified");
  if (!allocation_id.empty() && !public_ip.empty())
    return refuse("InvalidParameterCombination",
                  "You may specify public IP or allocation id, but not both in the same call");
  if (!allocation_id.empty()) {
    const ElasticAddress* found = context.state.elastic_addresses.find(allocation_id);
    if (!found) return std::unexpected(no_such_id(id_forms::allocation, {allocation_id}));
    return found;
  }
  if (const ElasticAddress* found = elastic_address(context.state, public_ip)) return found;
  if (context.state.network_interfaces.index().public_ips().contains(parse_ipv4(public_ip).value_or(0)))
    return refuse("AuthFailure", fmt::format("You do not have permission to access the specified resource."));
  return refuse("InvalidAddress.NotFound", fmt::format("Address '{}' not found.", public_ip));
}

namespace actions {

namespace {

const NetworkInterface* interface_of(const RegionState& state, const ElasticAddress& one) {
  return state.network_interfaces.find(one.network_interface_id);
}

std::string instance_of(const RegionState& state, const ElasticAddress& one) {
  const NetworkInterface* at = interface_of(state, one);
  return at ? std::string(at->instance_id) : "";
}

Values unless_empty(const std::string& value) { return value.empty() ? Values{} : Values{value}; }

Description<ElasticAddress> description(const Context& context) {
  const Context* from = &context;
  return {
      "AllocationId",
      id_forms::allocation,
      {{"allocation-id", [](const ElasticAddress& one) { return Values{one.id}; }},
       {"association-id", [](const ElasticAddress& one) { return unless_empty(one.association_id); }},
       {"domain", [](const ElasticAddress&) { return Values{std::string("vpc")}; }},
       {"instance-id", [from](const ElasticAddress& one) { return unless_empty(instance_of(from->state, one)); }},
       {"network-border-group", [from](const ElasticAddress&) { return Values{from->region}; }},
       {"network-interface-id", [](const ElasticAddress& one) { return unless_empty(one.network_interface_id); }},
       {"network-interface-owner-id",
        [from](const ElasticAddress& one) { return one.association_id.empty() ? Values{} : Values{from->account_id}; }},
       {"private-ip-address", [](const ElasticAddress& one) { return unless_empty(one.private_ip); }},
       {"public-ip", [](const ElasticAddress& one) { return Values{one.public_ip}; }}}};
}

void write_place(const Context& context, const ElasticAddress& one, Xml& xml) {
  xml.text("publicIp", one.public_ip)
      .text("allocationId", one.id)
      .text("domain", "vpc")
      .text("publicIpv4Pool", "amazon")
      .text("networkBorderGroup", context.region);
}

void write(const Context& context, const ElasticAddress& one, Xml& item) {
  write_place(context, one, item);
  if (const NetworkInterface* at = interface_of(context.state, one)) {
    item.text_unless_empty("instanceId", at->instance_id)
        .text("associationId", one.association_id)
        .text("networkInterfaceId", at->id)
        .text("networkInterfaceOwnerId", context.account_id)
        .text("privateIpAddress", one.private_ip);
  }
  write_tags_if_any(item, context.state.tags_of(one.id));
}

/// In a default VPC an address is taken from its instance; elsewhere it must be disassociated first.
Refusal check_release(const Context& context, const ElasticAddress& one) {
  if (one.association_id.empty()) return std::nullopt;
  const NetworkInterface* at = interface_of(context.state, one);
  const Vpc* vpc = at ? context.state.vpcs.find(at->vpc_id) : nullptr;
  if (!at || (vpc && vpc->is_default && !at->instance_id.empty())) return std::nullopt;
  return ApiError{400, "InvalidIPAddress.InUse", fmt::format("Address {} is in use.", one.id)};
}

}  // namespace

ApiResult<Xml> allocate_address(Context& context, const Parameters& parameters) {
  parameters.one_of("Domain", {"vpc", "standard"}, "vpc");  // there is no EC2-Classic any more
  const std::string address = parameters.text("Address");
  const std::string group = parameters.text("NetworkBorderGroup");
  const std::string pool = parameters.text("PublicIpv4Pool");
  for (const char* name : {"CustomerOwnedIpv4Pool", "IpamPoolId"})
    if (!parameters.text(name).empty())
      parameters.refuse("UnsupportedOperation", "The simulator has no address pools but Amazon's.");
  const auto tags = read_tag_specifications(parameters, {"elastic-ip"});
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!address.empty())
    return refuse("InvalidAddress.NotFound", fmt::format("The address '{}' cannot be allocated.", address));
  if (!group.empty() && group != context.region)
    return refuse("InvalidParameterValue",
                  fmt::format("Value ({}) for parameter networkBorderGroup is invalid.", group));
  if (!pool.empty() && pool != "amazon")
    return refuse("InvalidPublicIpv4PoolID.NotFound", fmt::format("The pool ID '{}' does not exist", pool));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const auto public_ip = take_public_address(context);
  if (!public_ip) return std::unexpected(public_ip.error());
  ElasticAddress one;
  one.id = context.new_id("eipalloc");
  one.public_ip = *public_ip;
  one.allocated = context.now();
  tag_made(context, tags, "elastic-ip", one.id);
  Xml xml;
  write_place(context, context.state.elastic_addresses.put(std::move(one)), xml);
  return xml;
}

ApiResult<Xml> release_address(Context& context, const Parameters& parameters) {
  const std::string allocation_id = parameters.text("AllocationId");
  const std::string public_ip = parameters.text("PublicIp");
  parameters.text("NetworkBorderGroup");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto found = find_elastic(context, allocation_id, public_ip);
  if (!found) return std::unexpected(found.error());
  if (auto no = check_release(context, **found)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const ElasticAddress one = **found;
  const NetworkInterface* at = interface_of(context.state, one);
  const std::string instance_id = instance_of(context.state, one);
  const std::string vpc_id = at ? std::string(at->vpc_id) : "";
  disassociate(context.state, one.id);
  bill_address(context.state, one, context.now());
  context.state.elastic_addresses.erase(one.id);
  context.state.remove_tags(one.id);
  give_automatic_address(context, instance_id);
  if (!vpc_id.empty()) tell_of_addresses(context, vpc_id, instance_id);
  return done();
}

ApiResult<Xml> describe_addresses(Context& context, const Parameters& parameters) {
  const auto wanted = parameters.list("PublicIp");
  settle(context);
  auto how = description(context);
  how.wanted = [&](const ElasticAddress& one) {
    return wanted.empty() || std::ranges::find(wanted, one.public_ip) != wanted.end();
  };
  auto page = describe(context, parameters, context.state.elastic_addresses, how);
  if (!page) return std::unexpected(page.error());
  for (const std::string& address : wanted)
    if (!elastic_address(context.state, address))
      return refuse("InvalidAddress.NotFound", fmt::format("Address '{}' not found.", address));
  Xml xml;
  xml.set("addressesSet", page->items, [&](const ElasticAddress* one, Xml& item) { write(context, *one, item); });
  return xml;
}

ApiResult<Xml> describe_addresses_attribute(Context& context, const Parameters& parameters) {
  parameters.one_of("Attribute", {"domain-name"}, "domain-name");
  Description<ElasticAddress> how{"AllocationId", id_forms::allocation, {}, 1};
  auto page = describe(context, parameters, context.state.elastic_addresses, how);
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("addressSet", page->items, [](const ElasticAddress* one, Xml& item) {
    item.text("publicIp", one->public_ip).text("allocationId", one->id);
  });
  page->write_token(xml);
  return xml;
}

}  // namespace actions

}  // namespace hotaru::sim
