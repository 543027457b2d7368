#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/world.h"

/// What of a network follows from what. The world's lock is held.
namespace hotaru::sim {

/// All CIDR blocks of a VPC, the first one first.
std::vector<std::string> cidrs_of(const Vpc& vpc);
/// Whether its instances have public DNS names.
bool has_dns_hostnames(const Vpc& vpc);
/// The table that a subnet is associated with, or its VPC's main one; nullptr if there is none.
const RouteTable* route_table_of(const RegionState& state, const Subnet& subnet);
/// A route leads nowhere when what it leads to is gone, or attached elsewhere.
bool is_active(const RegionState& state, const RouteTable& table, const Route& route);
/// Whether a subnet has a route to the internet: 0.0.0.0/0 through its VPC's internet gateway.
bool reaches_internet(const RegionState& state, std::string_view subnet_id);
/// The id of a VPC's default network ACL follows from its own.
std::string acl_id(const Vpc& vpc);
const Vpc* vpc_of_acl(const RegionState& state, std::string_view acl_id);

/// Who has this public address by allocation; nullptr if nobody has.
const ElasticAddress* elastic_address(const RegionState& state, std::string_view public_ip);

/// The interfaces of an instance, the first one first.
std::vector<const NetworkInterface*> interfaces_of(const RegionState& state, const Instance& instance);

/// Whether a private address is one of an interface's secondary ones; or any of its own.
bool has_secondary(const NetworkInterface& one, std::string_view private_ip);
bool has_private(const NetworkInterface& one, std::string_view private_ip);

/// "10.1.2.3/16" as EC2 keeps it, "10.1.0.0/16"; "" for what is no IPv4 CIDR block.
std::string canonical_cidr(const std::string& text);
bool cidr_contains(const std::string& outer, const std::string& inner);
bool cidrs_overlap(const std::string& one, const std::string& other);
/// A CIDR block's length is one that VPCs and subnets may have, /16 to /28.
bool is_vpc_size(const std::string& cidr);

}  // namespace hotaru::sim
