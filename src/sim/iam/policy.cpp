#include "sim/iam/policy.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "sim/iam/policy_grammar.h"

namespace hotaru::sim {

namespace {

using Json = nlohmann::json;

std::optional<std::string> text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return std::string(value.get<bool>() ? "true" : "false");
  if (value.is_number()) return value.dump();
  return std::nullopt;
}

/// A text, or a list of them.
std::optional<std::vector<std::string>> texts_of(const Json& value) {
  std::vector<std::string> all;
  const Json list = value.is_array() ? value : Json::array({value});
  for (const Json& one : list) {
    if (one.is_null()) continue;  // IAM takes it, and it names nothing
    const auto text = text_of(one);
    if (!text) return std::nullopt;
    all.push_back(*text);
  }
  return all;
}

/// NAME, or NotNAME; false if it is neither a text nor a list of them.
bool read_either(const Json& in, const char* name, const char* not_name, std::vector<std::string>& out, bool& all_but) {
  all_but = !in.contains(name) && in.contains(not_name);
  if (!all_but && !in.contains(name)) return true;
  auto texts = texts_of(in.at(all_but ? not_name : name));
  if (!texts) return false;
  out = *std::move(texts);
  return true;
}

bool read_principals(const Json& in, PolicyStatement& statement) {
  if (!in.contains("Principal")) return true;
  const Json& principal = in.at("Principal");
  if (principal == "*") {
    statement.principals["AWS"] = {"*"};
    return true;
  }
  if (!principal.is_object()) return false;
  for (const auto& [kind, value] : principal.items()) {
    auto texts = texts_of(value);
    if (!texts) return false;
    statement.principals[kind] = *std::move(texts);
  }
  return true;
}

bool read_conditions(const Json& in, PolicyStatement& statement) {
  if (!in.contains("Condition")) return true;
  if (!in.at("Condition").is_object()) return false;
  for (const auto& [test, keys] : in.at("Condition").items()) {
    if (!keys.is_object()) return false;
    for (const auto& [key, value] : keys.items()) {
      auto texts = texts_of(value);
      if (!texts) return false;
      statement.conditions.push_back({test, to_lower(key), *std::move(texts)});
    }
  }
  return true;
}

std::optional<PolicyStatement> read_statement(const Json& in) {
  if (!in.is_object() || !in.contains("Effect")) return std::nullopt;
  const Json& effect = in.at("Effect");
  if (effect != "Allow" && effect != "Deny") return std::nullopt;
  PolicyStatement statement;
  statement.allow = effect == "Allow";
  const bool well = read_either(in, "Action", "NotAction", statement.actions, statement.all_actions_but) &&
                    read_either(in, "Resource", "NotResource", statement.resources, statement.all_resources_but) &&
                    read_principals(in, statement) && read_conditions(in, statement);
  return well ? std::optional(statement) : std::nullopt;
}

bool matches_one(const std::vector<std::string>& patterns, const std::string& text) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches_wildcard(pattern, text); });
}

/// nullopt: the condition is on something that is not known.
std::optional<bool> holds(const PolicyCondition& condition, const std::map<std::string, std::string>& context) {
  std::string test = condition.test;
  const auto known = context.find(condition.key);
  if (test == "Null") {
    if (known == context.end()) return std::nullopt;
    return condition.values == std::vector<std::string>{"false"};
  }
  if (test.ends_with("IfExists")) test.resize(test.size() - std::string_view("IfExists").size());
  if (known == context.end()) return std::nullopt;
  const std::string& value = known->second;
  const bool opposite = test.find("Not") != std::string::npos;
  const auto same = [&](const std::string& one) {
    if (test.ends_with("Like") || test.starts_with("Arn")) return matches_wildcard(one, value);
    if (test.ends_with("IgnoreCase") || test == "Bool") return to_lower(one) == to_lower(value);
    return one == value;
  };
  if (!test.starts_with("String") && !test.starts_with("Arn") && test != "Bool") return std::nullopt;
  return std::ranges::any_of(condition.values, same) != opposite;
}

bool fulfilled(const PolicyStatement& statement, const PolicyQuestion& question) {
  return std::ranges::all_of(statement.conditions, [&](const PolicyCondition& one) {
    return holds(one, question.context).value_or(statement.allow);
  });
}

bool about_action(const PolicyStatement& statement, const std::string& action) {
  const std::string wanted = to_lower(action);
  const bool named = std::ranges::any_of(
      statement.actions, [&](const std::string& one) { return matches_wildcard(to_lower(one), wanted); });
  return named != statement.all_actions_but;
}

bool applies(const PolicyStatement& statement, const PolicyQuestion& question) {
  return about_action(statement, question.action) &&
         matches_one(statement.resources, question.resource) != statement.all_resources_but &&
         fulfilled(statement, question);
}

}  // namespace

std::optional<PolicyDocument> read_policy(std::string_view text) {
  const Json json = parse_policy(text);
  if (!json.is_object() || !json.contains("Statement")) return std::nullopt;
  const Json& statements = json.at("Statement");
  const Json list = statements.is_array() ? statements : Json::array({statements});
  PolicyDocument document;
  for (const Json& one : list) {
    auto statement = read_statement(one);
    if (!statement) return std::nullopt;
    document.push_back(*std::move(statement));
  }
  return document;
}

Verdict judge(const std::vector<PolicyDocument>& policies, const PolicyQuestion& question) {
  Verdict verdict = Verdict::nothing_said;
  for (const PolicyDocument& policy : policies) {
    for (const PolicyStatement& one : policy) {
      if (!applies(one, question)) continue;
      if (!one.allow) return Verdict::denied;
      verdict = Verdict::allowed;
    }
  }
  return verdict;
}

bool trusts(const PolicyDocument& trust, const std::vector<std::string>& principals, const PolicyQuestion& question) {
  bool allowed = false;
  for (const PolicyStatement& one : trust) {
    const bool named = std::ranges::any_of(one.principals, [&](const auto& kind) {
      return std::ranges::any_of(kind.second, [&](const std::string& who) {
        return (who == "*" && kind.first == "AWS") || std::ranges::find(principals, who) != principals.end();
      });
    });
    if (!named || !about_action(one, question.action)) continue;
    // Who asks for an external id must be given it: that it is missing is known.
    PolicyQuestion known = question;
    known.context.try_emplace("sts:externalid", "");
    if (!fulfilled(one, known)) continue;
    if (!one.allow) return false;
    allowed = true;
  }
  return allowed;
}

}  // namespace hotaru::sim
