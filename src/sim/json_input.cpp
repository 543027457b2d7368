#include "sim/json_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/text.h"

namespace hotaru::sim {

struct JsonInput::Value {
  nlohmann::json json;
  /// nullptr if it is not there, or null.
  const nlohmann::json* find(const std::string& name) const {
    const auto found = json.find(name);
    return found == json.end() || found->is_null() ? nullptr : &*found;
  }
};

std::optional<JsonInput> JsonInput::parse(std::string_view json) {
  auto value = std::make_shared<Value>();
  value->json = json.empty() ? nlohmann::json::object() : nlohmann::json::parse(json, nullptr, false);
  if (!value->json.is_object()) return std::nullopt;
  return JsonInput(std::move(value), std::make_shared<Errors>());
}

void JsonInput::refuse(std::string code, std::string message) const {
  if (!errors_->first) errors_->first = ApiError{400, std::move(code), std::move(message)};
}

void JsonInput::wrong_type(const std::string& name, std::string_view wanted) const {
  refuse("SerializationException", fmt::format("The value of '{}' can not be converted to {}", name, wanted));
}

void JsonInput::invalid(const std::string& name, std::string_view value, std::string_view constraint) const {
  std::string member = name;
  if (!member.empty() && member.front() >= 'A' && member.front() <= 'Z') member.front() += 'a' - 'A';
  refuse("ValidationException",
         fmt::format("1 validation error detected: Value {} at '{}' failed to satisfy constraint: {}",
                     value.empty() ? "null" : fmt::format("'{}'", value), member, constraint));
}

bool JsonInput::has(const std::string& name) const { return value_->find(name) != nullptr; }

std::optional<std::string> JsonInput::optional_text(const std::string& name) const {
  const nlohmann::json* found = value_->find(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  wrong_type(name, "a String");
  return std::nullopt;
}

std::string JsonInput::text(const std::string& name) const { return optional_text(name).value_or(""); }

std::string JsonInput::required(const std::string& name) const {
  std::string value = text(name);
  if (value.empty()) invalid(name, "", "Member must not be null");
  return value;
}

std::string JsonInput::one_of(const std::string& name, const std::vector<std::string>& words,
                              const std::string& otherwise) const {
  const auto value = optional_text(name);
  if (!value) return otherwise;
  if (std::ranges::find(words, *value) != words.end()) return *value;
  invalid(name, *value, fmt::format("Member must satisfy enum value set: [{}]", join(words, ", ")));
  return otherwise;
}

bool JsonInput::flag(const std::string& name, bool otherwise) const {
  const nlohmann::json* found = value_->find(name);
  if (found == nullptr) return otherwise;
  if (found->is_boolean()) return found->get<bool>();
  wrong_type(name, "a Boolean");
  return otherwise;
}

std::optional<std::int64_t> JsonInput::optional_integer(const std::string& name) const {
  const nlohmann::json* found = value_->find(name);
  if (found == nullptr) return std::nullopt;
  // A number above what 64 bits with a sign hold is one without a sign here.
  const bool fits = found->is_number_integer() &&
                    (!found->is_number_unsigned() || found->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
  if (fits) return found->get<std::int64_t>();
  wrong_type(name, "an Integer");
  return std::nullopt;
}

std::int64_t JsonInput::integer(const std::string& name, std::int64_t otherwise, std::int64_t least,
                                std::int64_t most) const {
  const std::int64_t value = optional_integer(name).value_or(otherwise);
  if (value < least)
    invalid(name, std::to_string(value), fmt::format("Member must have value greater than or equal to {}.", least));
  if (value > most)
    invalid(name, std::to_string(value), fmt::format("Member must have value less than or equal to {}.", most));
  return std::clamp(value, least, most);
}

std::optional<double> JsonInput::optional_real(const std::string& name) const {
  const nlohmann::json* found = value_->find(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_number() && std::isfinite(found->get<double>())) return found->get<double>();
  wrong_type(name, "a Double");
  return std::nullopt;
}

std::vector<std::string> JsonInput::list(const std::string& name) const {
  std::vector<std::string> values;
  const nlohmann::json* found = value_->find(name);
  if (found == nullptr) return values;
  if (!found->is_array()) wrong_type(name, "a List");
  if (!found->is_array()) return values;
  for (const nlohmann::json& one : *found) {
    if (!one.is_string()) wrong_type(name, "a List of Strings");
    if (one.is_string()) values.push_back(one.get<std::string>());
  }
  return values;
}

std::vector<JsonInput> JsonInput::objects(const std::string& name) const {
  std::vector<JsonInput> values;
  const nlohmann::json* found = value_->find(name);
  if (found == nullptr) return values;
  if (!found->is_array()) wrong_type(name, "a List");
  if (!found->is_array()) return values;
  for (const nlohmann::json& one : *found) {
    if (!one.is_object()) wrong_type(name, "a List of Structures");
    if (!one.is_object()) continue;
    auto value = std::make_shared<Value>();
    value->json = one;
    values.push_back(JsonInput(std::move(value), errors_));
  }
  return values;
}

Refusal JsonInput::finish() const { return errors_->first; }

}  // namespace hotaru::sim
