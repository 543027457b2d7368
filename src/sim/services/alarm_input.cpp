#include "sim/services/alarm_input.h"

#include <fmt/format.h>

namespace hotaru::sim::services {

std::string read_text(const JsonInput& input, const std::string& member, std::size_t least, std::size_t most) {
  const std::string text = input.text(member);
  const std::string length = text.size() > most ? "less than or equal to" : "greater than or equal to";
  if (input.has(member) && (text.size() < least || text.size() > most))
    input.invalid(member, text,
                  fmt::format("Member must have length {} {}", length, text.size() > most ? most : least));
  return text;
}

std::vector<std::string> read_texts(const JsonInput& input, const std::string& member, std::size_t most) {
  auto texts = input.list(member);
  if (texts.size() > most)
    input.invalid(member, fmt::format("[{} members]", texts.size()),
                  fmt::format("Member must have length less than or equal to {}", most));
  return texts;
}

std::string read_alarm_name(const JsonInput& input, const std::string& member) {
  const std::string name = read_text(input, member, 1, 255);
  if (name.empty()) input.invalid(member, "", "Member must not be null");
  return name;
}

std::map<std::string, std::string> read_alarm_tags(const JsonInput& input) {
  std::map<std::string, std::string> tags;
  for (const JsonInput& one : input.objects("Tags")) {
    const std::string key = read_text(one, "Key", 1, 128);
    if (key.empty()) one.invalid("Key", "", "Member must not be null");
    if (key.starts_with("aws:")) one.refuse("InvalidParameterValue", "Tags that begin with aws: are reserved.");
    tags[key] = read_text(one, "Value", 0, 256);
  }
  if (tags.size() > 50) input.refuse("ValidationError", "A resource has at most 50 tags.");
  return tags;
}

ApiError no_such_alarm() { return {404, "ResourceNotFound", "Alarm does not exist."}; }

}  // namespace hotaru::sim::services
