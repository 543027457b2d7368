#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/services/parameters.h"
#include "sim/services/services.h"

namespace hotaru::sim::services {

namespace {

constexpr std::size_t most_labels = 10;  // AWS Systems Manager User Guide, "Working with parameter labels"

/// Letters, numbers and ".-_", beginning with none of the reserved words and no number (ibidem).
bool is_label(const std::string& label) {
  const std::string lower = to_lower(label);
  if (label.empty() || lower.starts_with("aws") || lower.starts_with("ssm")) return false;
  if (label.front() >= '0' && label.front() <= '9') return false;
  return std::ranges::all_of(label, [](unsigned char one) {
    return std::isalnum(one) != 0 || std::string_view(".-_").contains(static_cast<char>(one));
  });
}

struct Labels {
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

Labels read_labels(const JsonInput& input) {
  Labels labels;
  for (const std::string& one : input.list("Labels")) {
    if (one.size() > 100)
      input.invalid("Labels", fmt::format("[{}]", one),
                    "Member must satisfy constraint: [Member must have length less than or equal to 100, Member must "
                    "have length greater than or equal to 1]");
    (is_label(one) ? labels.good : labels.bad).push_back(one);
  }
  return labels;
}

/// The version that a call names, or the latest.
ApiResult<const ParameterVersion*> labelled(const Context& context, const std::string& name,
                                            std::optional<std::int64_t> number) {
  const StoredParameter* stored = context.state.parameters.find(name);
  if (!stored) return std::unexpected(no_parameter(name));
  const auto wanted = number.value_or(stored->versions.back().number);
  const auto found = std::ranges::find(stored->versions, wanted, &ParameterVersion::number);
  if (found == stored->versions.end())
    return refuse("ParameterVersionNotFound",
                  fmt::format("Systems Manager could not find version {} of {}. Verify the version and try again.",
                              wanted, name));
  return &*found;
}

/// How many labels the version has once these are on it.
std::size_t count_with(const ParameterVersion& version, const std::vector<std::string>& labels) {
  return version.labels.size() + static_cast<std::size_t>(std::ranges::count_if(labels, [&](const std::string& one) {
           return std::ranges::find(version.labels, one) == version.labels.end();
         }));
}

}  // namespace

ApiResult<JsonObject> label_parameter_version(Context& context, const JsonInput& input) {
  const std::string name = asked_parameter(context, input.required("Name")).name;
  const Labels labels = read_labels(input);
  const auto asked = input.optional_integer("ParameterVersion");
  if (auto no = input.finish()) return std::unexpected(*no);
  const auto version = labelled(context, name, asked);
  if (!version) return std::unexpected(version.error());
  if (count_with(**version, labels.good) > most_labels)
    return refuse(
        "ParameterVersionLabelLimitExceeded",
        "An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion "
        "operation: A parameter version can have maximum 10 labels.Move one or more labels to another version "
        "and try again.");
  const std::int64_t number = (*version)->number;
  context.state.parameters.modify(name, [&](StoredParameter& one) {
    for (ParameterVersion& each : one.versions)
      for (const std::string& label : labels.good) {
        const bool there = std::ranges::find(each.labels, label) != each.labels.end();
        if (each.number != number) std::erase(each.labels, label);  // it moves from where it was
        if (each.number == number && !there) each.labels.push_back(label);
      }
  });
  return JsonObject{}.texts("InvalidLabels", labels.bad).number("ParameterVersion", number);
}

ApiResult<JsonObject> unlabel_parameter_version(Context& context, const JsonInput& input) {
  const std::string name = asked_parameter(context, input.required("Name")).name;
  const auto labels = input.list("Labels");
  const auto asked = input.optional_integer("ParameterVersion");
  if (!asked) input.invalid("ParameterVersion", "", "Member must not be null");
  if (auto no = input.finish()) return std::unexpected(*no);
  const auto version = labelled(context, name, asked);
  if (!version) return std::unexpected(version.error());
  std::vector<std::string> removed;
  std::vector<std::string> invalid;
  for (const std::string& one : labels)
    (std::ranges::find((*version)->labels, one) != (*version)->labels.end() ? removed : invalid).push_back(one);
  context.state.parameters.modify(name, [&](StoredParameter& one) {
    for (ParameterVersion& each : one.versions)
      if (each.number == *asked)
        for (const std::string& label : removed) std::erase(each.labels, label);
  });
  return JsonObject{}.texts("RemovedLabels", removed).texts("InvalidLabels", invalid);
}

}  // namespace hotaru::sim::services
