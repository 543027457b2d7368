#include "sim/parameters.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace hotaru::sim {

Parameters::Parameters(std::string_view form) : source_(std::make_shared<Source>()) {
  if (form.empty()) return;
  for (const std::string& pair : split(form, '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const std::string name = percent_decode(pair.substr(0, equals), true);
    source_->values[name] = equals == std::string::npos ? "" : percent_decode(pair.substr(equals + 1), true);
  }
}

Parameters::Parameters(std::map<std::string, std::string> values) : source_(std::make_shared<Source>()) {
  source_->values = std::move(values);
}

std::map<std::string, std::string> Parameters::all_below() const {
  std::map<std::string, std::string> found;
  for (auto at = source_->values.lower_bound(prefix_); at != source_->values.end() && at->first.starts_with(prefix_);
       ++at)
    found.emplace(at->first.substr(prefix_.size()), at->second);
  return found;
}

std::map<std::string, std::string> Parameters::below(const std::string& name) const {
  return structure(name).all_below();
}

const std::string* Parameters::raw(const std::string& name) const {
  const auto found = source_->values.find(prefix_ + name);
  if (found == source_->values.end()) return nullptr;
  source_->read.insert(found->first);
  return &found->second;
}

bool Parameters::has(const std::string& name) const {
  const std::string full = prefix_ + name;
  if (source_->values.contains(full)) return true;
  const auto after = source_->values.lower_bound(full + ".");
  return after != source_->values.end() && after->first.starts_with(full + ".");
}

std::optional<std::string> Parameters::optional_text(const std::string& name) const {
  const std::string* value = raw(name);
  return value ? std::optional(*value) : std::nullopt;
}

std::string Parameters::text(const std::string& name) const { return optional_text(name).value_or(""); }

std::string Parameters::required(const std::string& name) const {
  const std::string* value = raw(name);
  if (!value || value->empty()) {
    refuse("MissingParameter", fmt::format("The request must contain the parameter {}", prefix_ + name));
    return "";
  }
  return *value;
}

std::optional<bool> Parameters::optional_flag(const std::string& name) const {
  const std::string* value = raw(name);
  if (!value || value->empty()) return std::nullopt;
  const std::string lower = to_lower(*value);
  if (lower == "true" || lower == "1") return true;
  if (lower == "false" || lower == "0") return false;
  invalid_value(name, *value, "Expecting a boolean.");
  return std::nullopt;
}

bool Parameters::flag(const std::string& name, bool otherwise) const { return optional_flag(name).value_or(otherwise); }

std::optional<std::int64_t> Parameters::optional_integer(const std::string& name) const {
  const std::string* value = raw(name);
  if (!value) return std::nullopt;
  const auto number = parse_integer(*value);
  if (!number) invalid_value(name, *value, "Expecting an integer.");
  return number;
}

std::int64_t Parameters::integer(const std::string& name, std::int64_t otherwise) const {
  return optional_integer(name).value_or(otherwise);
}

std::string Parameters::one_of(const std::string& name, const std::vector<std::string>& words,
                               const std::string& otherwise) const {
  const std::string* value = raw(name);
  if (!value || value->empty()) return otherwise;
  if (std::ranges::find(words, *value) == words.end()) {
    invalid_value(name, *value, fmt::format("Expecting one of: {}.", join(words, ", ")));
    return otherwise;
  }
  return *value;
}

std::vector<std::int64_t> Parameters::numbers(const std::string& name) const {
  // A list with nothing in it comes as its bare name (botocore's serializer of the Query protocol).
  static const std::string member = ".member";
  if (name.ends_with(member)) {
    const auto bare = source_->values.find(prefix_ + name.substr(0, name.size() - member.size()));
    if (bare != source_->values.end() && bare->second.empty()) source_->read.insert(bare->first);
  }
  std::set<std::int64_t> found;
  const std::string start = prefix_ + name + ".";
  for (auto at = source_->values.lower_bound(start); at != source_->values.end() && at->first.starts_with(start);
       ++at) {
    const std::string rest = at->first.substr(start.size());
    if (const auto number = parse_integer(rest.substr(0, rest.find('.')))) found.insert(*number);
  }
  return {found.begin(), found.end()};
}

std::vector<std::string> Parameters::list(const std::string& name) const {
  std::vector<std::string> values;
  for (const auto number : numbers(name)) {
    if (const std::string* value = raw(fmt::format("{}.{}", name, number))) values.push_back(*value);
  }
  return values;
}

std::vector<Parameters> Parameters::structures(const std::string& name) const {
  std::vector<Parameters> all;
  for (const auto number : numbers(name)) all.push_back(structure(fmt::format("{}.{}", name, number)));
  return all;
}

Parameters Parameters::structure(const std::string& name) const { return Parameters(source_, prefix_ + name + "."); }

void Parameters::refuse(std::string code, std::string message) const {
  if (!source_->error) source_->error = ApiError{400, std::move(code), std::move(message)};
}

void Parameters::invalid_value(const std::string& name, std::string_view value, std::string_view why) const {
  std::string message = fmt::format("Value ({}) for parameter {} is invalid.", value, prefix_ + name);
  if (!why.empty()) message.append(" ").append(why);
  refuse("InvalidParameterValue", std::move(message));
}

void Parameters::ignore(const std::string& name) const {
  const std::string full = prefix_ + name;
  for (const auto& [key, value] : source_->values) {
    if (key == full || key.starts_with(full + ".")) source_->read.insert(key);
  }
}

Refusal Parameters::finish() const {
  if (source_->error) return source_->error;
  static const std::set<std::string> of_every_call = {"Action", "Version", "DryRun"};
  for (const auto& [name, value] : source_->values) {
    if (source_->read.contains(name) || of_every_call.contains(name)) continue;
    return ApiError{400, "UnknownParameter", fmt::format("The parameter {} is not recognized", name)};
  }
  return std::nullopt;
}

}  // namespace hotaru::sim
