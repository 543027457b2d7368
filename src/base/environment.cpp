#include "base/environment.h"

#include <pwd.h>
#include <unistd.h>

#include <cstring>

namespace hotaru {

Environment Environment::of_process(char** environment) {
  Environment result;
  for (char** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    const char* equals = std::strchr(*entry, '=');
    if (equals != nullptr)
      result.values_.emplace(std::string(*entry, static_cast<std::size_t>(equals - *entry)), equals + 1);
  }
  return result;
}

std::optional<std::string> Environment::get(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::string Environment::get_or(const std::string& name, const std::string& otherwise) const {
  return get(name).value_or(otherwise);
}

namespace {

std::filesystem::path home_of(const Environment& environment) {
  if (const auto home = environment.get("HOME")) return *home;
  const struct passwd* user = ::getpwuid(::getuid());
  return user != nullptr && user->pw_dir != nullptr ? user->pw_dir : "/";
}

// XDG: a relative path in these variables is to be ignored.
std::filesystem::path base_folder(const Environment& environment, const char* name,
                                  const std::filesystem::path& otherwise) {
  const std::filesystem::path set = environment.get_or(name, "");
  return set.is_absolute() ? set : otherwise;
}

}  // namespace

Folders Folders::of(const Environment& environment) {
  Folders folders;
  folders.home = home_of(environment);
  folders.config = base_folder(environment, "XDG_CONFIG_HOME", folders.home / ".config") / "hotaru";
  folders.state = base_folder(environment, "XDG_STATE_HOME", folders.home / ".local/state") / "hotaru";
  folders.cache = base_folder(environment, "XDG_CACHE_HOME", folders.home / ".cache") / "hotaru";
  const std::filesystem::path runtime = environment.get_or("XDG_RUNTIME_DIR", "");
  folders.runtime = runtime.is_absolute() ? runtime / "hotaru" : folders.state / "run";
  return folders;
}

}  // namespace hotaru
