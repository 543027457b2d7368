#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {
namespace {

namespace fs = std::filesystem;

fs::path file_of(const Folders& folders, const std::string& name) { return folders.state / "ssh" / "targets" / name; }

/// A name is a file's name here; what is none of ours never leaves the folder.
bool is_plain(const std::string& name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string::npos && name.size() < 200;
}

std::string* field(Target& target, const std::string& key) {
  if (key == "address") return &target.address;
  if (key == "user") return &target.user;
  if (key == "alias") return &target.host_key_alias;
  return nullptr;
}

fs::path* path_field(Target& target, const std::string& key) {
  if (key == "identity") return &target.identity;
  if (key == "known_hosts") return &target.known_hosts;
  if (key == "control_path") return &target.control_path;
  return nullptr;
}

Target parse(const std::string& name, const std::string& text) {
  Target target;
  target.name = name;
  for (const auto& line : lines(text)) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string key = line.substr(0, equals);
    const std::string value = line.substr(equals + 1);
    if (auto* text_field = field(target, key)) *text_field = value;
    if (auto* path = path_field(target, key)) *path = value;
    if (key == "port") target.port = static_cast<int>(parse_integer(value).value_or(0));
  }
  return target;
}

}  // namespace

Result<void> remember_target(const Folders& folders, const Target& target) {
  if (!is_plain(target.name)) return fail(ErrorClass::invalid, "\"" + target.name + "\" is not an instance's name");
  const std::string text =
      fmt::format("address={}\nport={}\nuser={}\nidentity={}\nknown_hosts={}\nalias={}\ncontrol_path={}\n",
                  target.address, target.port, target.user, target.identity.string(), target.known_hosts.string(),
                  target.host_key_alias, target.control_path.string());
  if (auto made = make_folder(file_of(folders, target.name).parent_path()); !made) return made;
  return write_file(file_of(folders, target.name), text, 0600);
}

Result<Target> remembered_target(const Folders& folders, const std::string& name) {
  if (!is_plain(name)) return fail(ErrorClass::not_found, "there is no instance \"" + name + "\"");
  auto text = read_file(file_of(folders, name));
  if (!text) return pass(text);
  Target target = parse(name, *text);
  const bool whole = !target.address.empty() && target.address[0] != '-' && target.port > 0 && target.port < 65536 &&
                     !target.user.empty() && target.user[0] != '-' && !target.host_key_alias.empty() &&
                     !target.known_hosts.empty();
  if (!whole) return fail(ErrorClass::not_found, "what was remembered of " + name + " is damaged");
  return target;
}

void forget_target(const Folders& folders, const std::string& name) {
  std::error_code ignored;
  if (is_plain(name)) fs::remove(file_of(folders, name), ignored);
}

}  // namespace hotaru::ssh
