#include "sim/iam/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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

constexpr std::size_t most_tags = 50;

/// IAM User Guide, "Tags for IAM resources": any letter, number and space of Unicode, and these.
bool fits_tag(unsigned char one) {
  return one >= 0x80 || std::isalnum(one) != 0 || std::string_view(" _.:/=+-@").contains(static_cast<char>(one));
}

void check_tag_text(const Parameters& parameters, const std::string& at, const std::string& text, std::size_t longest) {
  if (text.size() > longest)
    parameters.refuse("ValidationError",
                      constraint(at, text, fmt::format("Member must have length less than or equal to {}.", longest)));
  if (!std::ranges::all_of(text, fits_tag))
    parameters.refuse(
        "ValidationError",
        constraint(at, text, R"(Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+)"));
}

void check_count(const Parameters& parameters, const std::string& at, std::size_t count) {
  if (count > most_tags)
    parameters.refuse(
        "ValidationError",
        fmt::format("1 validation error detected: Value at '{}' failed to satisfy constraint: Member must "
                    "have length less than or equal to {}.",
                    at, most_tags));
}

}  // namespace

std::string constraint(const std::string& at, const std::string& value, const std::string& rule) {
  return fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: {}", value, at,
                     rule);
}

ApiError no_such(const std::string& message) { return {404, "NoSuchEntity", message}; }
ApiError exists(const std::string& message) { return {409, "EntityAlreadyExists", message}; }
ApiError conflict(const std::string& message) { return {409, "DeleteConflict", message}; }

std::string read_name(const Parameters& parameters, const std::string& parameter, std::size_t longest) {
  std::string name = parameters.required(parameter);
  if (name.size() > longest)
    parameters.refuse(
        "ValidationError",
        constraint(small(parameter), name, fmt::format("Member must have length less than or equal to {}", longest)));
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
  std::set<std::string> seen;
  for (const Parameters& one : parameters.structures("Tags.member")) {
    const std::string key = one.required("Key");
    const std::string value = one.text("Value");
    const auto at = [&](const char* part) { return fmt::format("tags.{}.member.{}", seen.size() + 1, part); };
    check_tag_text(parameters, at("key"), key, 128);
    check_tag_text(parameters, at("value"), value, 256);
    if (to_lower(key).starts_with("aws:"))
      parameters.refuse("InvalidInput", "Tag keys starting with 'aws:' are reserved for internal use");
    tags[key] = value;
    if (!seen.insert(to_lower(key)).second)
      parameters.refuse("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  check_count(parameters, "tags", seen.size());
  return tags;
}

std::vector<std::string> read_tag_keys(const Parameters& parameters) {
  auto keys = parameters.list("TagKeys.member");
  for (std::size_t i = 0; i < keys.size(); ++i)
    check_tag_text(parameters, fmt::format("tagKeys.{}.member", i + 1), keys[i], 128);
  check_count(parameters, "tagKeys", keys.size());
  return keys;
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
                      constraint("maxItems", fmt::format("{}", most), "Member must have value between 1 and 1000"));
  request.most = static_cast<std::size_t>(std::clamp<std::int64_t>(most, 1, 1000));
  const std::string marker = parameters.text("Marker");
  const auto after = base64_decode(marker);
  if (!marker.empty() && (!after || after->empty())) parameters.refuse("ValidationError", "Invalid Marker.");
  request.after = after.value_or("");
  return request;
}

std::string next_marker(const std::string& last_key) { return base64_encode(last_key); }

}  // namespace hotaru::sim::iam
