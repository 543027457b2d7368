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
  const auto near = nearest(key, names);
  return {ErrorClass::invalid, fmt::format("There is no setting \"{}\".", key),
          near ? fmt::format("Did you mean {}?", *near) : "There are: " + join(names, ", ") + "."};
}

/// As EC2 names them: "ap-northeast-1".
bool is_region_name(const std::string& text) {
  return !text.empty() && text.find('-') != std::string::npos &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

Result<void> check_place(const std::string& key, const std::string& value) {
  if (key == "cloud" && value != "aws" && value != "sim")
    return fail(ErrorClass::invalid, fmt::format("There is no cloud \"{}\".", value), "Say aws or sim.");
  if (key == "region" && !is_region_name(value))
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no region.", value), "Say it as in us-east-1.");
  return {};
}

bool is_letter(char letter) { return std::islower(static_cast<unsigned char>(letter)) != 0; }

Result<void> check(const std::string& key, const std::string& value) {
  if (!is_key(key)) return std::unexpected(unknown_key(key));
  if (auto place = check_place(key, value); !place) return place;
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

namespace {

/// The key of a line; "" of a comment or an empty one.
std::string key_of(const std::string& line) {
  const std::string bare = trim(std::string_view(line).substr(0, line.find('#')));
  return trim(std::string_view(bare).substr(0, bare.find('=')));
}

/// The text with one setting changed where it stands, or added at the end; "" takes it away.
std::string changed(const std::string& text, const std::string& key, const std::string& value) {
  std::string result;
  bool written = value.empty();
  for (const std::string& line : lines(text)) {
    if (key_of(line) != key) {
      result += line + "\n";
      continue;
    }
    const auto comment = line.find('#');
    if (!written)
      result += fmt::format("{} = {}{}\n", key, value, comment == std::string::npos ? "" : "  " + line.substr(comment));
    written = true;
  }
  if (!written) result += fmt::format("{} = {}\n", key, value);
  return result;
}

/// Names are as they are; all else is in small letters.
std::string written_as(const std::string& key, const std::string& value) {
  return key == "profile" ? trim(value) : to_lower(trim(value));
}

}  // namespace

Result<void> check_preference_key(const std::string& key) {
  if (!is_key(key)) return std::unexpected(unknown_key(key));
  return {};
}

Result<void> check_preference(const std::string& key, const std::string& value) {
  return check(key, written_as(key, value));
}

Result<void> set_preferences(const Folders& folders, const Preferences& changes, const std::string& today) {
  for (const auto& [key, value] : changes) {
    if (auto known = check_preference_key(key); !known) return known;
    if (trim(value).empty()) continue;
    if (auto good = check_preference(key, value); !good) return good;
  }
  // What is wrong in the file already is told, and not written over.
  if (auto there = read_preferences(folders); !there) return pass(there);
  auto text = read_file(preferences_file(folders));
  if (!text && text.error().kind != ErrorClass::not_found) return pass(text);
  std::string after = text.value_or("# hotaru's settings. `hotaru config list` shows what can be set.\n");
  for (const auto& [key, value] : changes) {
    after = changed(after, key, written_as(key, value));
    if (key == "rate") after = changed(after, "rate_as_of", trim(value).empty() ? "" : today);
  }
  if (auto made = make_folder(folders.config, 0755); !made) return made;
  return write_file(preferences_file(folders), after, 0644);
}

Result<void> set_preference(const Folders& folders, const std::string& key, const std::string& value,
                            const std::string& today) {
  return set_preferences(folders, {{key, value}}, today);
}

}  // namespace hotaru::store
