#include "sim/instances/addresses.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"

namespace hotaru::sim {

namespace {

constexpr std::uint64_t reserved_at_start = 4;  // network, router, DNS, "for future use" (VPC subnet sizing)

/// `start`: which of the candidates is tried first, counted modulo their number.
std::optional<std::string> first_free(const Network& network, std::uint64_t skip_first, std::uint64_t skip_last,
                                      const NextFree& next_free, std::uint64_t start) {
  if (network.size() <= skip_first + skip_last) return std::nullopt;
  const std::uint64_t count = network.size() - skip_first - skip_last;
  const std::uint64_t first = network.first + skip_first;
  const std::uint64_t begin = first + start % count;
  const auto from_there = next_free(static_cast<std::uint32_t>(begin));
  if (from_there < first + count) return ipv4_text(from_there);
  const auto from_the_first = next_free(static_cast<std::uint32_t>(first));
  if (from_the_first < begin) return ipv4_text(from_the_first);
  return std::nullopt;
}

std::string dashed(std::string address) {
  std::ranges::replace(address, '.', '-');
  return address;
}

}  // namespace

std::optional<std::uint32_t> parse_ipv4(const std::string& text) {
  in_addr address{};
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

std::string ipv4_text(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255, address & 255);
}

std::optional<Network> parse_network(const std::string& cidr) {
  const auto slash = cidr.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto address = parse_ipv4(cidr.substr(0, slash));
  const auto prefix = parse_integer(cidr.substr(slash + 1));
  if (!address || !prefix || *prefix < 1 || *prefix > 32) return std::nullopt;
  Network network{*address, static_cast<int>(*prefix)};
  network.first &= ~static_cast<std::uint32_t>(network.size() - 1);
  return network;
}

std::optional<std::string> free_private_address(const std::string& subnet_cidr, const NextFree& next_free,
                                                Random& random) {
  const auto network = parse_network(subnet_cidr);
  if (!network) return std::nullopt;
  return first_free(*network, reserved_at_start, 1, next_free, random.next());
}

bool assignable_private_address(const std::string& subnet_cidr, const std::string& address) {
  const auto network = parse_network(subnet_cidr);
  const auto number = parse_ipv4(address);
  if (!network || !number || !network->contains(*number)) return false;
  const std::uint64_t offset = *number - network->first;
  return offset >= reserved_at_start && offset + 1 < network->size();
}

std::uint64_t assignable_private_addresses(const std::string& subnet_cidr) {
  const auto network = parse_network(subnet_cidr);
  if (!network || network->size() <= reserved_at_start + 1) return 0;
  return network->size() - reserved_at_start - 1;
}

std::optional<std::string> free_public_address(const std::string& range, const NextFree& next_free,
                                               const std::string& last_given, Random& random) {
  const auto network = parse_network(range);
  if (!network) return std::nullopt;
  constexpr std::uint32_t first = 3;
  const auto last = parse_ipv4(last_given);
  const bool follows = last && network->contains(*last) && *last >= network->first + first;
  return first_free(*network, first, 1, next_free, follows ? *last + 1 - network->first - first : random.next());
}

std::string private_dns_name(const std::string& address, const std::string& region) {
  if (region == "us-east-1") return fmt::format("ip-{}.ec2.internal", dashed(address));
  return fmt::format("ip-{}.{}.compute.internal", dashed(address), region);
}

std::string public_dns_name(const std::string& address, const std::string& region) {
  if (region == "us-east-1") return fmt::format("ec2-{}.compute-1.amazonaws.com", dashed(address));
  return fmt::format("ec2-{}.{}.compute.amazonaws.com", dashed(address), region);
}

std::string random_mac(Random& random) {
  const std::uint64_t bits = random.next();
  return fmt::format("06:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bits & 255, (bits >> 8) & 255, (bits >> 16) & 255,
                     (bits >> 24) & 255, (bits >> 32) & 255);
}

}  // namespace hotaru::sim
