#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/iam/actions.h"
#include "sim/services/page.h"
#include "sim/services/parameters.h"
#include "sim/services/services.h"

namespace hotaru::sim::services {

namespace {

constexpr std::size_t most_versions = 100;       // AWS Systems Manager User Guide, "Working with parameter versions"
constexpr std::size_t longest_standard = 4'096;  // ibidem, "Managing parameter tiers"
constexpr std::size_t longest_advanced = 8'192;

struct Put {
  std::string name;
  ParameterVersion version;
  bool overwrite = false;
  std::map<std::string, std::string> tags;
};

std::map<std::string, std::string> read_tags(const JsonInput& input) {
  std::map<std::string, std::string> tags;
  for (const JsonInput& one : input.objects("Tags")) tags[one.required("Key")] = one.text("Value");
  return tags;
}

Put read_put(const JsonInput& input) {
  Put put;
  put.name = input.required("Name");
  put.version.value = input.required("Value");
  put.version.type = input.one_of("Type", {"String", "StringList", "SecureString"}, "");
  put.version.description = input.text("Description");
  put.version.key_id = input.text("KeyId");
  put.version.allowed_pattern = input.text("AllowedPattern");
  put.version.tier = input.one_of("Tier", {"Standard", "Advanced", "Intelligent-Tiering"}, "Standard");
  if (const std::string type = input.text("DataType"); !type.empty()) put.version.data_type = type;
  put.overwrite = input.flag("Overwrite");
  put.tags = read_tags(input);
  return put;
}

Refusal check_put(const Put& put, const StoredParameter* before) {
  if (auto no = check_parameter_name({put.name, ""})) return no;
  const std::string lower = to_lower(put.name);
  for (const char* reserved : {"aws", "ssm", "/aws", "/ssm"})
    if (lower.starts_with(reserved))
      return ApiError{400, lower.contains("aws") ? "AccessDeniedException" : "ValidationException",
                      fmt::format("No access to reserved parameter name: {}.", put.name)};
  if (before && !put.overwrite)
    return ApiError{400, "ParameterAlreadyExists",
                    "The parameter already exists. To overwrite this value, set the overwrite option in the request to "
                    "true."};
  if (before && !put.tags.empty())
    return ApiError{400, "ValidationException",
                    "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, "
                    "please remove overwrite flag."};
  if (!before && put.version.type.empty())
    return ApiError{400, "ValidationException", "A parameter type is required when you create a parameter."};
  const bool standard = put.version.tier == "Standard";
  if (put.version.value.size() > (standard ? longest_standard : longest_advanced))
    return ApiError{400, "ValidationException",
                    fmt::format("{} tier parameters support a maximum parameter value of {} characters.",
                                put.version.tier, standard ? longest_standard : longest_advanced)};
  return std::nullopt;
}

ApiError not_found(const std::string& name) {
  return {400, "ParameterNotFound", fmt::format("Parameter {} not found.", name)};
}

/// What a parameter is told as, without its value.
void write_metadata(const KnownParameter& known, JsonObject& out) {
  const ParameterVersion& version = known.version;
  out.text("Name", known.name)
      .text("ARN", known.arn)
      .text("Type", version.type)
      .text_unless_empty("KeyId", version.key_id)
      .time("LastModifiedDate", version.modified)
      .text("LastModifiedUser", version.user)
      .text_unless_empty("Description", version.description)
      .text_unless_empty("AllowedPattern", version.allowed_pattern)
      .number("Version", version.number)
      .text("Tier", version.tier)
      .texts("Policies", std::vector<std::string>{})
      .text("DataType", version.data_type);
}

/// ParameterFilters (and the older Filters): Name, Type, Path, with Equals, BeginsWith, Contains, Recursive, OneLevel.
bool passes(const JsonInput& filter, const KnownParameter& one) {
  const std::string key = filter.has("Key") ? filter.text("Key") : "Name";
  const std::string option = filter.has("Option") ? filter.text("Option") : key == "Path" ? "OneLevel" : "Equals";
  const std::string text = key == "Type" ? one.version.type : key == "Tier" ? one.version.tier : one.name;
  return std::ranges::any_of(filter.list("Values"), [&](std::string value) {
    if (key == "Path") {
      if (!value.ends_with('/')) value += '/';
      return text.starts_with(value) && (option == "Recursive" || text.find('/', value.size()) == std::string::npos);
    }
    if (option == "BeginsWith") return text.starts_with(value);
    if (option == "Contains") return text.contains(value);
    return text == value;
  });
}

std::vector<JsonInput> read_filters(const JsonInput& input) {
  auto filters = input.objects("ParameterFilters");
  for (const JsonInput& one : filters) {
    const std::string key = one.text("Key");
    if (key != "Name" && key != "Type" && key != "Path" && key != "Tier")
      input.refuse("InvalidFilterKey",
                   fmt::format("The following filter key is not valid: {}. Valid filter keys of the simulator include: "
                               "[Name, Type, Path, Tier].",
                               key));
    if (one.list("Values").empty()) input.refuse("InvalidFilterValue", "The filter values can't be empty.");
  }
  return filters;
}

/// ResourceId of the calls on tags.
ApiResult<const StoredParameter*> tagged(const Context& context, const JsonInput& input) {
  input.required("ResourceType");
  const std::string type = input.text("ResourceType");
  const std::string id = input.required("ResourceId");
  if (auto no = input.finish()) return std::unexpected(*no);
  const StoredParameter* found = context.state.parameters.find(asked_parameter(context, id).name);
  if (type != "Parameter")
    return refuse("InvalidResourceType", fmt::format("{} is not a valid resource type in the simulator.", type));
  if (!found)
    return refuse("InvalidResourceId",
                  "The resource ID is not valid. Verify that you entered the correct ID and try again.");
  return found;
}

}  // namespace

ApiResult<JsonObject> put_parameter(Context& context, const JsonInput& input) {
  Put put = read_put(input);
  if (auto no = input.finish()) return std::unexpected(*no);
  const StoredParameter* before = context.state.parameters.find(put.name);
  if (auto no = check_put(put, before)) return std::unexpected(*no);
  StoredParameter now = before ? *before : StoredParameter{put.name, {}, {}};
  if (before) {
    put.version.number = before->versions.back().number + 1;
    if (put.version.type.empty()) put.version.type = before->versions.back().type;
  } else {
    now.tags = put.tags;
  }
  if (put.version.type == "SecureString" && put.version.key_id.empty()) put.version.key_id = "alias/aws/ssm";
  put.version.user = iam::caller_arn(context);
  put.version.modified = context.now();
  now.versions.push_back(put.version);
  if (now.versions.size() > most_versions) now.versions.erase(now.versions.begin());
  context.state.parameters.put(std::move(now));
  return JsonObject{}.number("Version", put.version.number).text("Tier", put.version.tier);
}

ApiResult<JsonObject> delete_parameter(Context& context, const JsonInput& input) {
  const std::string name = input.required("Name");
  if (auto no = input.finish()) return std::unexpected(*no);
  if (!context.state.parameters.find(name)) return std::unexpected(not_found(name));
  context.state.parameters.erase(name);
  return JsonObject{};
}

ApiResult<JsonObject> delete_parameters(Context& context, const JsonInput& input) {
  const auto names = input.list("Names");
  if (names.empty()) input.invalid("Names", "", "Member must not be null");
  if (auto no = input.finish()) return std::unexpected(*no);
  std::vector<std::string> deleted;
  std::vector<std::string> invalid;
  for (const std::string& name : names) (context.state.parameters.find(name) ? deleted : invalid).push_back(name);
  for (const std::string& name : deleted) context.state.parameters.erase(name);
  return JsonObject{}.texts("DeletedParameters", deleted).texts("InvalidParameters", invalid);
}

ApiResult<JsonObject> describe_parameters(Context& context, const JsonInput& input) {
  const auto filters = read_filters(input);
  const auto page = read_page(input, 50, 50);
  if (auto no = input.finish()) return std::unexpected(*no);
  auto all = parameters_below(context, "");
  std::erase_if(all, [&](const KnownParameter& one) {
    return one.is_public || !std::ranges::all_of(filters, [&](const JsonInput& filter) { return passes(filter, one); });
  });
  const auto shown = cut(page, all, [](const KnownParameter& one) { return one.name; });
  return JsonObject{}
      .objects("Parameters", shown.items,
               [](const KnownParameter& one, JsonObject& item) { write_metadata(one, item); })
      .text_unless_empty("NextToken", shown.next_token);
}

ApiResult<JsonObject> get_parameter_history(Context& context, const JsonInput& input) {
  const std::string name = input.required("Name");
  const bool decrypted = input.flag("WithDecryption");
  const auto page = read_page(input, 50, 50);
  if (auto no = input.finish()) return std::unexpected(*no);
  const StoredParameter* stored = context.state.parameters.find(name);
  if (!stored) return std::unexpected(not_found(name));
  const auto shown =
      cut(page, stored->versions, [](const ParameterVersion& one) { return fmt::format("{:09}", one.number); });
  return JsonObject{}
      .objects(
          "Parameters", shown.items,
          [&](const ParameterVersion& one, JsonObject& item) {
            const bool hidden = one.type == "SecureString" && !decrypted;
            write_metadata({name, "", false, one}, item);
            item.text("Value", hidden ? base64_encode("encrypted (simulated)") : one.value).texts("Labels", one.labels);
          })
      .text_unless_empty("NextToken", shown.next_token);
}

ApiResult<JsonObject> label_parameter_version(Context& context, const JsonInput& input) {
  const std::string name = input.required("Name");
  const auto labels = input.list("Labels");
  const auto asked = input.optional_integer("ParameterVersion");
  if (auto no = input.finish()) return std::unexpected(*no);
  const StoredParameter* stored = context.state.parameters.find(name);
  if (!stored) return std::unexpected(not_found(name));
  const auto number = asked.value_or(stored->versions.back().number);
  if (std::ranges::find(stored->versions, number, &ParameterVersion::number) == stored->versions.end())
    return refuse("ParameterVersionNotFound",
                  fmt::format("Systems Manager could not find version {} of {}. Verify the version and try again.",
                              number, name));
  context.state.parameters.modify(name, [&](StoredParameter& one) {
    for (ParameterVersion& version : one.versions)
      for (const std::string& label : labels) {
        std::erase(version.labels, label);  // it moves from where it was
        if (version.number == number) version.labels.push_back(label);
      }
  });
  return JsonObject{}.texts("InvalidLabels", std::vector<std::string>{}).number("ParameterVersion", number);
}

ApiResult<JsonObject> list_tags_of_parameter(Context& context, const JsonInput& input) {
  const auto found = tagged(context, input);
  if (!found) return std::unexpected(found.error());
  return JsonObject{}.objects("TagList", (*found)->tags, [](const auto& tag, JsonObject& item) {
    item.text("Key", tag.first).text("Value", tag.second);
  });
}

ApiResult<JsonObject> add_tags_to_parameter(Context& context, const JsonInput& input) {
  const auto tags = read_tags(input);
  const auto found = tagged(context, input);
  if (!found) return std::unexpected(found.error());
  context.state.parameters.modify(std::string((*found)->id), [&](StoredParameter& one) {
    for (const auto& [key, value] : tags) one.tags[key] = value;
  });
  return JsonObject{};
}

ApiResult<JsonObject> remove_tags_from_parameter(Context& context, const JsonInput& input) {
  const auto keys = input.list("TagKeys");
  const auto found = tagged(context, input);
  if (!found) return std::unexpected(found.error());
  context.state.parameters.modify(std::string((*found)->id), [&](StoredParameter& one) {
    for (const std::string& key : keys) one.tags.erase(key);
  });
  return JsonObject{};
}

}  // namespace hotaru::sim::services
