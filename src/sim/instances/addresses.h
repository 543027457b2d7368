#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/random.h"

namespace hotaru::sim {

/// An IPv4 network as in "172.31.16.0/20".
struct Network {
  std::uint32_t first = 0;  ///< host byte order
  int prefix = 32;
  std::uint64_t size() const { return std::uint64_t{1} << (32 - prefix); }
  bool contains(std::uint32_t address) const { return address >= first && address - first < size(); }
};
std::optional<std::uint32_t> parse_ipv4(const std::string& text);
std::string ipv4_text(std::uint32_t address);
std::optional<Network> parse_network(const std::string& cidr);

/// The first address (host byte order) from this one on that nobody has.
using NextFree = std::function<std::uint32_t(std::uint32_t address)>;

/// A free address for an interface; the first four and the last of a subnet are reserved, as in every VPC.
/// nullopt when all are taken. Begins anywhere, so that an address is not used again soon.
std::optional<std::string> free_private_address(const std::string& subnet_cidr, const NextFree& next_free,
                                                Random& random);
/// Whether an interface of this subnet may have the address at all.
bool assignable_private_address(const std::string& subnet_cidr, const std::string& address);
std::uint64_t assignable_private_addresses(const std::string& subnet_cidr);
/// A free public address; the network's own, the router's (.1), the second (.2) and the broadcast address are not
/// given. The one after `last_given` (anyone where that is empty): so an address that was given back comes again only
/// after all the others. As on EC2, whoever keeps ssh's host keys by address is not soon told that one has changed.
std::optional<std::string> free_public_address(const std::string& range, const NextFree& next_free,
                                               const std::string& last_given, Random& random);

/// "ip-172-31-5-20.ec2.internal" (us-east-1) or "ip-172-31-5-20.REGION.compute.internal".
std::string private_dns_name(const std::string& address, const std::string& region);
/// "ec2-203-0-113-25.compute-1.amazonaws.com" (us-east-1) or "ec2-….REGION.compute.amazonaws.com".
std::string public_dns_name(const std::string& address, const std::string& region);
/// A locally administered MAC address ("06:…"), as EC2's are.
std::string random_mac(Random& random);

}  // namespace hotaru::sim
