#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Messages of the domain name system (RFC 1035): as much of them as answers to one question need.
namespace hotaru::sim {

constexpr std::size_t dns_header_size = 12;

struct DnsQuestion {
  std::uint16_t id = 0;
  bool recursion_desired = false;
  std::string name;  ///< in small letters, without the last dot
  std::uint16_t type = 0;
  std::string bytes;  ///< as it was asked, to be repeated in the answer
};

/// The one question of a message; nullopt for what is none that we could answer.
std::optional<DnsQuestion> read_dns_question(std::string_view message);

/// The address of a name, where addresses (A) were asked for; else that it has nothing of the kind.
std::string dns_address_answer(const DnsQuestion& question, std::uint32_t address);
/// The name of an address, where names (PTR) were asked for; else that it has nothing of the kind.
std::string dns_name_answer(const DnsQuestion& question, const std::string& name);
std::string dns_no_such_name(const DnsQuestion& question);

/// Of a message of at least `dns_header_size` bytes.
std::uint16_t dns_id(std::string_view message);
void set_dns_id(std::string& message, std::uint16_t id);

}  // namespace hotaru::sim
