#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/network/lookups.h"
#include "sim/network/shared.h"

namespace hotaru::sim::actions {

namespace {

/// Kinds of targets of which there are none here, and what EC2 says of one that it does not know.
struct UnknownTarget {
  const char* parameter;
  const char* code;
  const char* noun;
};
constexpr UnknownTarget unknown_targets[] = {
    {"NatGatewayId", "NatGatewayNotFound", "NAT gateway ID"},
    {"VpcPeeringConnectionId", "InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection ID"},
    {"TransitGatewayId", "InvalidTransitGatewayID.NotFound", "transitGateway ID"},
    {"EgressOnlyInternetGatewayId", "InvalidGatewayID.NotFound", "eigw ID"},
    {"VpcEndpointId", "InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id"},
    {"CarrierGatewayId", "InvalidCarrierGatewayID.NotFound", "carrierGateway ID"},
    {"LocalGatewayId", "InvalidLocalGatewayID.NotFound", "localGateway ID"},
    {"CoreNetworkArn", "InvalidCoreNetworkArn.NotFound", "core network ARN"},
    {"OdbNetworkArn", "InvalidParameterValue", "ODB network ARN"},
};

struct RouteRequest {
  std::string table_id;
  std::string destination;
  std::string gateway_id;
  std::string instance_id;
  std::string network_interface_id;
  bool local = false;
  int targets = 0;
};

void read_destination(const Parameters& parameters, RouteRequest& request) {
  request.table_id = parameters.required("RouteTableId");
  request.destination = parameters.text("DestinationCidrBlock");
  if (parameters.has("DestinationIpv6CidrBlock"))
    parameters.refuse("UnsupportedOperation", "The simulator has no IPv6.");
  if (parameters.has("DestinationPrefixListId"))
    parameters.refuse("UnsupportedOperation", "The simulator has no routes to prefix lists.");
  parameters.ignore("DestinationIpv6CidrBlock");
  parameters.ignore("DestinationPrefixListId");
  parameters.required("DestinationCidrBlock");
}

RouteRequest read_route(const Parameters& parameters) {
  RouteRequest request;
  read_destination(parameters, request);
  request.gateway_id = parameters.text("GatewayId");
  request.instance_id = parameters.text("InstanceId");
  request.network_interface_id = parameters.text("NetworkInterfaceId");
  request.local = parameters.flag("LocalTarget") || request.gateway_id == "local";
  for (const std::string* one : {&request.gateway_id, &request.instance_id, &request.network_interface_id})
    if (!one->empty()) ++request.targets;
  for (const UnknownTarget& one : unknown_targets)
    if (const std::string id = parameters.text(one.parameter); !id.empty())
      parameters.refuse(one.code, fmt::format("The {} '{}' does not exist", one.noun, id));
  return request;
}

ApiResult<Route> gateway_route(const Context& context, const RouteTable& table, const RouteRequest& request) {
  if (!is_id("igw", request.gateway_id) || !context.state.internet_gateways.find(request.gateway_id))
    return refuse("InvalidGatewayID.NotFound", fmt::format("The gateway ID '{}' does not exist", request.gateway_id));
  if (context.state.internet_gateways.find(request.gateway_id)->vpc_id != table.vpc_id)
    return refuse("InvalidParameterValue",
                  fmt::format("route table {} and network gateway {} belong to different networks", table.id,
                              request.gateway_id));
  const Vpc* vpc = context.state.vpcs.find(table.vpc_id);
  for (const std::string& cidr : cidrs_of(*vpc))
    if (cidr_contains(cidr, request.destination))
      return refuse("InvalidParameterValue",
                    fmt::format("The destination CIDR block {} is equal to or more specific than one of this VPC's "
                                "CIDR blocks. This route can target only an interface or an instance.",
                                request.destination));
  return Route{request.destination, request.gateway_id, {}};
}

ApiResult<const NetworkInterface*> interface_of_instance(const Context& context, const std::string& id) {
  auto instance = find_by_id(context.state.instances, id_forms::instance, id);
  if (!instance) return std::unexpected(instance.error());
  const auto interfaces = interfaces_of(context.state, **instance);
  if (interfaces.size() == 1) return interfaces.front();
  return refuse(
      "InvalidInstanceID",
      interfaces.empty()
          ? fmt::format("The instance '{}' is not attached to a network interface", id)
          : fmt::format("There are multiple interfaces attached to instance '{}'. Please specify an interface "
                        "ID for the operation instead.",
                        id));
}

ApiResult<Route> interface_route(const Context& context, const RouteTable& table, const RouteRequest& request) {
  auto one = request.instance_id.empty() ? find_by_id(context.state.network_interfaces, id_forms::network_interface,
                                                      request.network_interface_id)
                                         : interface_of_instance(context, request.instance_id);
  if (!one) return std::unexpected(one.error());
  if ((*one)->vpc_id != table.vpc_id)
    return refuse("InvalidParameterValue",
                  fmt::format("route table {} and interface {} belong to different networks", table.id, (*one)->id));
  // Packets do not go that way: better to say so than to lose them.
  if (context.machines && context.machines->has_network())
    return refuse("UnsupportedOperation", "The simulator routes no packets through instances.");
  return Route{request.destination, "", (*one)->id};
}

/// What the call asks for, in a table that is there.
ApiResult<Route> plan_route(const Context& context, const RouteTable& table, RouteRequest request) {
  if (auto no = check_cidr(request.destination)) {
    no->message =
        fmt::format("Value ({}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.",
                    request.destination);
    return std::unexpected(*no);
  }
  request.destination = canonical_cidr(request.destination);
  if (request.targets == 0)
    return refuse("MissingParameter",
                  "The request must contain the parameter gatewayId, instanceId or "
                  "networkInterfaceId");
  if (request.targets > 1) return refuse("InvalidParameterCombination", "Only one target of a route can be specified.");
  if (request.local)
    return refuse("InvalidParameterValue", "The local route of a VPC cannot be made or replaced here.");
  if (!request.gateway_id.empty()) return gateway_route(context, table, request);
  return interface_route(context, table, request);
}

auto find_route(const RouteTable& table, const std::string& destination) {
  return std::ranges::find(table.routes, destination, &Route::destination);
}

}  // namespace

ApiResult<Xml> create_route(Context& context, const Parameters& parameters) {
  const RouteRequest request = read_route(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto table = find_by_id(context.state.route_tables, id_forms::route_table, request.table_id);
  if (!table) return std::unexpected(table.error());
  if (find_route(**table, canonical_cidr(request.destination)) != (*table)->routes.end())
    return refuse("RouteAlreadyExists",
                  fmt::format("The route identified by {} already exists.", canonical_cidr(request.destination)));
  auto route = plan_route(context, **table, request);
  if (!route) return std::unexpected(route.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.route_tables.modify(request.table_id, [&](RouteTable& one) { one.routes.push_back(*route); });
  refresh_firewalls_later(context, (*table)->vpc_id);
  return done();
}

ApiResult<Xml> replace_route(Context& context, const Parameters& parameters) {
  const RouteRequest request = read_route(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto table = find_by_id(context.state.route_tables, id_forms::route_table, request.table_id);
  if (!table) return std::unexpected(table.error());
  if (find_route(**table, canonical_cidr(request.destination)) == (*table)->routes.end())
    return refuse("InvalidParameterValue",
                  fmt::format("There is no route defined for '{}' in the route table. Use CreateRoute instead.",
                              request.destination));
  auto route = plan_route(context, **table, request);
  if (!route) return std::unexpected(route.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.route_tables.modify(request.table_id, [&](RouteTable& one) {
    for (Route& old : one.routes)
      if (old.destination == route->destination) old = *route;
  });
  refresh_firewalls_later(context, (*table)->vpc_id);
  return done();
}

ApiResult<Xml> delete_route(Context& context, const Parameters& parameters) {
  RouteRequest request;
  read_destination(parameters, request);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto table = find_by_id(context.state.route_tables, id_forms::route_table, request.table_id);
  if (!table) return std::unexpected(table.error());
  const auto found = find_route(**table, canonical_cidr(request.destination));
  if (found == (*table)->routes.end())
    return refuse("InvalidRoute.NotFound", fmt::format("no route with destination-cidr-block {} in route table {}",
                                                       request.destination, request.table_id));
  if (found->gateway_id == "local")
    return refuse("InvalidParameterValue",
                  fmt::format("cannot remove local route {} in route table {}", found->destination, request.table_id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string destination = found->destination;
  context.state.route_tables.modify(request.table_id, [&](RouteTable& one) {
    std::erase_if(one.routes, [&](const Route& route) { return route.destination == destination; });
  });
  refresh_firewalls_later(context, (*table)->vpc_id);
  return done();
}

}  // namespace hotaru::sim::actions
