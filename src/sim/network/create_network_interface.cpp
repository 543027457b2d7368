#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/network/lookups.h"
#include "sim/network/new_interface.h"
#include "sim/network/requests.h"
#include "sim/network/shared.h"

namespace hotaru::sim {

void read_addresses(const Parameters& parameters, AddressRequest& request) {
  request.private_ip = parameters.text("PrivateIpAddress");
  for (const Parameters& one : parameters.structures("PrivateIpAddresses")) {
    const std::string address = one.required("PrivateIpAddress");
    if (!one.flag("Primary")) {
      request.secondary.push_back(address);
    } else if (request.private_ip.empty() || request.private_ip == address) {
      request.private_ip = address;
    } else {
      parameters.refuse("InvalidParameterValue", "Only one primary private IP address can be specified.");
    }
  }
  request.secondary_count = parameters.integer("SecondaryPrivateIpAddressCount", 0);
  if (request.secondary_count < 0)
    parameters.invalid_value("SecondaryPrivateIpAddressCount", std::to_string(request.secondary_count));
  if (request.secondary_count > 0 && !request.secondary.empty())
    parameters.refuse("InvalidParameterCombination",
                      "The parameters privateIpAddresses and secondaryPrivateIpAddressCount cannot be combined.");
  for (const char* name : {"Ipv4Prefix", "Ipv4PrefixCount"})
    if (parameters.has(name)) parameters.refuse("UnsupportedOperation", "The simulator's interfaces have no prefixes.");
  for (const char* name : {"Ipv4Prefix", "Ipv4PrefixCount"}) parameters.ignore(name);
}

namespace actions {

namespace {

struct InterfaceRequest {
  std::string subnet_id;
  std::vector<std::string> group_ids;
  AddressRequest addresses;
  std::string description;
  std::string token;
};

InterfaceRequest read_request(const Parameters& parameters) {
  InterfaceRequest request;
  request.subnet_id = parameters.required("SubnetId");
  request.group_ids = parameters.list("SecurityGroupId");
  request.description = parameters.text("Description");
  request.token = parameters.text("ClientToken");
  read_addresses(parameters, request.addresses);
  refuse_ipv6(parameters);
  parameters.one_of("InterfaceType", {"interface", "efa"}, "interface");
  parameters.ignore("ConnectionTrackingSpecification");
  return request;
}

const NetworkInterface* made_with(const RegionState& state, const std::string& token) {
  if (token.empty()) return nullptr;
  for (const auto& [id, one] : state.network_interfaces.all())
    if (one.client_token == token) return &one;
  return nullptr;
}

Xml answer(const Context& context, const NetworkInterface& one, const char* status) {
  Xml inside;
  NetworkInterface shown = one;
  shown.status = status;
  write_interface(inside, context.state, shown, InterfaceForm::described);
  return Xml{}.element("networkInterface", inside).text_unless_empty("clientToken", one.client_token);
}

}  // namespace

ApiResult<Xml> create_network_interface(Context& context, const Parameters& parameters) {
  refuse_unsupported(parameters, {"Operator"});
  const InterfaceRequest request = read_request(parameters);
  const auto tags = read_tag_specifications(parameters, {"network-interface"});
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto subnet = find_by_id(context.state.subnets, id_forms::subnet, request.subnet_id);
  if (!subnet) return std::unexpected(subnet.error());
  if (const NetworkInterface* made = made_with(context.state, request.token)) {
    if (made->subnet_id == request.subnet_id) return answer(context, *made, "available");
    return refuse("IdempotentParameterMismatch",
                  "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
  }
  auto groups = interface_groups(context.state, request.group_ids, **subnet);
  if (!groups) return std::unexpected(groups.error());
  const InterfacePlan plan{**subnet,
                           *groups,
                           request.addresses.private_ip,
                           request.addresses.secondary,
                           request.addresses.secondary_count,
                           request.description};
  if (auto no = check_addresses(context.state, plan)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  auto made = new_interface(context, plan);
  if (!made) return std::unexpected(made.error());
  made->client_token = request.token;
  made->delete_on_termination = false;
  tag_made(context, tags, "network-interface", std::string(made->id));
  return answer(context, context.state.network_interfaces.put(*std::move(made)), "pending");
}

}  // namespace actions

}  // namespace hotaru::sim
