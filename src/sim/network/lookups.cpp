#include "sim/network/lookups.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/instances/addresses.h"

namespace hotaru::sim {

namespace {

constexpr const char* everywhere = "0.0.0.0/0";

}  // namespace

std::vector<std::string> cidrs_of(const Vpc& vpc) {
  std::vector<std::string> all = {vpc.cidr};
  for (const CidrAssociation& one : vpc.further_cidrs) all.push_back(one.cidr);
  return all;
}

bool has_dns_hostnames(const Vpc& vpc) { return vpc.dns_hostnames.value_or(vpc.is_default); }

const RouteTable* route_table_of(const RegionState& state, const Subnet& subnet) {
  const RouteTable* main = nullptr;
  for (const auto& [id, table] : state.route_tables.all()) {
    if (table.vpc_id != subnet.vpc_id) continue;
    if (std::ranges::find(table.associations, subnet.id, &RouteTableAssociation::subnet_id) != table.associations.end())
      return &table;
    if (table.main) main = &table;
  }
  return main;
}

bool is_active(const RegionState& state, const RouteTable& table, const Route& route) {
  if (route.gateway_id == "local") return true;
  if (!route.network_interface_id.empty()) {
    const NetworkInterface* one = state.network_interfaces.find(route.network_interface_id);
    return one && !one->instance_id.empty();
  }
  const InternetGateway* gateway = state.internet_gateways.find(route.gateway_id);
  return gateway && gateway->vpc_id == table.vpc_id;
}

bool reaches_internet(const RegionState& state, std::string_view subnet_id) {
  const Subnet* subnet = state.subnets.find(subnet_id);
  const RouteTable* table = subnet ? route_table_of(state, *subnet) : nullptr;
  return table && std::ranges::any_of(table->routes, [&](const Route& route) {
           return route.destination == everywhere && route.network_interface_id.empty() &&
                  is_active(state, *table, route);
         });
}

std::string acl_id(const Vpc& vpc) { return "acl-" + vpc.id.substr(vpc.id.find('-') + 1); }

const Vpc* vpc_of_acl(const RegionState& state, std::string_view acl_id) {
  return state.vpcs.find("vpc-" + std::string(acl_id.substr(acl_id.find('-') + 1)));
}

const ElasticAddress* elastic_address(const RegionState& state, std::string_view public_ip) {
  const auto ids = state.elastic_addresses.index().by_public_ip().ids(public_ip);
  return ids.empty() ? nullptr : state.elastic_addresses.find(ids.front());
}

std::vector<const NetworkInterface*> interfaces_of(const RegionState& state, const Instance& instance) {
  std::vector<const NetworkInterface*> all;
  if (const auto* first = state.network_interfaces.find(instance.network_interface_id)) all.push_back(first);
  for (const SharedText& id : instance.further_interface_ids)
    if (const auto* one = state.network_interfaces.find(id)) all.push_back(one);
  return all;
}

bool has_secondary(const NetworkInterface& one, std::string_view private_ip) {
  return std::ranges::any_of(one.secondary, [&](const PrivateAddress& more) { return more.private_ip == private_ip; });
}

bool has_private(const NetworkInterface& one, std::string_view private_ip) {
  return one.private_ip == private_ip || has_secondary(one, private_ip);
}

std::string canonical_cidr(const std::string& text) {
  const auto slash = text.find('/');
  if (slash != std::string::npos && text.substr(slash) == "/0" && parse_ipv4(text.substr(0, slash))) return everywhere;
  const auto network = parse_network(text);
  return network ? fmt::format("{}/{}", ipv4_text(network->first), network->prefix) : "";
}

bool cidr_contains(const std::string& outer, const std::string& inner) {
  const auto one = parse_network(outer);
  const auto other = parse_network(inner);
  return one && other && one->prefix <= other->prefix && one->contains(other->first);
}

bool cidrs_overlap(const std::string& one, const std::string& other) {
  return cidr_contains(one, other) || cidr_contains(other, one);
}

bool is_vpc_size(const std::string& cidr) {
  const auto network = parse_network(cidr);
  return network && network->prefix >= 16 && network->prefix <= 28;
}

}  // namespace hotaru::sim
