#include "sim/iam/policy_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"

namespace hotaru::sim {

namespace {

using Json = nlohmann::json;
using Statements = std::vector<Json>;

constexpr std::size_t longest = 131'072;  // IAM User Guide, "IAM and AWS STS quotas": of a document as it is sent
constexpr int deepest = 8;                // no policy is as deep
constexpr std::array names_of_resources{"Resource", "NotResource"};
constexpr std::array names_of_actions{"Action", "NotAction"};

ApiError malformed(std::string message) { return {400, "MalformedPolicyDocument", std::move(message)}; }

bool only(const Json& object, const std::set<std::string_view>& names) {
  return std::ranges::all_of(object.items(), [&](const auto& one) { return names.contains(one.key()); });
}

bool is_text(const Json& object, const char* name) { return !object.contains(name) || object.at(name).is_string(); }

/// A text, or a list of them (and of nulls, which IAM takes).
bool is_texts(const Json& object, const char* name) {
  if (!object.contains(name)) return true;
  const Json& value = object.at(name);
  return value.is_string() || (value.is_array() && std::ranges::all_of(value, [](const Json& one) {
                                 return one.is_string() || one.is_null();
                               }));
}

std::vector<std::string> texts(const Json& object, const char* name) {
  std::vector<std::string> all;
  if (!object.contains(name)) return all;
  const Json& value = object.at(name);
  if (value.is_string()) return {value.get<std::string>()};
  for (const Json& one : value)
    if (one.is_string()) all.push_back(one.get<std::string>());
  return all;
}

template <std::size_t N>
std::vector<std::string> texts_of_either(const Json& object, const std::array<const char*, N>& names) {
  std::vector<std::string> all;
  for (const char* name : names)
    for (std::string& one : texts(object, name)) all.push_back(std::move(one));
  return all;
}

/// "ForAllValues:StringEqualsIfExists"
bool is_operator(const std::string& name) {
  static const std::regex form(
      "(ForAllValues:|ForAnyValue:)?"
      "(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|"
      "BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)(IfExists)?");
  return std::regex_match(name, form);
}

bool is_condition(const Json& condition) {
  if (!condition.is_object()) return false;
  for (const auto& [name, keys] : condition.items()) {
    if (!keys.is_object() || (!keys.empty() && !is_operator(name))) return false;
    for (const auto& [key, value] : keys.items()) {
      const Json list = value.is_array() ? value : Json::array({value});
      if (!std::ranges::all_of(list, [](const Json& one) { return one.is_primitive(); })) return false;
    }
  }
  return true;
}

bool is_statement(const Json& one) {
  if (!one.is_object() || !only(one, {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition",
                                      "Principal", "NotPrincipal"}))
    return false;
  if (!one.contains("Effect") || !is_text(one, "Effect") || !is_text(one, "Sid")) return false;
  const std::string effect = to_lower(one.at("Effect").get<std::string>());
  if (effect != "allow" && effect != "deny") return false;
  for (const auto& names : {names_of_actions, names_of_resources}) {
    if (one.contains(names[0]) && one.contains(names[1])) return false;
    if (!is_texts(one, names[0]) || !is_texts(one, names[1])) return false;
  }
  return !one.contains("Condition") || is_condition(one.at("Condition"));
}

bool is_document(const Json& json) {
  if (!json.is_object() || !only(json, {"Version", "Id", "Statement"}) || !json.contains("Statement")) return false;
  if (!is_text(json, "Id") || !is_text(json, "Version")) return false;
  const std::string version = json.value("Version", "2012-10-17");
  if (version != "2012-10-17" && version != "2008-10-17") return false;
  const Json& statements = json.at("Statement");
  if (statements.is_object()) return is_statement(statements);
  return statements.is_array() && !statements.empty() && std::ranges::all_of(statements, is_statement);
}

/// A date of a condition: ISO 8601, also in part, or seconds.
bool is_date(const std::string& text) {
  static const std::regex number("-?[0-9]+");
  static const std::regex date(
      "[0-9]+(-(0[1-9]|1[0-2])(-[0-9]{2})?)?"
      "([Tt]([0-9]{1,2}(:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?)?)?([Zz]|[+-][0-9]{2}(:[0-9]{2})?)?)?");
  if (!std::regex_match(text, number)) return std::regex_match(text, date);
  std::int64_t value = 0;
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

bool has_dates(const Json& statement) {
  if (!statement.contains("Condition")) return true;
  for (const auto& [name, keys] : statement.at("Condition").items()) {
    if (name.find("Date") == std::string::npos) continue;
    for (const auto& [key, value] : keys.items()) {
      const auto dates = texts(keys, key.c_str());
      if (!std::ranges::all_of(dates, is_date)) return false;
    }
  }
  return true;
}

/// A resource in its six parts; what is missing is "*".
std::vector<std::string> parts_of(const std::string& resource) {
  std::vector<std::string> parts = split(resource, ':');
  parts.front() = "arn";
  if (parts.size() < 6) parts.resize(6, "*");
  return parts;
}

bool is_partition(const std::string& name) {
  return name == "aws" || name == "aws-cn" || name == "aws-us-gov" || name == "*";
}

/// What the parser of old refuses, whatever else is wrong.
bool is_parsed(const Json& statement) {
  const std::string effect = statement.at("Effect").get<std::string>();
  if ((effect != "Allow" && effect != "Deny") || !has_dates(statement)) return false;
  return std::ranges::all_of(texts_of_either(statement, names_of_resources), [](const std::string& one) {
    const auto parts = split(one, ':');
    if (parts.size() < 4 || parts[0] != "arn" || !is_partition(parts[1])) return true;
    return parts.size() >= 6 && !parts[2].empty();
  });
}

Refusal check_iam_resource(const std::string& resource, const std::vector<std::string>& parts) {
  if (!parts[3].empty() && parts[3] != "*")
    return malformed(fmt::format("IAM resource {} cannot contain region information.", resource));
  static constexpr std::array<std::string_view, 13> kinds{"user/",
                                                          "federated-user/",
                                                          "role/",
                                                          "group/",
                                                          "instance-profile/",
                                                          "mfa/",
                                                          "server-certificate/",
                                                          "policy/",
                                                          "sms-mfa/",
                                                          "saml-provider/",
                                                          "oidc-provider/",
                                                          "report/",
                                                          "access-report/"};
  const std::string& path = parts[5];
  if (path == "*" || std::ranges::any_of(kinds, [&](std::string_view kind) { return path.starts_with(kind); }))
    return std::nullopt;
  return malformed(fmt::format("IAM resource path must either be \"*\" or start with {}.", fmt::join(kinds, ", ")));
}

Refusal check_resource(const std::string& resource) {
  if (resource == "*") return std::nullopt;
  if (resource.find(':') == std::string::npos)
    return malformed(fmt::format("Resource {} must be in ARN format or \"*\".", resource));
  const auto parts = parts_of(resource);
  if (!is_partition(parts[1]))
    return malformed(
        fmt::format("Partition \"{}\" is not valid for resource \"{}\".", parts[1], fmt::join(parts, ":")));
  if (parts[2].find_first_of("*?") != std::string::npos)
    return malformed("Resource vendor must be fully qualified and cannot contain regexes.");
  if (parts[2] == "iam") return check_iam_resource(resource, parts);
  const bool regional = parts[5].starts_with("accesspoint/") || parts[3].empty() || parts[3] == "*";
  if (parts[2] == "s3" && !regional)
    return malformed(fmt::format("Resource {} can not contain region information.", resource));
  return std::nullopt;
}

Refusal check_action(const std::string& action) {
  if (action == "*") return std::nullopt;
  const auto parts = split(action, ':');
  if (parts.size() < 2) return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  if (parts.size() > 2) return malformed("Actions/Condition can contain only one colon.");
  const auto is_plain = [](char one) {
    return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9') || one == '-' ||
           one == '.' || one == '_';
  };
  if (!std::ranges::all_of(parts[0], is_plain)) return malformed(fmt::format("Vendor {} is not valid", parts[0]));
  return std::nullopt;
}

Refusal check_identity(const Statements& statements) {
  for (const Json& one : statements)
    if (one.contains("Principal") || one.contains("NotPrincipal"))
      return malformed("Policy document should not specify a principal.");
  for (const Json& one : statements)
    for (const std::string& resource : texts_of_either(one, names_of_resources))
      if (auto no = check_resource(resource)) return no;
  for (const Json& one : statements)
    for (const std::string& action : texts_of_either(one, names_of_actions))
      if (auto no = check_action(action)) return no;
  for (const Json& one : statements)
    if (texts_of_either(one, names_of_resources).empty()) return malformed("Policy statement must contain resources.");
  return std::nullopt;
}

bool is_principal(const Json& value) {
  if (value == "*") return true;
  return value.is_object() &&
         std::ranges::all_of(value.items(), [&](const auto& one) { return is_texts(value, one.key().c_str()); });
}

Refusal check_trust(const Statements& statements) {
  for (const Json& one : statements) {
    if (!one.contains("Principal")) return malformed("Missing required field Principal");
    if (!is_principal(one.at("Principal"))) return malformed("Syntax errors in policy.");
    for (const char* resource : names_of_resources)
      if (one.contains(resource)) return malformed(fmt::format("Has prohibited field {}", resource));
    for (const std::string& action : texts_of_either(one, names_of_actions)) {
      if (auto no = check_action(action)) return no;
      if (action != "*" && !to_lower(action).starts_with("sts:"))
        return malformed("AssumeRole policy may only specify STS AssumeRole actions.");
    }
  }
  return std::nullopt;
}

bool has_unique_ids(const Statements& statements) {
  std::set<std::string> seen;
  return std::ranges::all_of(statements, [&](const Json& one) {
    const std::string id = one.value("Sid", "");
    return id.empty() || seen.insert(id).second;
  });
}

}  // namespace

Json parse_policy(std::string_view text) {
  const Json none(Json::value_t::discarded);
  if (text.size() > longest) return none;
  bool flat = true;
  const auto look = [&flat](int depth, Json::parse_event_t, const Json&) { return flat = flat && depth <= deepest; };
  const Json json = Json::parse(text, look, false);
  return flat ? json : none;
}

Refusal check_policy(std::string_view text, PolicyUse use) {
  const Json json = parse_policy(text);
  if (use == PolicyUse::trust && !json.is_object()) return malformed("This policy contains invalid Json");
  if (!is_document(json)) return malformed("Syntax errors in policy.");
  if (use == PolicyUse::managed && json.value("Version", "") != "2012-10-17")
    return malformed("Policy document must be version 2012-10-17 or greater.");
  const Json& in = json.at("Statement");
  const Statements statements = in.is_array() ? in.get<Statements>() : Statements{in};
  if (!std::ranges::all_of(statements, is_parsed)) return malformed("The policy failed legacy parsing");
  if (!has_unique_ids(statements)) return malformed("Statement IDs (SID) in a single policy must be unique.");
  for (const Json& one : statements)
    if (texts_of_either(one, names_of_actions).empty()) return malformed("Policy statement must contain actions.");
  return use == PolicyUse::trust ? check_trust(statements) : check_identity(statements);
}

}  // namespace hotaru::sim
