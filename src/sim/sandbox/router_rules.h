#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/machine.h"

namespace hotaru::sim {

/// A machine as its VPC's router sees it.
struct RouterMember {
  std::string private_ip;
  std::string public_ip;  ///< "" if none
  std::vector<TrafficRule> ingress;
  std::vector<TrafficRule> egress = Firewall{}.egress;
  bool internet = true;  ///< its subnet has a route to the internet
  std::vector<std::pair<std::string, std::string>> more =
      {};  ///< further private addresses, and their public ones ("")
};

/// The public addresses of a member that anybody can reach, each with its private one.
std::vector<std::pair<std::string, std::string>> public_addresses(const RouterMember& member);

/// The names of links inside a router. A machine's link is named after its private address ("gac1f0514").
constexpr const char* router_uplink = "up0";
constexpr const char* router_way_out = "tap0";
std::string link_name(const std::string& private_ip);

/// What slirp4netns has for itself (RFC 5737, so that no VPC is there), and where it answers questions for names.
constexpr const char* way_out_range = "192.0.2.0/24";
constexpr const char* way_out_resolver = "192.0.2.3";

/// All rules of a router, as `nft -f` takes them; replaces what was there in one step. One-to-one NAT between public
/// and private addresses; what the groups allow, and nothing else, comes in or goes out; a way out only for machines
/// with a public address and a route there, as a VPC's internet gateway has it; nothing to link-local addresses, where
/// the host's own metadata may be.
std::string router_rules(const std::vector<RouterMember>& members);

}  // namespace hotaru::sim
