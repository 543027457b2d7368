#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "ssh/door.h"
#include "ssh/options.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {
namespace {

namespace fs = std::filesystem;

/// sun_path holds 108 bytes with its end; while it makes the socket, ssh appends '.' and 16 random characters.
constexpr std::size_t longest_control_path = 108 - 1 - 17;

fs::path short_folder_path() { return fmt::format("/tmp/hotaru-{}", geteuid()); }

/// A folder of our own below /tmp, for users whose runtime folder has too long a path; refused if it is not ours alone.
fs::path short_folder() {
  const fs::path folder = short_folder_path();
  struct stat status{};
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return {};
  if (lstat(folder.c_str(), &status) != 0) return {};
  const bool ours = S_ISDIR(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & 077) == 0;
  return ours ? folder : fs::path{};
}

/// "s-" and a digest. While it makes a socket, ssh has it under another name.
bool is_connection_name(const std::string& name) {
  return name.size() == 18 && name.starts_with("s-") &&
         name.find_first_not_of("0123456789abcdef", 2) == std::string::npos;
}

bool somebody_listens(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const bool open = connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(descriptor);
  return open;
}

}  // namespace

std::string quoted(const std::filesystem::path& path) {
  std::string text = "\"";
  for (const char letter : path.string()) {
    if (letter == '"' || letter == '\\') text += '\\';
    text += letter;
    if (letter == '%') text += '%';
  }
  return text + "\"";
}

std::vector<std::pair<std::string, std::string>> options_of(const Target& target) {
  std::vector<std::pair<std::string, std::string>> options{
      {"Port", std::to_string(target.port)},
      {"HostKeyAlias", target.host_key_alias},
      {"UserKnownHostsFile", quoted(target.known_hosts)},
      {"GlobalKnownHostsFile", "/dev/null"},
      {"StrictHostKeyChecking", "yes"},
      {"HostKeyAlgorithms", "ssh-ed25519"},  // the one kind of host key that we give out
      {"UpdateHostKeys", "no"},
      {"CheckHostIP", "no"},  // addresses come and go on EC2; the alias is what is verified
      {"PreferredAuthentications", "publickey"},
      {"ConnectTimeout", "10"},
      {"ServerAliveInterval", "15"},
      {"ServerAliveCountMax", "4"},
  };
  if (!target.identity.empty()) {
    options.insert(options.end(), {{"IdentityFile", quoted(target.identity)}, {"IdentitiesOnly", "yes"}});
    // Of a public file ssh takes the private half from the agent (ssh_config(5), IdentityFile).
    if (target.identity.extension() != ".pub") options.emplace_back("IdentityAgent", "none");
  }
  if (!target.control_path.empty()) {
    options.insert(options.end(), {{"ControlMaster", "auto"},
                                   {"ControlPath", quoted(target.control_path)},
                                   {"ControlPersist", target.first_contact ? "1m" : "10m"}});
  }
  if (target.first_contact) options.emplace_back("KexAlgorithms", "^curve25519-sha256");
  return options;
}

std::vector<std::string> command_line(const Target& target, const std::vector<std::string>& extra) {
  // The user's own ssh configuration is left out (-F none): what it says about hosts in general (proxies, agents, host
  // key policies) must not decide whether and how an instance is verified. The alias file is for those who want both.
  std::vector<std::string> argv{"ssh", "-F", "none"};
  for (const auto& [name, value] : options_of(target)) argv.insert(argv.end(), {"-o", name + "=" + value});
  argv.insert(argv.end(), extra.begin(), extra.end());
  argv.push_back(target.user + "@" + target.address);
  return argv;
}

Refusal classify(const Exit& exit) {
  if (exit.code != 255) return Refusal::other;
  const auto said = [&](std::initializer_list<const char*> phrases) {
    for (const char* phrase : phrases) {
      if (exit.err.find(phrase) != std::string::npos) return true;
    }
    return false;
  };
  if (said({"REMOTE HOST IDENTIFICATION HAS CHANGED", "Host key verification failed", "host key is known for",
            "no matching host key type"})) {
    return Refusal::wrong_key;
  }
  // pam_nologin, while /run/nologin stands: before systemd-user-sessions has run.
  if (said({"System is booting up", "not permitted to log in yet"})) return Refusal::not_yet;
  if (said({"Permission denied", "Too many authentication failures"})) return Refusal::not_allowed;
  if (said({"Connection refused", "Connection reset", "timed out", "Connection closed", "closed by remote host",
            "No route to host", "Network is unreachable", "kex_exchange_identification", "banner exchange",
            "Broken pipe", "lost connection", "Host is down", "Not allowed at this time", no_connection})) {
    return Refusal::not_yet;
  }
  return Refusal::other;
}

fs::path shared_connection_path(const Folders& folders, const std::string& instance_id, const std::string& address) {
  // The address is part of the name: after a stop and start nothing may wait for a connection to the old one.
  const std::string name = "s-" + hex_encode(sha256(instance_id + "@" + address)).substr(0, 16);
  if ((folders.runtime / name).string().size() <= longest_control_path && make_folder(folders.runtime)) {
    return folders.runtime / name;
  }
  const fs::path folder = short_folder();
  return folder.empty() ? fs::path{} : folder / name;
}

bool shared_connection_is_open(const Target& target) { return somebody_listens(target.control_path.string()); }

Target first_contact(const Folders& folders, Target target) {
  target.first_contact = true;
  if (!target.control_path.empty()) {
    target.control_path = shared_connection_path(folders, target.host_key_alias + "/first", target.address);
  }
  return target;
}

void close_shared(const Target& target, Runner& runner) {
  if (shared_connection_is_open(target)) {
    // Nobody waits for the outcome: a connection that does not close ends with its instance.
    (void)runner.run({.argv = command_line(target, {"-O", "exit"}), .timeout = Duration{5'000}});
  }
  std::error_code ignored;
  if (fs::is_socket(target.control_path, ignored)) fs::remove(target.control_path, ignored);
}

void remove_dead_connections(const Folders& folders) {
  std::error_code ignored;
  for (const fs::path& folder : {folders.runtime, short_folder_path()}) {
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      const bool ours = is_connection_name(entry.path().filename().string()) && entry.is_socket(ignored);
      if (ours && !somebody_listens(entry.path().string())) fs::remove(entry.path(), ignored);
    }
  }
}

}  // namespace hotaru::ssh
