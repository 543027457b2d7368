#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/actions.h"
#include "sim/instances/instance_filters.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/life.h"

namespace hotaru::sim::actions {

namespace {

auto text(SharedText NetworkInterface::* member) {
  return [member](const NetworkInterface& one) { return (one.*member).empty() ? Values{} : Values{one.*member}; };
}

FilterTable<NetworkInterface> filters(const RegionState& state) {
  FilterTable<NetworkInterface> table;
  table["network-interface-id"] = text(&NetworkInterface::id);
  table["vpc-id"] = text(&NetworkInterface::vpc_id);
  table["subnet-id"] = text(&NetworkInterface::subnet_id);
  table["availability-zone"] = text(&NetworkInterface::zone);
  table["description"] = text(&NetworkInterface::description);
  table["mac-address"] = text(&NetworkInterface::mac);
  table["status"] = text(&NetworkInterface::status);
  table["private-ip-address"] = text(&NetworkInterface::private_ip);
  table["addresses.private-ip-address"] = text(&NetworkInterface::private_ip);
  table["private-dns-name"] = text(&NetworkInterface::private_dns);
  table["association.public-ip"] = text(&NetworkInterface::public_ip);
  table["addresses.association.public-ip"] = text(&NetworkInterface::public_ip);
  table["association.public-dns-name"] = text(&NetworkInterface::public_dns);
  table["attachment.instance-id"] = text(&NetworkInterface::instance_id);
  table["attachment.attachment-id"] = text(&NetworkInterface::attachment_id);
  table["attachment.status"] = [](const NetworkInterface& one) {
    return Values{one.instance_id.empty() ? "detached" : "attached"};
  };
  table["owner-id"] = [&state](const NetworkInterface&) { return Values{state.account}; };
  table["interface-type"] = [](const NetworkInterface&) { return Values{"interface"}; };
  table["group-id"] = [](const NetworkInterface& one) { return values_of(one.group_ids); };
  table["group-name"] = [&state](const NetworkInterface& one) { return group_names(state, one.group_ids); };
  return table;
}

std::optional<Values> interfaces_among(const RegionState& state, const std::vector<Filter>& filters) {
  if (auto ids = exact_values(filters, "network-interface-id")) return ids;
  const auto instances = exact_values(filters, "attachment.instance-id");
  if (!instances) return std::nullopt;
  Values ids;
  for (const std::string& id : *instances)
    if (const Instance* one = state.instances.find(id)) ids.emplace_back(one->network_interface_id);
  return ids;
}

}  // namespace

ApiResult<Xml> describe_network_interfaces(Context& context, const Parameters& parameters) {
  settle(context);
  Description<NetworkInterface> how{"NetworkInterfaceId", id_forms::network_interface, {}};
  if (parameters.has("Filter")) how.filters = filters(context.state);
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
    return refuse("InvalidNetworkInterface.InUse", fmt::format("Interface: {} in use.", id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.network_interfaces.erase(id);
  context.state.remove_tags(id);
  return done();
}

}  // namespace hotaru::sim::actions
