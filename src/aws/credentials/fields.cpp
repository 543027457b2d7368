#include "aws/credentials/fields.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace hotaru::aws {

namespace {

using nlohmann::json;

// Nobody nests credentials deeper; a text that does is not followed down.
constexpr int deepest = 4;

void collect(const json& object, const std::string& prefix, int depth, Fields& fields) {
  if (depth > deepest) return;
  for (const auto& [key, value] : object.items()) {
    const std::string name = prefix + key;
    if (value.is_object()) collect(value, name + ".", depth + 1, fields);
    if (value.is_string()) fields[name] = value.get<std::string>();
    if (value.is_number() || value.is_boolean()) fields[name] = value.dump();
  }
}

}  // namespace

std::optional<Fields> parse_fields(std::string_view text) {
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  Fields fields;
  collect(parsed, "", 1, fields);
  return fields;
}

std::string json_of(const Fields& fields) {
  return json(fields).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string field(const Fields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

std::optional<Credentials> credentials_of(const Fields& fields, const FieldNames& names, const std::string& source) {
  Credentials credentials{field(fields, names.access_key_id), field(fields, names.secret_access_key),
                          field(fields, names.session_token), std::nullopt, source};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) return std::nullopt;
  const std::string expiration = field(fields, names.expiration);
  if (expiration.empty()) return credentials;
  const auto milliseconds = parse_integer(expiration);
  credentials.expiration = milliseconds ? std::optional(TimePoint(Duration(*milliseconds))) : parse_iso8601(expiration);
  return credentials.expiration ? std::optional(credentials) : std::nullopt;
}

}  // namespace hotaru::aws
