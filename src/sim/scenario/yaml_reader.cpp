#include "sim/scenario/yaml_reader.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "sim/scenario/scenario.h"

namespace hotaru::sim {

namespace {

std::string list(const std::set<std::string>& words) {
  return join(std::vector<std::string>(words.begin(), words.end()), ", ");
}

}  // namespace

void Complaints::add(const YAML::Node& where, const std::string& what) {
  if (first_.empty()) first_ = fmt::format("line {}: {}", where.Mark().line + 1, what);
}

YamlMap::YamlMap(const YAML::Node& node, std::string what, Complaints& complaints)
    : node_(node), what_(std::move(what)), complaints_(complaints) {
  if (!node_.IsMap()) complaints_.add(node_, fmt::format("{} must have 'key: value' pairs", what_));
}

bool YamlMap::has(const std::string& key) {
  asked_.insert(key);
  return node_.IsMap() && node_[key];
}

YAML::Node YamlMap::child(const std::string& key) { return has(key) ? node_[key] : YAML::Node(); }

void YamlMap::complain(const std::string& key, const std::string& what) {
  complaints_.add(node_[key], fmt::format("'{}' of {} {}", key, what_, what));
}

std::optional<std::string> YamlMap::scalar(const std::string& key) {
  if (!has(key)) return std::nullopt;
  const YAML::Node value = node_[key];
  if (value.IsScalar()) return value.Scalar();
  complain(key, "must be one value");
  return std::nullopt;
}

std::string YamlMap::text(const std::string& key, const std::string& otherwise) {
  return scalar(key).value_or(otherwise);
}

std::string YamlMap::required_text(const std::string& key) {
  const auto value = scalar(key);
  if (!value || value->empty()) complaints_.add(node_, fmt::format("{} needs '{}'", what_, key));
  return value.value_or("");
}

std::string YamlMap::word(const std::string& key, const std::string& otherwise, const std::set<std::string>& words) {
  const auto value = scalar(key);
  if (!value) return otherwise;
  if (!words.contains(*value)) complain(key, fmt::format("is '{}', and must be one of: {}", *value, list(words)));
  return *value;
}

double YamlMap::number(const std::string& key, double otherwise, double least, double most) {
  const auto value = scalar(key);
  if (!value) return otherwise;
  double number = 0;
  const char* const end = value->data() + value->size();
  const auto [stop, problem] = std::from_chars(value->data(), end, number);
  // Written so that NaN, which is neither, is refused.
  if (problem != std::errc() || stop != end || !(number >= least && number <= most)) {
    complain(key, fmt::format("is '{}', and must be a number from {} to {}", *value, least, most));
    return otherwise;
  }
  return number;
}

std::optional<std::int64_t> YamlMap::count(const std::string& key) {
  const auto value = scalar(key);
  if (!value) return std::nullopt;
  const auto number = parse_integer(*value);
  if (!number || *number < 0) complain(key, fmt::format("is '{}', and must be a whole number, not negative", *value));
  return number;
}

bool YamlMap::flag(const std::string& key) { return word(key, "false", {"true", "false"}) == "true"; }

std::vector<std::string> YamlMap::texts(const std::string& key) {
  std::vector<std::string> values;
  if (!has(key)) return values;
  const YAML::Node value = node_[key];
  if (value.IsScalar()) return {value.Scalar()};
  if (!value.IsSequence()) complain(key, "must be a list of names");
  if (!value.IsSequence()) return values;
  for (const YAML::Node& one : value) {
    if (!one.IsScalar()) complain(key, "must be a list of names");
    if (one.IsScalar()) values.push_back(one.Scalar());
  }
  return values;
}

std::optional<Duration> YamlMap::duration(const std::string& key, bool may_be_negative) {
  const auto value = scalar(key);
  if (!value) return std::nullopt;
  const auto time = parse_duration(*value);
  if (!time || (time->count() < 0 && !may_be_negative)) {
    complain(key, fmt::format("is '{}', and must be a time such as 250ms, 30s, 10m, 2h or 1d", *value));
    return std::nullopt;
  }
  return time;
}

void YamlMap::finish() {
  if (!node_.IsMap()) return;
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && asked_.contains(entry.first.Scalar())) continue;
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "…";
    complaints_.add(entry.first, fmt::format("{} has no '{}' (it has: {})", what_, key, list(asked_)));
  }
}

}  // namespace hotaru::sim
