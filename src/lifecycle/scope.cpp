#include <cstdint>
#include <string>

#include "aws/endpoints.h"
#include "base/digest.h"
#include "base/text.h"
#include "lifecycle/context.h"

namespace hotaru::lifecycle {
namespace {

/// Access key ids made since 2019 carry the account: 40 bits of the base32 text after the four letters of the prefix.
/// Older ones (fifth letter I or J) and invented ones stand for themselves, as a digest.
std::string account_mark(const std::string& access_key_id) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bool carries_account = access_key_id.size() >= 14 &&
                               (access_key_id.starts_with("AKIA") || access_key_id.starts_with("ASIA")) &&
                               access_key_id[4] != 'I' && access_key_id[4] != 'J';
  std::uint64_t bits = 0;
  bool known = carries_account;
  for (std::size_t index = 4; known && index < 14; ++index) {
    const auto digit = alphabet.find(access_key_id[index]);
    if (digit == std::string_view::npos) known = false;
    bits = bits << 5 | (digit & 31U);
  }
  if (!known) return hex_encode(sha256(access_key_id)).substr(0, 12);
  return std::to_string(((bits >> 2) & 0x7fffffffff80U) >> 7);
}

}  // namespace

std::string scope_of(const std::string& cloud, const aws::Settings& settings, const aws::Credentials& credentials) {
  std::string where = cloud;
  if (where.empty()) where = aws::own_endpoint(settings, "ec2");
  if (where.empty()) where = "aws";
  return where + "/" + account_mark(credentials.access_key_id);
}

}  // namespace hotaru::lifecycle
