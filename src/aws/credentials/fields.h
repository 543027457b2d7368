#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/client.h"
#include "base/result.h"

/// JSON objects as those who hand out credentials write them.
namespace hotaru::aws {

/// What stands inside another object is named "outer.inner". Numbers and truth values are their text; null and lists
/// are left out.
using Fields = std::map<std::string, std::string>;

/// nullopt if the text is no JSON object. Never fails otherwise, whatever the text.
std::optional<Fields> parse_fields(std::string_view json);

/// One object of strings.
std::string json_of(const Fields& fields);

/// "" if there is none.
std::string field(const Fields& fields, const std::string& name);

/// How the fields of credentials are called where.
struct FieldNames {
  const char* access_key_id = "AccessKeyId";
  const char* secret_access_key = "SecretAccessKey";
  const char* session_token = "SessionToken";
  const char* expiration = "Expiration";  ///< ISO 8601, or milliseconds since 1970
};

/// nullopt if there is no pair of keys, or an expiration that is no time.
std::optional<Credentials> credentials_of(const Fields& fields, const FieldNames& names, const std::string& source);

}  // namespace hotaru::aws
