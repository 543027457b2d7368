#include "sim/sandbox/addresses.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/text.h"

namespace hotaru::sim {

std::optional<std::uint32_t> parse_address(std::string_view text) {
  struct in_addr address{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

std::string address_text(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255, address & 255);
}

std::optional<Range> parse_range(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto base = parse_address(text.substr(0, slash));
  const auto length = parse_integer(text.substr(slash + 1));
  if (!base || !length || *length < 0 || *length > 32) return std::nullopt;
  const std::uint32_t mask = *length == 0 ? 0 : ~std::uint32_t{0} << (32 - *length);
  return Range{*base & mask, static_cast<int>(*length)};
}

}  // namespace hotaru::sim
