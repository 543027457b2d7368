#include "sim/sandbox/dns_message.h"

#include "base/text.h"

namespace hotaru::sim {

namespace {

constexpr std::uint16_t type_address = 1;
constexpr std::uint16_t type_pointer = 12;
constexpr std::uint16_t class_internet = 1;
constexpr std::uint32_t time_to_live = 60;  // seconds, as Amazon's
constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_label = 63;

std::uint16_t number_at(std::string_view message, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(message[at]) << 8 |
                                    static_cast<unsigned char>(message[at + 1]));
}

void add_number(std::string& out, std::uint32_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 255));
}

void add_name(std::string& out, const std::string& name) {
  for (const std::string& label : split(name, '.')) {
    out.push_back(static_cast<char>(label.size()));
    out += label;
  }
  out.push_back('\0');
}

/// The name that begins there, and where it ends. A question's name is never compressed.
std::optional<std::string> read_name(std::string_view message, std::size_t& at) {
  std::string name;
  while (at < message.size()) {
    const auto length = static_cast<unsigned char>(message[at++]);
    if (length == 0) return name;
    if (length > longest_label || at + length > message.size() || name.size() + length > longest_name)
      return std::nullopt;
    if (!name.empty()) name.push_back('.');
    name += message.substr(at, length);
    at += length;
  }
  return std::nullopt;
}

/// `code`: 0 no error, 3 no such name.
std::string header(const DnsQuestion& question, int code, int answers) {
  std::string out;
  add_number(out, question.id, 2);
  out.push_back(static_cast<char>(0x84 | (question.recursion_desired ? 1 : 0)));  // an answer, of who knows
  out.push_back(static_cast<char>(0x80 | code));                                  // recursion is available
  for (const int count : {1, answers, 0, 0}) add_number(out, static_cast<std::uint32_t>(count), 2);
  return out + question.bytes;
}

/// With one record, about the question's own name.
std::string with_record(const DnsQuestion& question, const std::string& data) {
  std::string out = header(question, 0, 1);
  add_number(out, 0xC000 | dns_header_size, 2);
  add_number(out, question.type, 2);
  add_number(out, class_internet, 2);
  add_number(out, time_to_live, 4);
  add_number(out, static_cast<std::uint32_t>(data.size()), 2);
  return out + data;
}

}  // namespace

std::optional<DnsQuestion> read_dns_question(std::string_view message) {
  if (message.size() < dns_header_size) return std::nullopt;
  const bool plain_question = (number_at(message, 2) & 0xF800) == 0;  // no answer, and a standard query
  if (!plain_question || number_at(message, 4) != 1) return std::nullopt;
  std::size_t at = dns_header_size;
  const auto name = read_name(message, at);
  if (!name || at + 4 > message.size() || number_at(message, at + 2) != class_internet) return std::nullopt;
  DnsQuestion question{number_at(message, 0), (message[2] & 1) != 0, to_lower(*name), number_at(message, at), {}};
  question.bytes = message.substr(dns_header_size, at + 4 - dns_header_size);
  return question;
}

std::string dns_address_answer(const DnsQuestion& question, std::uint32_t address) {
  if (question.type != type_address) return header(question, 0, 0);
  std::string data;
  add_number(data, address, 4);
  return with_record(question, data);
}

std::string dns_name_answer(const DnsQuestion& question, const std::string& name) {
  if (question.type != type_pointer) return header(question, 0, 0);
  std::string data;
  add_name(data, name);
  return with_record(question, data);
}

std::string dns_no_such_name(const DnsQuestion& question) { return header(question, 3, 0); }

std::uint16_t dns_id(std::string_view message) { return number_at(message, 0); }

void set_dns_id(std::string& message, std::uint16_t id) {
  message[0] = static_cast<char>(id >> 8);
  message[1] = static_cast<char>(id & 255);
}

}  // namespace hotaru::sim
