#include "sim/services/parameters.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/images.h"

namespace hotaru::sim::services {

namespace {

/// Each new image is a version; how many there were before this one nobody asks.
KnownParameter public_parameter(const Context& context, const std::string& name, const Image& image) {
  KnownParameter known{name, fmt::format("arn:aws:ssm:{}::parameter{}", context.region, name), true, {}};
  known.version.type = "String";
  known.version.value = image.id;
  known.version.data_type = "aws:ec2:image";
  known.version.modified = parse_iso8601(image.creation_date).value_or(TimePoint{});
  return known;
}

KnownParameter own_parameter(const Context& context, const std::string& name, const ParameterVersion& version) {
  const char* slash = name.starts_with('/') ? "" : "/";
  return {name, fmt::format("arn:aws:ssm:{}:{}:parameter{}{}", context.region, context.account_id, slash, name), false,
          version};
}

/// A name without a path is the same with a slash before it, as in its ARN.
std::string stored_name(const Context& context, const std::string& name) {
  const auto& stored = context.state.parameters;
  if (name.empty() || stored.find(name) || name.find('/', 1) != std::string::npos) return name;
  std::string other = name.front() == '/' ? name.substr(1) : "/" + name;
  return stored.find(other) ? other : name;
}

const ParameterVersion* selected(const StoredParameter& stored, const std::string& selector) {
  if (selector.empty()) return &stored.versions.back();
  const std::string wanted = selector.substr(1);
  const auto number = parse_integer(wanted);
  const auto found = std::ranges::find_if(stored.versions, [&](const ParameterVersion& one) {
    return number ? one.number == *number : std::ranges::find(one.labels, wanted) != one.labels.end();
  });
  return found == stored.versions.end() ? nullptr : &*found;
}

ApiError no_version(const AskedParameter& asked) {
  return {400, "ParameterVersionNotFound",
          fmt::format("Systems Manager could not find version {} of {}. Verify the version and try again.",
                      asked.selector.substr(1), asked.name)};
}

}  // namespace

AskedParameter asked_parameter(const Context& context, std::string name) {
  for (const std::string& account : {std::string(), context.account_id}) {
    const std::string arn = fmt::format("arn:aws:ssm:{}:{}:parameter", context.region, account);
    if (!name.starts_with(arn)) continue;
    name = name.substr(arn.size());
  }
  const auto colon = name.find(':');
  const std::string selector = colon == std::string::npos ? "" : name.substr(colon);
  name.resize(name.size() - selector.size());
  return {stored_name(context, name), selector};
}

Refusal check_parameter_name(const AskedParameter& asked) {
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

ApiError no_parameter(const std::string& name) {
  return {400, "ParameterNotFound", fmt::format("Parameter {} not found.", name)};
}

ApiResult<KnownParameter> find_parameter(const Context& context, const AskedParameter& asked) {
  if (const StoredParameter* stored = context.state.parameters.find(asked.name)) {
    if (asked.selector.find(':', 1) != std::string::npos)
      return std::unexpected(no_parameter(asked.name + asked.selector));
    const ParameterVersion* version = selected(*stored, asked.selector);
    if (!version) return std::unexpected(no_version(asked));
    return own_parameter(context, asked.name, *version);
  }
  for (const Image& image : images_of(context.region)) {
    if (std::ranges::find(image.parameters, asked.name) == image.parameters.end()) continue;
    if (!asked.selector.empty() && asked.selector != ":1") return std::unexpected(no_version(asked));
    return public_parameter(context, asked.name, image);
  }
  return std::unexpected(no_parameter(asked.name + asked.selector));
}

std::vector<KnownParameter> parameters_below(const Context& context, const std::string& prefix) {
  std::vector<KnownParameter> all;
  for (const auto& [name, stored] : context.state.parameters.all())
    if (name.starts_with(prefix)) {
      all.push_back(own_parameter(context, name, stored.versions.back()));
      all.back().tags = stored.tags;
    }
  for (const Image& image : images_of(context.region))
    for (const std::string& name : image.parameters)
      if (name.starts_with(prefix)) all.push_back(public_parameter(context, name, image));
  std::ranges::sort(all, {}, &KnownParameter::name);
  return all;
}

ApiResult<std::string> resolve_image(const Context& context, const std::string& image_id) {
  static const std::string mark = "resolve:ssm:";
  if (!image_id.starts_with(mark)) return image_id;
  const auto found = find_parameter(context, asked_parameter(context, image_id.substr(mark.size())));
  if (!found)
    return refuse("InvalidParameterValue",
                  fmt::format("Value ({}) for parameter imageId is invalid. The Systems Manager parameter could not be "
                              "resolved: {}",
                              image_id, found.error().message));
  return found->version.value;
}

}  // namespace hotaru::sim::services
