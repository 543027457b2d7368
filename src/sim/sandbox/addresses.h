#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hotaru::sim {

/// IPv4 addresses as numbers in host order.
std::optional<std::uint32_t> parse_address(std::string_view text);
std::string address_text(std::uint32_t address);

/// An IPv4 range, "172.31.0.0/20". The base has no bits below the length.
struct Range {
  std::uint32_t base = 0;
  int length = 32;
  bool contains(std::uint32_t address) const { return length == 0 || (address ^ base) >> (32 - length) == 0; }
  std::string at(std::uint32_t offset) const { return address_text(base + offset); }
  std::string text() const { return address_text(base) + "/" + std::to_string(length); }
};
/// nullopt for anything else; bits below the length are cleared, as EC2 does.
std::optional<Range> parse_range(std::string_view text);

}  // namespace hotaru::sim
