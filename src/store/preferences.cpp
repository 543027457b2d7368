#include "store/preferences.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/duration.h"
#include "base/file.h"
#include "base/text.h"

namespace hotaru::store {

namespace {

bool is_key(const std::string& name) {
  return name == "rate_as_of" ||
         std::ranges::any_of(preference_keys, [&](const PreferenceKey& key) { return key.name == name; });
}

Error unknown_key(const std::string& key) {
  std::vector<std::string> names;
  for (const PreferenceKey& each : preference_keys) names.emplace_back(each.name);
  return {ErrorClass::invalid, fmt::format("There is no setting \"{}\".", key),
          "There are: " + join(names, ", ") + "."};
}

bool is_letter(char letter) { return std::islower(static_cast<unsigned char>(letter)) != 0; }

Result<void> check(const std::string& key, const std::string& value) {
  if (!is_key(key)) return std::unexpected(unknown_key(key));
  const auto number = parse_number(value);
  if (key == "tax" && (!number || *number < 0 || *number > 100))
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no tax.", value), "Say it in per cent: 10.");
  if (key == "rate" && (!number || *number <= 0 || *number > 1e9))
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no rate.", value), "Say what a dollar is worth: 155.");
  if ((key == "for" || key == "idle") && value != "none" && !parse_duration(value))
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no length of time.", value), "Say 8h, 1d12h or none.");
  if (key == "budget" && value != "none" && !parse_number(value.substr(0, value.find_first_not_of("0123456789."))))
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no budget.", value), "Say 5usd or none.");
  if (key == "then" && value != "stop" && value != "terminate")
    return fail(ErrorClass::invalid, fmt::format("An instance does not end by \"{}\".", value),
                "Say stop or terminate.");
  if (key == "currency" && (value.size() != 3 || !std::ranges::all_of(value, is_letter)))
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no currency.", value),
                "Say its code in small letters: jpy.");
  return {};
}

}  // namespace

std::filesystem::path preferences_file(const Folders& folders) { return folders.config / "config"; }

Result<Preferences> parse_preferences(const std::string& text, const std::string& name) {
  Preferences preferences;
  int number = 0;
  for (const std::string& line : lines(text)) {
    ++number;
    const std::string bare = trim(std::string_view(line).substr(0, line.find('#')));
    if (bare.empty()) continue;
    const auto sign = bare.find('=');
    const std::string key = trim(std::string_view(bare).substr(0, sign));
    const std::string value = sign == std::string::npos ? "" : trim(std::string_view(bare).substr(sign + 1));
    if (auto good = check(key, value); !good) {
      Error error = good.error();
      error.message = fmt::format("{}, line {}: {}", name, number, error.message);
      return std::unexpected(error);
    }
    preferences[key] = value;
  }
  return preferences;
}

Result<Preferences> read_preferences(const Folders& folders) {
  const auto file = preferences_file(folders);
  std::error_code problem;
  if (!std::filesystem::exists(file, problem)) return Preferences{};
  auto text = read_file(file);
  if (!text) return pass(text);
  return parse_preferences(*text, file.string());
}

Result<void> set_preference(const Folders& folders, const std::string& key, const std::string& value,
                            const std::string& today) {
  const std::string lower = to_lower(trim(value));
  if (lower.empty() && !is_key(key)) return std::unexpected(unknown_key(key));
  if (!lower.empty())
    if (auto good = check(key, lower); !good) return good;
  auto preferences = read_preferences(folders);
  if (!preferences) return pass(preferences);
  preferences->erase(key);
  if (!lower.empty()) (*preferences)[key] = lower;
  if (key == "rate") preferences->erase("rate_as_of");
  if (key == "rate" && !lower.empty()) (*preferences)["rate_as_of"] = today;
  std::string text = "# Written by `hotaru config set`.\n";
  for (const auto& [name, one] : *preferences) text += fmt::format("{} = {}\n", name, one);
  if (auto made = make_folder(folders.config, 0755); !made) return made;
  return write_file(preferences_file(folders), text, 0644);
}

}  // namespace hotaru::store
