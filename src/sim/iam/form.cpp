#include "sim/iam/form.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace hotaru::sim::iam {

namespace {

bool is_plain(unsigned char one) {
  return std::isalnum(one) != 0 || std::string_view("+=,.@_-").contains(static_cast<char>(one));
}

std::string small(std::string name) {
  if (!name.empty() && name.front() >= 'A' && name.front() <= 'Z') name.front() += 'a' - 'A';
  return name;
}

}  // namespace

ApiError no_such(const std::string& message) { return {404, "NoSuchEntity", message}; }
ApiError exists(const std::string& message) { return {409, "EntityAlreadyExists", message}; }
ApiError conflict(const std::string& message) { return {409, "DeleteConflict", message}; }

std::string read_name(const Parameters& parameters, const std::string& parameter, std::size_t longest) {
  std::string name = parameters.required(parameter);
  if (name.size() > longest)
    parameters.refuse("ValidationError",
                      fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: "
                                  "Member must have length less than or equal to {}",
                                  name, small(parameter), longest));
  if (!std::ranges::all_of(name, is_plain))
    parameters.refuse("ValidationError",
                      fmt::format("The specified value for {} is invalid. It must contain only alphanumeric characters "
                                  "and/or the following: +=,.@_-",
                                  small(parameter)));
  return name;
}

std::string read_path(const Parameters& parameters) {
  std::string path = parameters.text("Path");
  if (path.empty()) return "/";
  const bool well = path.front() == '/' && path.back() == '/' && path.size() <= 512 &&
                    std::ranges::all_of(path, [](char one) { return one > ' ' && one <= '~'; });
  if (!well)
    parameters.refuse("ValidationError",
                      "The specified value for path is invalid. It must begin and end with / and contain only "
                      "alphanumeric characters and/or / characters.");
  return path;
}

std::map<std::string, std::string> read_iam_tags(const Parameters& parameters) {
  std::map<std::string, std::string> tags;
  for (const Parameters& one : parameters.structures("Tags.member")) {
    const std::string key = one.required("Key");
    const std::string value = one.text("Value");
    if (to_lower(key).starts_with("aws:"))
      parameters.refuse("InvalidInput", "Tag keys starting with 'aws:' are reserved for internal use");
    if (!tags.emplace(key, value).second)
      parameters.refuse("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  if (tags.size() > 50) parameters.refuse("LimitExceeded", "The number of tags has reached the maximum limit of 50.");
  return tags;
}

std::string new_unique_id(Context& context, const std::string& prefix) {
  std::string id = prefix;
  for (int i = 0; i < 17; ++i) id += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[context.world.random().next() % 32];
  return id;
}

void write_time(Xml& xml, std::string_view name, TimePoint time) { xml.text(name, iso8601(time, false)); }

void write_document(Xml& xml, std::string_view name, const std::string& document) {
  xml.text(name, percent_encode(document));
}

void write_iam_tags(Xml& xml, const std::map<std::string, std::string>& tags) {
  if (tags.empty()) return;
  write_members(xml, "Tags", tags,
                [](const auto& tag, Xml& member) { member.text("Key", tag.first).text("Value", tag.second); });
}

ListRequest read_list(const Parameters& parameters) {
  ListRequest request;
  const std::int64_t most = parameters.integer("MaxItems", 100);
  if (most < 1 || most > 1000)
    parameters.refuse("ValidationError",
                      fmt::format("1 validation error detected: Value '{}' at 'maxItems' failed to satisfy constraint: "
                                  "Member must have value between 1 and 1000",
                                  most));
  request.most = static_cast<std::size_t>(std::clamp<std::int64_t>(most, 1, 1000));
  const std::string marker = parameters.text("Marker");
  const auto after = base64_decode(marker);
  if (!marker.empty() && (!after || after->empty())) parameters.refuse("ValidationError", "Invalid Marker.");
  request.after = after.value_or("");
  return request;
}

std::string next_marker(const std::string& last_key) { return base64_encode(last_key); }

}  // namespace hotaru::sim::iam
