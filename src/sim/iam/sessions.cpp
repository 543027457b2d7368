#include "sim/iam/sessions.h"

#include <vector>

#include "base/digest.h"
#include "base/text.h"

namespace hotaru::sim {

namespace {

constexpr std::size_t seal_size = 32;
constexpr std::size_t session_fields = 8;

std::string text_of(const Session& one) {
  std::vector<std::string> fields;
  for (const std::string& field : {one.access_key_id, one.kind, one.name, one.unique_id, one.session_name, one.policy,
                                   one.instance, std::to_string(one.expires.time_since_epoch().count())})
    fields.push_back(percent_encode(field));
  return join(fields, "\n");
}

std::optional<Session> session_of(const std::string& text) {
  auto fields = split(text, '\n');
  if (fields.size() != session_fields) return std::nullopt;
  for (std::string& field : fields) field = percent_decode(field, false);
  const auto expires = parse_integer(fields[7]);
  if (!expires) return std::nullopt;
  return Session{fields[0], fields[1], fields[2], fields[3],
                 fields[4], fields[5], fields[6], TimePoint{Duration{*expires}}};
}

std::string key_of(std::string_view account_key, const Session& session) {
  return session.instance.empty() ? std::string(account_key) : instance_session_key(account_key, session.instance);
}

std::string secret_of(std::string_view key, std::string_view access_key_id) {
  return base64_encode(hmac_sha256(key, "secret:" + std::string(access_key_id))).substr(0, 40);
}

}  // namespace

std::string session_key_id(std::string_view seed) {
  std::string id = "ASIA";
  for (const char byte : sha256(seed).substr(0, 16))
    id += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[static_cast<unsigned char>(byte) % 32];
  return id;
}

std::string instance_session_key(std::string_view account_key, std::string_view instance_id) {
  return hex_encode(hmac_sha256(account_key, "instance:" + std::string(instance_id)));
}

std::string sealed(std::string_view key, std::string_view text) {
  return base64_encode(std::string(text) + hmac_sha256(key, text));
}

std::optional<std::string> unsealed(std::string_view key, std::string_view token) {
  const auto bytes = base64_decode(token);
  if (!bytes || bytes->size() < seal_size) return std::nullopt;
  std::string text = bytes->substr(0, bytes->size() - seal_size);
  if (hmac_sha256(key, text) != bytes->substr(text.size())) return std::nullopt;
  return text;
}

SessionCredentials make_session(std::string_view key, const Session& session) {
  return {session.access_key_id, secret_of(key, session.access_key_id), sealed(key, text_of(session)), session.expires};
}

std::optional<Session> open_session(std::string_view account_key, std::string_view token) {
  // Which key it was made with is said inside.
  const auto bytes = base64_decode(token);
  if (!bytes || bytes->size() < seal_size) return std::nullopt;
  const auto claimed = session_of(bytes->substr(0, bytes->size() - seal_size));
  if (!claimed || !unsealed(key_of(account_key, *claimed), token)) return std::nullopt;
  return claimed;
}

std::string session_secret(std::string_view account_key, const Session& session) {
  return secret_of(key_of(account_key, session), session.access_key_id);
}

}  // namespace hotaru::sim
