#include "sim/services/parameter_filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace hotaru::sim::services {

namespace {

using Texts = std::vector<std::string>;

bool is_tag(const std::string& key) { return key.starts_with("tag:"); }

/// What the service's model itself refuses, before it looks at what the filters mean.
Texts broken_constraints(const std::vector<ParameterFilter>& filters) {
  static const std::set<std::string> keys{"Name", "Type", "KeyId", "Path", "Label", "Tier", "DataType"};
  Texts broken;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const ParameterFilter& one = filters[i];
    const auto say = [&](const char* member, const std::string& value, const char* rule) {
      broken.push_back(fmt::format("Value '{}' at 'parameterFilters.{}.member.{}' failed to satisfy constraint: {}",
                                   value, i + 1, member, rule));
    };
    if (!is_tag(one.key) && !keys.contains(one.key))
      say("key", one.key,
          "Member must satisfy regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType");
    if (one.key.size() > 132) say("key", one.key, "Member must have length less than or equal to 132");
    if (one.option.size() > 10) say("option", one.option, "Member must have length less than or equal to 10");
    if (one.values.size() > 50)
      say("values", join(one.values, ", "), "Member must have length less than or equal to 50");
    if (std::ranges::any_of(one.values, [](const std::string& value) { return value.empty() || value.size() > 1024; }))
      say("values", join(one.values, ", "),
          "[Member must have length less than or equal to 1024, Member must have length greater than or equal to 1]");
  }
  return broken;
}

void refuse_word(const JsonInput& input, const ParameterFilter& filter, const Texts& valid) {
  for (const std::string& value : filter.values)
    if (std::ranges::find(valid, value) == valid.end())
      input.refuse("InvalidFilterValue",
                   fmt::format("The following filter value is not valid: {}. Valid values include: [{}]", value,
                               join(valid, ", ")));
}

void check_option(const JsonInput& input, const ParameterFilter& filter, const Texts& valid) {
  if (!filter.option.empty() && std::ranges::find(valid, filter.option) == valid.end())
    input.refuse("InvalidFilterOption",
                 fmt::format("The following filter option is not valid: {}. Valid options include: [{}].",
                             filter.option, join(valid, ", ")));
}

void check_path_filter(const JsonInput& input, const ParameterFilter& filter) {
  static const Texts valid{"Recursive", "OneLevel"};
  if (!filter.option.empty() && std::ranges::find(valid, filter.option) == valid.end())
    input.refuse(
        "InvalidFilterOption",
        fmt::format("The following filter option is not valid: {}. Valid options include: [Recursive, OneLevel]",
                    filter.option));
  for (const std::string& path : filter.values) {
    const std::string lower = to_lower(path);
    if (lower.starts_with("/aws") || lower.starts_with("/ssm"))
      input.refuse("ValidationException",
                   "Filters for common parameters can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). When "
                   "using global parameters, please specify within a global namespace.");
    if (auto no = check_parameter_path(path)) input.refuse(no->code, no->message);
  }
}

void check_meaning(const JsonInput& input, const ParameterFilter& filter, FilteredBy call) {
  static const Texts of_describe{"Path", "Name", "Type", "KeyId", "Tier", "DataType"};
  static const Texts of_path{"Type", "KeyId", "Label", "DataType"};
  const Texts& valid = call == FilteredBy::describe ? of_describe : of_path;
  const bool known = std::ranges::find(valid, filter.key) != valid.end();
  if (!known && (call == FilteredBy::path || !is_tag(filter.key)))
    input.refuse("InvalidFilterKey",
                 fmt::format("The following filter key is not valid: {}. Valid filter keys include: [{}]", filter.key,
                             call == FilteredBy::describe ? "Path, Name, Type, KeyId, Tier" : "Type, KeyId, Label"));
  if (filter.values.empty() && !is_tag(filter.key))
    input.refuse("InvalidFilterValue",
                 fmt::format("The following filter values are missing : null for filter key {}", filter.key));
  if (filter.key == "Path") check_path_filter(input, filter);
  if (filter.key == "Tier") refuse_word(input, filter, {"Standard", "Advanced", "Intelligent-Tiering"});
  if (filter.key == "Type") refuse_word(input, filter, {"String", "StringList", "SecureString"});
  if (filter.key == "Name" && filter.option != "Contains") check_option(input, filter, {"BeginsWith", "Equals"});
  if (filter.key == "Type" || filter.key == "KeyId") check_option(input, filter, {"Equals", "BeginsWith"});
}

/// "/x" and "x" are one name.
std::string bare(const std::string& name) { return name.starts_with('/') ? name.substr(1) : name; }

bool fits(const std::string& text, const std::string& option, const std::string& value) {
  if (option == "BeginsWith") return text.starts_with(value);
  return option == "Contains" ? text.contains(value) : text == value;
}

bool passes(const ParameterFilter& filter, const KnownParameter& one) {
  if (is_tag(filter.key)) {
    const auto tag = one.tags.find(filter.key.substr(4));
    const auto fitting = [&](const std::string& value) { return fits(tag->second, filter.option, value); };
    return tag != one.tags.end() && (filter.values.empty() || std::ranges::any_of(filter.values, fitting));
  }
  const ParameterVersion& version = one.version;
  return std::ranges::any_of(filter.values, [&](const std::string& value) {
    if (filter.key == "Path") return lies_below(one, value, filter.option == "Recursive");
    if (filter.key == "Label") return std::ranges::find(version.labels, value) != version.labels.end();
    if (filter.key == "Name") return fits(bare(one.name), filter.option, bare(value));
    const std::string& text = filter.key == "Type"    ? version.type
                              : filter.key == "Tier"  ? version.tier
                              : filter.key == "KeyId" ? version.key_id
                                                      : version.data_type;
    return fits(text, filter.option, value);
  });
}

}  // namespace

std::vector<ParameterFilter> read_parameter_filters(const JsonInput& input, FilteredBy call) {
  std::vector<ParameterFilter> filters;
  const bool old = input.has("Filters");
  if (old && input.has("ParameterFilters"))
    input.refuse("ValidationException", "You can use either Filters or ParameterFilters in a single request.");
  for (const JsonInput& one : input.objects(old ? "Filters" : "ParameterFilters"))
    filters.push_back({one.text("Key"), one.text("Option"), one.list("Values")});
  if (const Texts broken = broken_constraints(filters); !broken.empty())
    input.refuse("ValidationException", fmt::format("{} validation error{} detected: {}", broken.size(),
                                                    broken.size() == 1 ? "" : "s", join(broken, "; ")));
  std::set<std::string> seen;
  for (ParameterFilter& one : filters) {
    check_meaning(input, one, call);
    if (!seen.insert(one.key).second)
      input.refuse("InvalidFilterKey",
                   fmt::format("The following filter is duplicated in the request: {}. A request can contain only one "
                               "occurrence of a specific filter.",
                               one.key));
    // What the older form filters by, it finds where a value begins so.
    if (old && one.key == "Name") one.option = "BeginsWith";
  }
  return filters;
}

bool passes_filters(const KnownParameter& one, const std::vector<ParameterFilter>& filters) {
  return std::ranges::all_of(filters, [&](const ParameterFilter& filter) { return passes(filter, one); });
}

Refusal check_parameter_path(const std::string& path) {
  const auto allowed = [](unsigned char one) {
    return std::isalnum(one) != 0 || std::string_view("/._-").contains(static_cast<char>(one));
  };
  if (path.starts_with('/') && std::ranges::all_of(path, allowed) && path.find("//") == std::string::npos)
    return std::nullopt;
  return ApiError{400, "ValidationException",
                  "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a "
                  "forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use "
                  "only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special "
                  "characters are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". "
                  "Valid example: /get/parameters2-/by1./path0_."};
}

bool lies_below(const KnownParameter& one, std::string path, bool recursive) {
  if (!path.ends_with('/')) path += '/';
  const std::string name = "/" + bare(one.name);
  return name.starts_with(path) && (recursive || name.find('/', path.size()) == std::string::npos);
}

}  // namespace hotaru::sim::services
