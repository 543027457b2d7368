#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "sim/images.h"
#include "sim/services/page.h"
#include "sim/services/services.h"

namespace hotaru::sim::services {

namespace {

/// A parameter that AWS or a publisher of images keeps for all accounts.
struct PublicParameter {
  std::string name;
  const Image* image = nullptr;
};

std::map<std::string, PublicParameter> parameters_of(const std::string& region) {
  std::map<std::string, PublicParameter> all;
  for (const Image& image : images_of(region))
    for (const std::string& name : image.parameters) all[name] = {name, &image};
  return all;
}

/// Each new image is a version; how many there were before this one nobody asks.
constexpr std::int64_t version = 1;

void write(const Context& context, const PublicParameter& parameter, JsonObject& out) {
  const TimePoint since = parse_iso8601(parameter.image->creation_date).value_or(TimePoint{});
  out.text("Name", parameter.name)
      .text("Type", "String")
      .text("Value", parameter.image->id)
      .number("Version", version)
      .time("LastModifiedDate", since)
      .text("ARN", fmt::format("arn:aws:ssm:{}::parameter{}", context.region, parameter.name))
      .text("DataType", "aws:ec2:image");
}

/// A name as callers may write it: with ":VERSION" at its end, or as the parameter's ARN.
struct Asked {
  std::string name;
  std::string selector;  ///< ":1" or ""
};

Asked asked_for(const Context& context, std::string name) {
  const std::string arn = fmt::format("arn:aws:ssm:{}::parameter", context.region);
  if (name.starts_with(arn)) name = name.substr(arn.size());
  const auto colon = name.find(':');
  if (colon == std::string::npos) return {name, ""};
  return {name.substr(0, colon), name.substr(colon)};
}

Refusal check_name(const Asked& asked) {
  const bool has_slash = asked.name.find('/') != std::string::npos;
  if (has_slash && !asked.name.starts_with('/'))
    return ApiError{400, "ValidationException", "Parameter name must be a fully qualified name."};
  constexpr std::string_view others = "/._-";
  const auto allowed = [&](unsigned char one) { return (std::isalnum(one) != 0) || others.contains(one); };
  if (asked.name.empty() || asked.name.size() > 2048 || !std::ranges::all_of(asked.name, allowed))
    return ApiError{400, "ValidationException",
                    "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can "
                    "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, "
                    "numbers and the following 3 symbols .-_"};
  return std::nullopt;
}

bool is_version(const Asked& asked) { return asked.selector.empty() || asked.selector == fmt::format(":{}", version); }

}  // namespace

ApiResult<JsonObject> get_parameter(Context& context, const JsonInput& input) {
  const Asked asked = asked_for(context, input.required("Name"));
  input.flag("WithDecryption");  // there is nothing secret among them
  if (auto no = input.finish()) return std::unexpected(*no);
  if (auto no = check_name(asked)) return std::unexpected(*no);
  const auto all = parameters_of(context.region);
  const auto found = all.find(asked.name);
  if (found == all.end()) return refuse("ParameterNotFound", fmt::format("Parameter {} not found.", asked.name));
  if (!is_version(asked))
    return refuse("ParameterVersionNotFound",
                  fmt::format("Systems Manager could not find version {} of {}. Verify the version and try again.",
                              asked.selector.substr(1), asked.name));
  JsonObject parameter;
  write(context, found->second, parameter);
  if (!asked.selector.empty()) parameter.text("Selector", asked.selector);
  return JsonObject{}.object("Parameter", parameter);
}

ApiResult<JsonObject> get_parameters(Context& context, const JsonInput& input) {
  const auto names = input.list("Names");
  input.flag("WithDecryption");
  if (names.empty()) input.invalid("Names", "", "Member must not be null");
  if (names.size() > 10)
    input.invalid("Names", fmt::format("[{}]", join(names, ", ")), "Member must have length less than or equal to 10");
  if (auto no = input.finish()) return std::unexpected(*no);
  const auto all = parameters_of(context.region);
  std::vector<PublicParameter> found;
  std::vector<std::string> invalid;
  for (const std::string& name : names) {
    const Asked asked = asked_for(context, name);
    if (auto no = check_name(asked)) return std::unexpected(*no);
    const auto one = all.find(asked.name);
    if (one != all.end() && is_version(asked)) {
      found.push_back(one->second);
    } else {
      invalid.push_back(name);
    }
  }
  return JsonObject{}
      .objects("Parameters", found, [&](const PublicParameter& one, JsonObject& item) { write(context, one, item); })
      .texts("InvalidParameters", invalid);
}

ApiResult<JsonObject> get_parameters_by_path(Context& context, const JsonInput& input) {
  std::string path = input.required("Path");
  const bool recursive = input.flag("Recursive");
  input.flag("WithDecryption");
  if (input.has("ParameterFilters"))
    input.refuse("InvalidFilterKey", "The simulator has no filters for parameters; leave ParameterFilters out.");
  const auto page = read_page(input, 10, 10);
  if (auto no = input.finish()) return std::unexpected(*no);
  if (!path.starts_with('/'))
    return refuse("ValidationException",
                  "The parameter path must begin with a slash (/), as in /aws/service/canonical.");
  if (!path.ends_with('/')) path += '/';
  std::vector<PublicParameter> found;
  for (const auto& [name, parameter] : parameters_of(context.region)) {
    const bool below = name.starts_with(path) && (recursive || name.find('/', path.size()) == std::string::npos);
    if (below) found.push_back(parameter);
  }
  const auto shown = cut(page, found, [](const PublicParameter& one) { return one.name; });
  return JsonObject{}
      .objects("Parameters", shown.items,
               [&](const PublicParameter& one, JsonObject& item) { write(context, one, item); })
      .text_unless_empty("NextToken", shown.next_token);
}

}  // namespace hotaru::sim::services
