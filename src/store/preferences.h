#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/environment.h"
#include "base/result.h"

/// What the user has settled once and for all, in config/config: lines "key = value", '#' begins a comment.
namespace hotaru::store {

/// A key that may be set.
struct PreferenceKey {
  const char* name;
  const char* meaning;
  const char* example;
};
inline constexpr PreferenceKey preference_keys[] = {
    {"cloud", "aws or sim, where neither --cloud nor HOTARU_CLOUD says it", "sim"},
    {"profile", "of the shared AWS config, where neither --profile nor AWS_PROFILE says it", "work"},
    {"region", "where to work, where neither --region nor AWS_REGION says it", "ap-northeast-1"},
    {"tax", "per cent that is added to every price", "10"},
    {"currency", "in which prices are shown, by its code; with a rate", "jpy"},
    {"rate", "units of that currency for a dollar; the day is kept", "155"},
    {"for", "time limit of new instances; none: no such limit", "24h"},
    {"idle", "how long a new instance may be idle; none: no such limit", "1h"},
    {"budget", "what a new instance may cost; none: no such limit", "5usd"},
    {"then", "how an instance ends at a limit: stop or terminate", "stop"},
};

using Preferences = std::map<std::string, std::string>;

/// A file's text; `name` is what errors call it. Lines that make no sense are an error that names them.
Result<Preferences> parse_preferences(const std::string& text, const std::string& name);
/// Empty where there is no file; `io` where it cannot be read.
Result<Preferences> read_preferences(const Folders& folders);
/// "" removes it. `invalid` for an unknown key or a value that makes no sense. The file's other lines stay as they are,
/// comments too.
Result<void> set_preference(const Folders& folders, const std::string& key, const std::string& value,
                            const std::string& today);
/// Several at once: all of them or none.
Result<void> set_preferences(const Folders& folders, const Preferences& changes, const std::string& today);
/// `invalid`, with the nearest one, unless it may be set.
Result<void> check_preference_key(const std::string& key);
/// `invalid` unless that may be the key's value; of a value as the file has it.
Result<void> check_preference(const std::string& key, const std::string& value);
std::filesystem::path preferences_file(const Folders& folders);

}  // namespace hotaru::store
