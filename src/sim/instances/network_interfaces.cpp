#include <fmt/format.h>

#include "base/text.h"
#include "sim/empty_filters.h"
#include "sim/instances/actions.h"
#include "sim/instances/instance_filters.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/life.h"
#include "sim/network/address_changes.h"
#include "sim/network/lookups.h"

namespace hotaru::sim {

namespace actions {

namespace {

auto text(SharedText NetworkInterface::* member) {
  return [member](const NetworkInterface& one) { return (one.*member).empty() ? Values{} : Values{one.*member}; };
}

Values private_ips(const NetworkInterface& one) {
  Values all = {one.private_ip};
  for (const PrivateAddress& more : one.secondary) all.emplace_back(more.private_ip);
  return all;
}

Values public_ips(const NetworkInterface& one) {
  Values all;
  if (!one.public_ip.empty()) all.emplace_back(one.public_ip);
  for (const PrivateAddress& more : one.secondary)
    if (!more.public_ip.empty()) all.emplace_back(more.public_ip);
  return all;
}

/// What is so of attached interfaces alone.
template <class Read>
auto attached(Read read) {
  return [read](const NetworkInterface& one) { return one.instance_id.empty() ? Values{} : Values{read(one)}; };
}

void add_attachment(FilterTable<NetworkInterface>& table, const RegionState& state) {
  table["attachment.instance-id"] = text(&NetworkInterface::instance_id);
  table["attachment.attachment-id"] = text(&NetworkInterface::attachment_id);
  table["attachment.status"] = [](const NetworkInterface& one) {
    return Values{one.instance_id.empty() ? "detached" : "attached"};
  };
  table["attachment.device-index"] =
      attached([](const NetworkInterface& one) { return std::to_string(one.device_index); });
  table["attachment.attach-time"] = attached([](const NetworkInterface& one) { return iso8601(one.attach_time); });
  table["attachment.instance-owner-id"] = attached([&state](const NetworkInterface&) { return state.account; });
  table["attachment.delete-on-termination"] =
      attached([](const NetworkInterface& one) { return std::string(one.delete_on_termination ? "true" : "false"); });
}

}  // namespace

}  // namespace actions

FilterTable<NetworkInterface> interface_filters(const RegionState& state) {
  using namespace actions;
  FilterTable<NetworkInterface> table;
  table["network-interface-id"] = text(&NetworkInterface::id);
  table["vpc-id"] = text(&NetworkInterface::vpc_id);
  table["subnet-id"] = text(&NetworkInterface::subnet_id);
  table["availability-zone"] = text(&NetworkInterface::zone);
  table["description"] = text(&NetworkInterface::description);
  table["mac-address"] = text(&NetworkInterface::mac);
  table["status"] = text(&NetworkInterface::status);
  table["private-ip-address"] = table["addresses.private-ip-address"] = private_ips;
  table["addresses.primary"] = [](const NetworkInterface& one) {
    return one.secondary.empty() ? truth(true) : Values{std::string("true"), std::string("false")};
  };
  table["private-dns-name"] = text(&NetworkInterface::private_dns);
  table["association.public-ip"] = text(&NetworkInterface::public_ip);
  table["addresses.association.public-ip"] = public_ips;
  table["association.allocation-id"] = [&state](const NetworkInterface& one) {
    const ElasticAddress* elastic = elastic_address(state, one.public_ip);
    return elastic ? Values{elastic->id} : Values{};
  };
  table["association.association-id"] = [&state](const NetworkInterface& one) {
    const ElasticAddress* elastic = elastic_address(state, one.public_ip);
    return elastic ? Values{elastic->association_id} : Values{};
  };
  table["association.ip-owner-id"] = table["addresses.association.owner-id"] = [&state](const NetworkInterface& one) {
    if (one.public_ip.empty()) return Values{};
    return Values{elastic_address(state, one.public_ip) ? state.account : std::string("amazon")};
  };
  table["association.public-dns-name"] = text(&NetworkInterface::public_dns);
  add_attachment(table, state);
  table["owner-id"] = [&state](const NetworkInterface&) { return Values{state.account}; };
  table["requester-managed"] = [](const NetworkInterface&) { return truth(false); };
  table["source-dest-check"] = [&state](const NetworkInterface& one) { return truth(source_dest_check(state, one)); };
  table["interface-type"] = [](const NetworkInterface&) { return Values{"interface"}; };
  table["group-id"] = [](const NetworkInterface& one) { return values_of(one.group_ids); };
  table["group-name"] = [&state](const NetworkInterface& one) { return group_names(state, one.group_ids); };
  table["availability-zone-id"] = [&state](const NetworkInterface& one) {
    const Subnet* subnet = state.subnets.find(one.subnet_id);
    return subnet ? Values{subnet->zone_id} : Values{};
  };
  add_false_filters(table, {"operator.managed"});
  add_empty_filters(table, {"ipv6-addresses.ipv6-address", "operator.principal", "requester-id"});
  return table;
}

namespace actions {

namespace {

std::optional<Values> interfaces_among(const RegionState& state, const std::vector<Filter>& filters) {
  if (auto ids = exact_values(filters, "network-interface-id")) return ids;
  const auto instances = exact_values(filters, "attachment.instance-id");
  if (!instances) return std::nullopt;
  Values ids;
  for (const std::string& id : *instances)
    if (const Instance* instance = state.instances.find(id))
      for (const NetworkInterface* one : interfaces_of(state, *instance)) ids.emplace_back(one->id);
  return ids;
}

}  // namespace

ApiResult<Xml> describe_network_interfaces(Context& context, const Parameters& parameters) {
  parameters.flag("IncludeManagedResources");  // there are none
  settle(context);
  Description<NetworkInterface> how{"NetworkInterfaceId", id_forms::network_interface, {}};
  if (parameters.has("Filter")) how.filters = interface_filters(context.state);
  how.narrow = [&](const std::vector<Filter>& given) { return interfaces_among(context.state, given); };
  auto page = describe<NetworkInterface>(context, parameters, context.state.network_interfaces, how);
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("networkInterfaceSet", page->items, [&](const NetworkInterface* one, Xml& item) {
    write_interface(item, context.state, *one, InterfaceForm::described);
  });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> delete_network_interface(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("NetworkInterfaceId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto found = find_by_id(context.state.network_interfaces, id_forms::network_interface, id);
  if (!found) return std::unexpected(found.error());
  if (!(*found)->instance_id.empty())
    return refuse("InvalidParameterValue", fmt::format("Network interface '{}' is currently in use.", id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  disassociate_all(context.state, **found);
  context.state.network_interfaces.erase(id);
  context.state.remove_tags(id);
  return done();
}

}  // namespace actions

}  // namespace hotaru::sim
