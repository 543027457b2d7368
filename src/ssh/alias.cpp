#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "ssh/options.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {
namespace {

namespace fs = std::filesystem;

constexpr const char* heading = "# Written by hotaru: one Host for each instance. Changes are overwritten.\n";

fs::path alias_file(const Folders& folders) { return folders.config / "ssh_config"; }

/// The file without the block of that host. A block goes up to the next Host line.
std::string without_block(const std::string& text, const std::string& name) {
  std::string kept;
  bool inside = false;
  for (const auto& line : lines(text)) {
    if (line.starts_with("Host ")) inside = line == "Host " + name;
    if (!inside) kept += line + "\n";
  }
  return kept;
}

std::string block_of(const Target& target) {
  std::string block = fmt::format("Host {}\n  HostName {}\n  User {}\n", target.name, target.address, target.user);
  for (const auto& [name, value] : options_of(target)) block += fmt::format("  {} {}\n", name, value);
  return block;
}

/// Changes the file under a lock: two instances may come up at once.
template <class Change>
Result<void> change_file(const Folders& folders, Change change) {
  if (auto made = make_folder(folders.config); !made) return made;
  if (auto made = make_folder(folders.state); !made) return made;
  SystemClock clock;
  auto lock = FileLock::acquire(folders.state / "ssh_config.lock", clock, Duration{10'000});
  if (!lock) return pass(lock);
  if (!*lock) return fail(ErrorClass::conflict, "another hotaru holds " + alias_file(folders).string(), "Try again.");
  auto text = read_file(alias_file(folders));
  if (!text && text.error().kind != ErrorClass::not_found) return pass(text);
  const std::string before = text ? *text : heading;
  const std::string after = change(before);
  return text && before == after ? Result<void>{} : write_file(alias_file(folders), after, 0600);
}

std::string include_line(const Folders& folders) { return "Include " + quoted(alias_file(folders)); }

/// A symbolic link is kept: what it leads to is written.
fs::path user_config(const Folders& folders) {
  const fs::path path = folders.home / ".ssh" / "config";
  std::error_code problem;
  const fs::path real = fs::canonical(path, problem);
  return problem ? path : real;
}

}  // namespace

Result<void> write_alias(const Folders& folders, const Target& target) {
  return change_file(folders,
                     [&](const std::string& text) { return without_block(text, target.name) + block_of(target); });
}

Result<void> remove_alias(const Folders& folders, const std::string& name) {
  std::error_code ignored;
  if (!fs::exists(alias_file(folders), ignored)) return {};
  return change_file(folders, [&](const std::string& text) { return without_block(text, name); });
}

bool is_included(const Folders& folders) {
  auto text = read_file(user_config(folders));
  if (!text) return false;
  const std::string ours = alias_file(folders).string();
  for (const auto& line : lines(*text)) {
    const std::string words = trim(line);
    if (to_lower(words).starts_with("include ") && words.find(ours) != std::string::npos) return true;
  }
  return false;
}

Result<void> include_in_user_config(const Folders& folders) {
  if (is_included(folders)) return {};
  auto text = read_file(user_config(folders));
  if (!text && text.error().kind != ErrorClass::not_found) return pass(text);
  if (auto made = make_folder(folders.home / ".ssh"); !made) return made;
  // At the top: an Include below a Host line would belong to that host alone.
  return write_file(user_config(folders), include_line(folders) + "\n\n" + text.value_or(""), 0600);
}

}  // namespace hotaru::ssh
