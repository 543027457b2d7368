#include "sim/network/shared.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/instances/life.h"
#include "sim/network/lookups.h"

namespace hotaru::sim {

void tag_made(Context& context, const std::map<std::string, std::map<std::string, std::string>>& by_type,
              const std::string& type, const std::string& id) {
  const auto found = by_type.find(type);
  if (found != by_type.end()) context.state.add_tags(id, found->second);
}

std::string make_vpc(Context& context, Vpc vpc) {
  vpc.id = context.new_id("vpc");
  const std::string id = vpc.id;
  RouteTable table;
  table.id = context.new_id("rtb");
  table.vpc_id = id;
  table.main = true;
  table.main_association_id = context.new_id("rtbassoc");
  table.routes = {{vpc.cidr, "local"}};
  context.state.route_tables.put(std::move(table));
  context.state.security_groups.put(default_security_group(context.world, id));
  context.state.vpcs.put(std::move(vpc));
  return id;
}

Refusal check_cidr(const std::string& text) {
  if (!canonical_cidr(text).empty()) return std::nullopt;
  return ApiError{400, "InvalidParameterValue",
                  fmt::format("Value ({}) for parameter cidrBlock is invalid. This is not a valid CIDR block.", text)};
}

void refuse_unsupported(const Parameters& parameters, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (parameters.has(name))
      parameters.refuse("UnsupportedOperation", fmt::format("The simulator does not support the parameter {}.", name));
    parameters.ignore(name);
  }
}

void refuse_ipv6(const Parameters& parameters) {
  for (const char* name :
       {"Ipv6CidrBlock", "Ipv6Pool", "Ipv6IpamPoolId", "Ipv6NetmaskLength", "Ipv6Address", "Ipv6Addresses",
        "Ipv6AddressCount", "Ipv6Prefix", "Ipv6PrefixCount", "Ipv6CidrBlockNetworkBorderGroup"}) {
    const bool asked = parameters.has(name) && parameters.text(name) != "0";
    if (asked) parameters.refuse("UnsupportedOperation", "The simulator has no IPv6.");
    parameters.ignore(name);
  }
  for (const char* name : {"AmazonProvidedIpv6CidrBlock", "Ipv6Native", "EnablePrimaryIpv6", "PrimaryIpv6"})
    if (parameters.flag(name)) parameters.refuse("UnsupportedOperation", "The simulator has no IPv6.");
}

ApiResult<Zone> find_zone(const Context& context, const std::string& name, const std::string& id) {
  const auto zones = zones_of(context.region);
  std::vector<std::string> names;
  for (const Zone& zone : zones) {
    if ((name.empty() || zone.name == name) && (id.empty() || zone.id == id)) return zone;
    names.push_back(zone.name);
  }
  return refuse("InvalidParameterValue",
                fmt::format("Value ({}) for parameter {} is invalid. Subnets can currently only be created in the "
                            "following availability zones: {}.",
                            name.empty() ? id : name, name.empty() ? "availabilityZoneId" : "availabilityZone",
                            join(names, ", ")));
}

void refresh_vpc_later(Context& context, const std::string& vpc_id) {
  if (!context.machines) return;
  if (context.machines->has_network())
    for (const auto& [id, instance] : context.state.instances.all())
      if (instance.vpc_id == vpc_id) update_later(context, id);
  refresh_firewalls_later(context, vpc_id);
}

}  // namespace hotaru::sim
