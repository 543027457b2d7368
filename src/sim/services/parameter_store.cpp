#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/iam/actions.h"
#include "sim/services/page.h"
#include "sim/services/parameter_filters.h"
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
  put.version.value = input.text("Value");
  if (put.version.value.empty())
    input.refuse(
        "ValidationException",
        "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1.");
  put.version.type = input.one_of("Type", {"SecureString", "StringList", "String"}, "");
  put.version.description = input.text("Description");
  put.version.key_id = input.text("KeyId");
  put.version.allowed_pattern = input.text("AllowedPattern");
  put.version.tier = input.one_of("Tier", {"Standard", "Advanced", "Intelligent-Tiering"}, "");
  if (const std::string type = input.text("DataType"); !type.empty()) put.version.data_type = type;
  if (const std::string& type = put.version.data_type; type != "text" && type != "aws:ec2:image")
    input.refuse(
        "ValidationException",
        fmt::format("The following data type is not supported: {} (Data type names are all lowercase.)", type));
  put.overwrite = input.flag("Overwrite");
  put.tags = read_tags(input);
  return put;
}

/// What is reserved, and for whom.
Refusal check_new_name(const std::string& name) {
  const std::string lower = to_lower(name);
  if (lower.starts_with("aws") || lower.starts_with("ssm"))
    return ApiError{400, "ValidationException",
                    "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive)."};
  if (lower.starts_with("/aws"))
    return ApiError{400, "AccessDeniedException", fmt::format("No access to reserved parameter name: {}.", name)};
  return check_parameter_name({lower.starts_with("/ssm") ? "" : name, ""});
}

Refusal check_put(const Put& put, const StoredParameter* before) {
  if (auto no = check_new_name(put.name)) return no;
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
  const std::string tier = !put.version.tier.empty() ? put.version.tier
                           : before                  ? before->versions.back().tier
                                                     : "Standard";
  const bool standard = tier == "Standard";
  if (put.version.value.size() > (standard ? longest_standard : longest_advanced))
    return ApiError{400, "ValidationException",
                    fmt::format("{} tier parameters support a maximum parameter value of {} characters.", tier,
                                standard ? longest_standard : longest_advanced)};
  return std::nullopt;
}

ApiError too_many_versions(const std::string& name, const ParameterVersion& oldest) {
  return {400, "ParameterMaxVersionLimitExceeded",
          fmt::format("You attempted to create a new version of {} by calling the PutParameter API with the overwrite "
                      "flag. Version {}, the oldest version, can't be deleted because it has a label associated with "
                      "it. Move the label to another version of the parameter, and try again.",
                      name, oldest.number)};
}

/// What a call that overwrites does not say stays as it was.
void keep(ParameterVersion& now, const ParameterVersion& before) {
  for (auto field : {&ParameterVersion::type, &ParameterVersion::description, &ParameterVersion::key_id,
                     &ParameterVersion::allowed_pattern, &ParameterVersion::tier})
    if ((now.*field).empty()) now.*field = before.*field;
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
  put.name = asked_parameter(context, put.name).name;
  const StoredParameter* before = context.state.parameters.find(put.name);
  if (auto no = check_put(put, before)) return std::unexpected(*no);
  StoredParameter now = before ? *before : StoredParameter{put.name, {}, {}};
  if (before) {
    put.version.number = before->versions.back().number + 1;
    keep(put.version, before->versions.back());
  } else {
    now.tags = put.tags;
  }
  if (put.version.tier.empty()) put.version.tier = "Standard";
  if (put.version.type == "SecureString" && put.version.key_id.empty()) put.version.key_id = "alias/aws/ssm";
  put.version.user = iam::caller_arn(context);
  put.version.modified = context.now();
  now.versions.push_back(put.version);
  if (now.versions.size() > most_versions) {
    if (!now.versions.front().labels.empty()) return std::unexpected(too_many_versions(put.name, now.versions.front()));
    now.versions.erase(now.versions.begin());
  }
  context.state.parameters.put(std::move(now));
  return JsonObject{}.number("Version", put.version.number).text("Tier", put.version.tier);
}

ApiResult<JsonObject> delete_parameter(Context& context, const JsonInput& input) {
  const std::string name = asked_parameter(context, input.required("Name")).name;
  if (auto no = input.finish()) return std::unexpected(*no);
  if (!context.state.parameters.find(name)) return std::unexpected(no_parameter(name));
  context.state.parameters.erase(name);
  return JsonObject{};
}

ApiResult<JsonObject> delete_parameters(Context& context, const JsonInput& input) {
  const auto names = input.list("Names");
  if (names.empty()) input.invalid("Names", "", "Member must not be null");
  if (auto no = input.finish()) return std::unexpected(*no);
  std::vector<std::string> deleted;
  std::vector<std::string> invalid;
  for (const std::string& name : names) {
    const std::string stored = asked_parameter(context, name).name;
    const bool there = context.state.parameters.find(stored) != nullptr;
    if (there) context.state.parameters.erase(stored);
    (there ? deleted : invalid).push_back(name);
  }
  return JsonObject{}.texts("DeletedParameters", deleted).texts("InvalidParameters", invalid);
}

ApiResult<JsonObject> describe_parameters(Context& context, const JsonInput& input) {
  const auto filters = read_parameter_filters(input, FilteredBy::describe);
  const auto page = read_page(input, 10, 50);
  if (auto no = input.finish()) return std::unexpected(*no);
  auto all = parameters_below(context, "");
  std::erase_if(all, [&](const KnownParameter& one) { return one.is_public || !passes_filters(one, filters); });
  const auto shown = cut(page, all, [](const KnownParameter& one) { return one.name; });
  return JsonObject{}
      .objects("Parameters", shown.items,
               [](const KnownParameter& one, JsonObject& item) { write_metadata(one, item); })
      .text_unless_empty("NextToken", shown.next_token);
}

ApiResult<JsonObject> get_parameter_history(Context& context, const JsonInput& input) {
  const std::string name = asked_parameter(context, input.required("Name")).name;
  const bool decrypted = input.flag("WithDecryption");
  const auto page = read_page(input, 50, 50);
  if (auto no = input.finish()) return std::unexpected(*no);
  const StoredParameter* stored = context.state.parameters.find(name);
  if (!stored) return std::unexpected(no_parameter(name));
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
