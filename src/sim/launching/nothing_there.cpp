#include <set>
#include <string>

#include "sim/describe.h"
#include "sim/launching/actions.h"

namespace hotaru::sim::launching {

namespace {

/// A kind of which there is nothing: a call that names one is told so, any filter finds none.
struct Absent {
  const char* id_parameter;
  const char* set;
  const char* code;
  const char* noun;
  std::set<std::string> filters = {};
};

ApiResult<Xml> nothing(const Parameters& parameters, const Absent& kind) {
  const auto ids = parameters.list(kind.id_parameter);
  read_filters(parameters, kind.filters);
  read_page(parameters, 1, 1000);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (!ids.empty()) return std::unexpected(no_such_id({"", "", kind.code, kind.noun}, ids));
  return Xml{}.element(kind.set, Xml{});
}

}  // namespace

ApiResult<Xml> describe_reserved_instances(Context& /*context*/, const Parameters& parameters) {
  parameters.ignore("OfferingClass");
  parameters.ignore("OfferingType");
  return nothing(parameters,
                 {"ReservedInstancesId",
                  "reservedInstancesSet",
                  "InvalidReservedInstancesId",
                  "reserved instances ID",
                  {"availability-zone", "availability-zone-id", "duration", "end", "fixed-price", "instance-type",
                   "product-description", "reserved-instances-id", "scope", "start", "state", "usage-price"}});
}

ApiResult<Xml> describe_reserved_instances_offerings(Context& /*context*/, const Parameters& parameters) {
  for (const char* name :
       {"AvailabilityZone", "AvailabilityZoneId", "IncludeMarketplace", "InstanceType", "MaxDuration",
        "MaxInstanceCount", "MinDuration", "OfferingClass", "OfferingType", "ProductDescription", "InstanceTenancy"})
    parameters.ignore(name);
  return nothing(parameters,
                 {"ReservedInstancesOfferingId",
                  "reservedInstancesOfferingsSet",
                  "InvalidReservedInstancesOfferingId",
                  "reserved instances offering ID",
                  {"availability-zone", "availability-zone-id", "duration", "fixed-price", "instance-type",
                   "marketplace", "product-description", "reserved-instances-offering-id", "scope", "usage-price"}});
}

ApiResult<Xml> describe_capacity_reservations(Context& /*context*/, const Parameters& parameters) {
  return nothing(parameters, {"CapacityReservationId",
                              "capacityReservationSet",
                              "InvalidCapacityReservationId.NotFound",
                              "capacity reservation ID",
                              {"availability-zone", "availability-zone-id", "end-date", "end-date-type",
                               "instance-match-criteria", "instance-platform", "instance-type", "outpost-arn",
                               "owner-id", "placement-group-arn", "start-date", "state", "tenancy"}});
}

ApiResult<Xml> describe_hosts(Context& /*context*/, const Parameters& parameters) {
  return nothing(parameters, {"HostId",
                              "hostSet",
                              "InvalidHostID.NotFound",
                              "host ID",
                              {"auto-placement", "availability-zone", "availability-zone-id", "client-token",
                               "host-reservation-id", "instance-type", "state"}});
}

ApiResult<Xml> describe_spot_fleet_requests(Context& /*context*/, const Parameters& parameters) {
  return nothing(parameters, {"SpotFleetRequestId", "spotFleetRequestConfigSet", "InvalidSpotFleetRequestId.NotFound",
                              "spot fleet request ID"});
}

ApiResult<Xml> describe_instance_connect_endpoints(Context& /*context*/, const Parameters& parameters) {
  return nothing(parameters, {"InstanceConnectEndpointId",
                              "instanceConnectEndpointSet",
                              "InvalidInstanceConnectEndpointId.NotFound",
                              "instance connect endpoint ID",
                              {"instance-connect-endpoint-id", "state", "subnet-id", "vpc-id"}});
}

ApiResult<Xml> describe_bundle_tasks(Context& /*context*/, const Parameters& parameters) {
  return nothing(parameters, {"BundleId",
                              "bundleInstanceTasksSet",
                              "InvalidBundleID.NotFound",
                              "bundle ID",
                              {"bundle-id", "error-code", "error-message", "instance-id", "progress", "s3-bucket",
                               "s3-prefix", "start-time", "state", "update-time"}});
}

}  // namespace hotaru::sim::launching
