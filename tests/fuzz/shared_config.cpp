// AWS's shared configuration files, and what is made of their profiles.
#include "aws/ini.h"
#include "aws/settings.h"
#include "fuzz/fuzz.h"

namespace hotaru::aws {
namespace {

using fuzz::require;

/// Only below another key can one hold a colon.
bool has_plain_keys(const Ini& ini) {
  for (const auto& [name, section] : ini) {
    for (const auto& [key, value] : section) {
      if (key.find(':') != std::string::npos) return false;
    }
  }
  return true;
}

std::string rendered(const Ini& ini) {
  std::string text;
  for (const auto& [name, section] : ini) {
    text += "[" + name + "]\n";
    for (const auto& [key, value] : section) {
      text += key + " = ";
      for (const char c : value) {
        text += c;
        if (c == '\n') text += "  ";
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace

HOTARU_FUZZ(input) {
  SharedFiles files;
  files.config = parse_ini(input);
  if (has_plain_keys(files.config))
    require(parse_ini(rendered(files.config)) == files.config, "a file written down reads the same");
  if (const auto problem = find_ini_problem(input)) require(problem->line > 0, "a problem is in a line");
  files.credentials = files.config;
  int left = 4;
  for (const std::string& profile : files.profiles()) {
    if (--left < 0) break;
    Overrides overrides;
    overrides.profile = profile;
    const auto settings = settings_of(Environment(), files, overrides);
    if (settings) require(settings->max_attempts >= 1 && fuzz::is_plain(settings->region), "settings make sense");
  }
}

}  // namespace hotaru::aws
