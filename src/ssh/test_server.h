#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {

/// A real sshd on loopback, for one test: its own host key, one allowed user key, its own port; it ends with the
/// object.
class TestServer {
 public:
  /// A port of loopback that nobody listens at, kept for us while this lives.
  struct FreePort {
    FreePort() {
      descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socklen_t size = sizeof address;
      const int yes = 1;
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
          getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no free port");
      }
      number = ntohs(address.sin_port);
    }
    ~FreePort() { release(); }
    FreePort(const FreePort&) = delete;
    FreePort& operator=(const FreePort&) = delete;
    void listen() const { ::listen(descriptor, 8); }
    void release() {
      if (descriptor >= 0) close(descriptor);
      descriptor = -1;
    }
    int descriptor = -1;
    int number = 0;
  };

  /// nullptr-like (ok() false) where there is no sshd to run.
  TestServer() : program_(find_program("sshd")) {
    if (!program_) return;
    key_ = make_host_key({}, runner_).value();
    if (!write_file(host_key_file(), key_.private_text, 0600)) throw std::runtime_error("cannot write");
    if (!runner_.run({.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file("user_key")}})) {
      throw std::runtime_error("no key");
    }
    (void)write_file(folder_.path() / "config", config(), 0600);
    (void)make_folder("/run/sshd", 0755);  // sshd's chroot for its unprivileged half; may be missing where none is run
  }
  ~TestServer() { stop(); }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  bool ok() const { return program_.has_value(); }
  void start() {
    port_.release();
    const auto process = runner_.detach({.argv = {program_->string(), "-D", "-f", file("config")}}, file("log"));
    if (!process) throw std::runtime_error(process.error().message);
    process_ = *process;
  }
  void stop() {
    if (process_ <= 0) return;
    kill(process_, SIGTERM);
    waitpid_quietly();
    process_ = -1;
  }
  Target target() const {
    Target target;
    target.name = "demo";
    target.address = "127.0.0.1";
    target.port = port_.number;
    target.user = getpwuid(geteuid())->pw_name;
    target.identity = file("user_key");
    target.known_hosts = file("known_hosts");
    target.host_key_alias = "i-1";
    return target;
  }
  const HostKey& host_key() const { return key_; }
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string host_key_file() const { return file("host_key"); }
  std::string reload_command() const { return "kill -HUP " + std::to_string(process_); }
  std::string log() const { return read_file(file("log")).value_or(""); }

 private:
  std::string config() const {
    return "ListenAddress 127.0.0.1\nPort " + std::to_string(port_.number) + "\nHostKey " + host_key_file() +
           "\nAuthorizedKeysFile " + file("user_key.pub") + "\nPidFile none\nUsePAM no\nStrictModes no\n";
  }
  void waitpid_quietly() const;

  TemporaryFolder folder_;
  SystemRunner runner_;
  FreePort port_;
  std::optional<std::filesystem::path> program_;
  HostKey key_;
  pid_t process_ = -1;
};

}  // namespace hotaru::ssh
