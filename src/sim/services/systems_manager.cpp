#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/services/page.h"
#include "sim/services/parameter_filters.h"
#include "sim/services/parameters.h"
#include "sim/services/services.h"

namespace hotaru::sim::services {

namespace {

/// `decrypted`: else the value of a SecureString is what stands for its cipher text here.
void write(const KnownParameter& known, bool decrypted, JsonObject& out) {
  const ParameterVersion& version = known.version;
  const bool hidden = version.type == "SecureString" && !decrypted;
  out.text("Name", known.name)
      .text("Type", version.type)
      .text("Value", hidden ? base64_encode("encrypted (simulated) " + base64_encode(version.value)) : version.value)
      .number("Version", version.number)
      .time("LastModifiedDate", version.modified)
      .text("ARN", known.arn)
      .text("DataType", version.data_type);
}

}  // namespace

ApiResult<JsonObject> get_parameter(Context& context, const JsonInput& input) {
  const AskedParameter asked = asked_parameter(context, input.required("Name"));
  const bool decrypted = input.flag("WithDecryption");
  if (auto no = input.finish()) return std::unexpected(*no);
  if (auto no = check_parameter_name(asked)) return std::unexpected(*no);
  const auto found = find_parameter(context, asked);
  if (!found) return std::unexpected(found.error());
  JsonObject parameter;
  write(*found, decrypted, parameter);
  if (!asked.selector.empty()) parameter.text("Selector", asked.selector);
  return JsonObject{}.object("Parameter", parameter);
}

ApiResult<JsonObject> get_parameters(Context& context, const JsonInput& input) {
  auto names = input.list("Names");
  const bool decrypted = input.flag("WithDecryption");
  if (names.empty()) input.invalid("Names", "", "Member must not be null");
  if (names.size() > 10)
    input.invalid("Names", fmt::format("[{}]", join(names, ", ")), "Member must have length less than or equal to 10.");
  if (auto no = input.finish()) return std::unexpected(*no);
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  std::vector<KnownParameter> found;
  std::vector<std::string> invalid;
  for (const std::string& name : names) {
    const AskedParameter asked = asked_parameter(context, name);
    if (auto no = check_parameter_name(asked)) return std::unexpected(*no);
    if (auto one = find_parameter(context, asked)) {
      found.push_back(*std::move(one));
    } else {
      invalid.push_back(name);
    }
  }
  return JsonObject{}
      .objects("Parameters", found, [&](const KnownParameter& one, JsonObject& item) { write(one, decrypted, item); })
      .texts("InvalidParameters", invalid);
}

ApiResult<JsonObject> get_parameters_by_path(Context& context, const JsonInput& input) {
  const std::string path = input.required("Path");
  const bool recursive = input.flag("Recursive");
  const bool decrypted = input.flag("WithDecryption");
  const auto filters = read_parameter_filters(input, FilteredBy::path);
  const auto page = read_page(input, 10, 10);
  if (auto no = input.finish()) return std::unexpected(*no);
  if (auto no = check_parameter_path(path)) return std::unexpected(*no);
  auto found = parameters_below(context, path == "/" ? "" : path);
  std::erase_if(found, [&](const KnownParameter& one) {
    return !lies_below(one, path, recursive) || (path == "/" && one.is_public) || !passes_filters(one, filters);
  });
  const auto shown = cut(page, found, [](const KnownParameter& one) { return one.name; });
  return JsonObject{}
      .objects("Parameters", shown.items,
               [&](const KnownParameter& one, JsonObject& item) { write(one, decrypted, item); })
      .text_unless_empty("NextToken", shown.next_token);
}

}  // namespace hotaru::sim::services
