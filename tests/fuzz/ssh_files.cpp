// The files that src/ssh reads: remembered targets, known hosts, the user's ssh_config.
#include "base/file.h"
#include "fuzz/fuzz.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {
namespace {

using fuzz::require;

/// Folders in which every file that is read is the one in memory.
struct House {
  House() {
    folders.home = folder.path();
    folders.config = folder.path() / "config";
    folders.state = folder.path() / "state";
    std::filesystem::create_directories(folders.state / "ssh" / "targets");
    std::filesystem::create_directories(folders.home / ".ssh");
    std::filesystem::create_symlink(file.path(), folders.state / "ssh" / "targets" / "train");
    std::filesystem::create_symlink(file.path(), folders.home / ".ssh" / "config");
  }
  fuzz::MemoryFile file;
  TemporaryFolder folder;
  Folders folders;
};

}  // namespace

HOTARU_FUZZ(input) {
  static const House house;
  house.file.hold(input);
  is_included(house.folders);

  if (const auto target = remembered_target(house.folders, "train")) {
    require(target->port > 0 && target->port < 65536, "a port is one");
    for (const std::string& argument : command_line(*target))
      require(argument.find('\n') == std::string::npos, "an argument of ssh is one line");
  }

  Target target;
  target.known_hosts = house.file.path();
  target.host_key_alias = "i-0123456789abcdef0";
  const auto keys = stored_host_keys(target);
  require(keys.has_value(), "a file of known hosts can be read, whatever it holds");
  std::string written;
  for (const std::string& key : *keys) written += target.host_key_alias + " " + key + "\n";
  house.file.hold(written);
  require(stored_host_keys(target).value_or(std::vector<std::string>()) == *keys,
          "known hosts written down read the same");
}

}  // namespace hotaru::ssh
