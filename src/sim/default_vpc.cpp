#include <fmt/format.h>

#include "sim/world.h"

namespace hotaru::sim {

SecurityGroup default_security_group(World& world, const std::string& vpc_id) {
  const std::string id = world.new_id("sg");
  SecurityGroup group{id, "default", vpc_id, "default VPC security group", {}};
  SecurityGroupRule in;
  in.id = world.new_id("sgr");
  in.protocol = "-1";
  in.group_id = id;
  SecurityGroupRule out;
  out.id = world.new_id("sgr");
  out.egress = true;
  out.protocol = "-1";
  out.cidr = "0.0.0.0/0";
  group.rules = {in, out};
  return group;
}

std::string make_default_vpc(World& world, RegionState& state) {
  // Amazon VPC User Guide, "Default VPC components".
  const std::string vpc_id = world.new_id("vpc");
  state.vpcs.put({vpc_id, "172.31.0.0/16", true});
  int third = 0;
  for (const Zone& zone : zones_of(state.region)) {
    state.subnets.put({world.new_id("subnet"), vpc_id, fmt::format("172.31.{}.0/20", third), zone.name, zone.id,
                       /*default_for_zone=*/true, /*map_public_ip=*/true});
    third += 16;
  }
  const std::string gateway_id = world.new_id("igw");
  state.internet_gateways.put({gateway_id, vpc_id});
  state.route_tables.put({world.new_id("rtb"),
                          vpc_id,
                          /*main=*/true,
                          world.new_id("rtbassoc"),
                          {{"172.31.0.0/16", "local"}, {"0.0.0.0/0", gateway_id}}});
  state.security_groups.put(default_security_group(world, vpc_id));
  return vpc_id;
}

}  // namespace hotaru::sim
