#include "sim/describe.h"
#include "sim/network/actions.h"

// Kinds of resources that nobody can make here: the lists are empty, and an id is one that does not exist.

namespace hotaru::sim::actions {

namespace {

struct Nothing {
  std::string id;
};

/// Nothing has any value: all filters of EC2's are known, and none finds anything.
ApiResult<Xml> describe_nothing(Context& context, const Parameters& parameters, const std::string& id_parameter,
                                const IdForm& form, const char* set, const Values& filters) {
  Description<Nothing> how{id_parameter, form, {}};
  for (const std::string& name : filters) how.filters[name] = [](const Nothing&) { return Values{}; };
  auto page = describe_rows<Nothing>(context, parameters, {}, how);
  if (!page) return std::unexpected(page.error());
  return Xml{}.element(set, Xml{});
}

}  // namespace

ApiResult<Xml> describe_vpc_peering_connections(Context& context, const Parameters& parameters) {
  static const IdForm form{"pcx", "InvalidVpcPeeringConnectionId.Malformed", "InvalidVpcPeeringConnectionID.NotFound",
                           "vpcPeeringConnection ID"};
  return describe_nothing(context, parameters, "VpcPeeringConnectionId", form, "vpcPeeringConnectionSet",
                          {"accepter-vpc-info.cidr-block", "accepter-vpc-info.owner-id", "accepter-vpc-info.vpc-id",
                           "expiration-time", "requester-vpc-info.cidr-block", "requester-vpc-info.owner-id",
                           "requester-vpc-info.vpc-id", "status-code", "status-message", "vpc-peering-connection-id"});
}

ApiResult<Xml> describe_nat_gateways(Context& context, const Parameters& parameters) {
  static const IdForm form{"nat", "NatGatewayMalformed", "NatGatewayNotFound", "NAT gateway"};
  return describe_nothing(context, parameters, "NatGatewayId", form, "natGatewaySet",
                          {"nat-gateway-id", "state", "subnet-id", "vpc-id"});
}

ApiResult<Xml> describe_vpc_endpoints(Context& context, const Parameters& parameters) {
  static const IdForm form{"vpce", "InvalidVpcEndpointId.Malformed", "InvalidVpcEndpointId.NotFound",
                           "Vpc Endpoint Id"};
  return describe_nothing(context, parameters, "VpcEndpointId", form, "vpcEndpointSet",
                          {"ip-address-type", "service-name", "service-region", "vpc-id", "vpc-endpoint-id",
                           "vpc-endpoint-state", "vpc-endpoint-type"});
}

ApiResult<Xml> describe_egress_only_internet_gateways(Context& context, const Parameters& parameters) {
  static const IdForm form{"eigw", "InvalidEgressOnlyInternetGatewayId.Malformed", "InvalidGatewayID.NotFound",
                           "eigw ID"};
  return describe_nothing(context, parameters, "EgressOnlyInternetGatewayId", form, "egressOnlyInternetGatewaySet", {});
}

}  // namespace hotaru::sim::actions
