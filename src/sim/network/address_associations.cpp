#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/network/address_changes.h"
#include "sim/network/elastic_lookup.h"
#include "sim/network/lookups.h"

namespace hotaru::sim::actions {

namespace {

struct AssociationRequest {
  std::string allocation_id;
  std::string public_ip;
  std::string instance_id;
  std::string interface_id;
  std::string private_ip;
  bool allow_reassociation = true;
};

AssociationRequest read_association(const Parameters& parameters) {
  return {parameters.text("AllocationId"),     parameters.text("PublicIp"),
          parameters.text("InstanceId"),       parameters.text("NetworkInterfaceId"),
          parameters.text("PrivateIpAddress"), parameters.flag("AllowReassociation", true)};
}

ApiResult<const NetworkInterface*> interface_of_instance(const Context& context, const std::string& id) {
  auto found = find_by_id(context.state.instances, id_forms::instance, id);
  if (!found) return std::unexpected(found.error());
  const Instance& instance = **found;
  if (instance.state == "terminated" || instance.state == "shutting-down")
    return refuse("InvalidInstanceID.NotFound", fmt::format("The instance ID '{}' does not exist", id));
  if (instance.state == "pending")
    return refuse("InvalidInstanceID",
                  fmt::format("The pending instance '{}' is not in a valid state for this operation.", id));
  if (!instance.further_interface_ids.empty())
    return refuse("InvalidInstanceID",
                  fmt::format("There are multiple interfaces attached to instance '{}'. Please specify an interface ID "
                              "for the operation instead.",
                              id));
  return context.state.network_interfaces.find(instance.network_interface_id);
}

/// The interface that the call names, itself or by its instance.
ApiResult<const NetworkInterface*> find_target(const Context& context, const AssociationRequest& request) {
  if (request.instance_id.empty() && request.interface_id.empty())
    return refuse("MissingParameter", "Either instance ID or network interface id must be specified");
  if (request.interface_id.empty()) return interface_of_instance(context, request.instance_id);
  auto found = find_by_id(context.state.network_interfaces, id_forms::network_interface, request.interface_id);
  if (found && !request.instance_id.empty() && (*found)->instance_id != request.instance_id)
    return refuse("InvalidParameterCombination", "You may specify instance ID or network interface ID, but not both");
  return found;
}

Refusal check_target(const RegionState& state, const NetworkInterface& one, const std::string& private_ip) {
  if (!has_private(one, private_ip))
    return ApiError{400, "InvalidParameterValue",
                    fmt::format("The private IP address {} is not assigned to interface {}.", private_ip, one.id)};
  for (const auto& [id, gateway] : state.internet_gateways.all())
    if (gateway.vpc_id == one.vpc_id) return std::nullopt;
  return ApiError{400, "Gateway.NotAttached",
                  fmt::format("Network {} is not attached to any internet gateway", one.vpc_id)};
}

}  // namespace

ApiResult<Xml> associate_address(Context& context, const Parameters& parameters) {
  AssociationRequest request = read_association(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto address = find_elastic(context, request.allocation_id, request.public_ip);
  if (!address) return std::unexpected(address.error());
  auto target = find_target(context, request);
  if (!target) return std::unexpected(target.error());
  if (request.private_ip.empty()) request.private_ip = (*target)->private_ip;
  if (auto no = check_target(context.state, **target, request.private_ip)) return std::unexpected(*no);
  const ElasticAddress before = **address;
  const bool same = before.network_interface_id == (*target)->id && before.private_ip == request.private_ip;
  if (!before.association_id.empty() && !same && !request.allow_reassociation)
    return refuse("Resource.AlreadyAssociated", fmt::format("resource {} is already associated with associate-id {}",
                                                            before.id, before.association_id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (same) return done().text("associationId", before.association_id);
  const NetworkInterface* from = context.state.network_interfaces.find(before.network_interface_id);
  const std::string former = from ? std::string(from->instance_id) : "";
  const std::string former_vpc = from ? std::string(from->vpc_id) : "";
  const std::string id = context.new_id("eipassoc");
  associate(context, before.id, std::string((*target)->id), request.private_ip, id);
  give_automatic_address(context, former);
  if (!former.empty()) tell_of_addresses(context, former_vpc, former);
  tell_of_addresses(context, std::string((*target)->vpc_id), std::string((*target)->instance_id));
  return done().text("associationId", id);
}

ApiResult<Xml> disassociate_address(Context& context, const Parameters& parameters) {
  const std::string association_id = parameters.text("AssociationId");
  const std::string public_ip = parameters.text("PublicIp");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (association_id.empty() && public_ip.empty())
    return refuse("MissingParameter", "Either public IP or association id must be specified");
  settle(context);
  const ElasticAddress* found = association_id.empty() ? elastic_address(context.state, public_ip) : nullptr;
  for (const auto& [id, one] : context.state.elastic_addresses.all())
    if (!association_id.empty() && one.association_id == association_id) found = &one;
  if (!found && !association_id.empty())
    return refuse("InvalidAssociationID.NotFound",
                  fmt::format("The association ID '{}' does not exist", association_id));
  if (!found) {
    auto refused = find_elastic(context, "", public_ip);
    return std::unexpected(refused.error());
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const NetworkInterface* from = context.state.network_interfaces.find(found->network_interface_id);
  const std::string instance_id = from ? std::string(from->instance_id) : "";
  const std::string vpc_id = from ? std::string(from->vpc_id) : "";
  disassociate(context.state, std::string(found->id));
  give_automatic_address(context, instance_id);
  if (!vpc_id.empty()) tell_of_addresses(context, vpc_id, instance_id);
  return done();
}

}  // namespace hotaru::sim::actions
