#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace hotaru {

/// A program to run. argv[0] is looked up in PATH. No shell is involved. Never put a secret into argv: use `input`
/// or the environment.
struct Command {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< added to (or replacing in) our own
  bool clear_environment = false;                                     ///< start from nothing but `environment`
  std::string input = {};                                             ///< standard input
  bool inherit_input = false;                                         ///< use our standard input instead of `input`
  bool inherit_output = false;  ///< child writes to our stdout and stderr; `Exit::out` and `err` stay empty
  std::optional<std::filesystem::path> directory = {};
  Duration timeout{0};  ///< 0: none. After it the child's process group is killed and the result is an `io` error.
};

/// How a program ended.
struct Exit {
  int code = 0;  ///< its exit code; 128 + signal number if a signal ended it
  std::string out;
  std::string err;
  bool ok() const { return code == 0; }
};

/// A running child with pipes on stdin and stdout (stderr is collected). Destroying it kills and reaps it.
class Child {
 public:
  virtual ~Child() = default;
  virtual Result<void> write(const std::string& text) = 0;
  virtual void close_input() = 0;
  /// The next line of stdout without its newline; nullopt at end of file; `io` error after the timeout (0: looks once).
  virtual Result<std::optional<std::string>> read_line(Duration timeout) = 0;
  virtual Result<Exit> wait() = 0;
};

/// The seam through which other programs are run. Thread-safe.
class Runner {
 public:
  virtual ~Runner() = default;
  /// Runs to the end. A program that cannot be started is an `io` error with the package to install as hint where
  /// known.
  virtual Result<Exit> run(const Command& command) = 0;
  virtual Result<std::unique_ptr<Child>> spawn(const Command& command) = 0;
  /// Starts a program that outlives us: own session, stdin from /dev/null, stdout and stderr appended to `log`.
  virtual Result<pid_t> detach(const Command& command, const std::filesystem::path& log) = 0;
};

class SystemRunner final : public Runner {
 public:
  Result<Exit> run(const Command& command) override;
  Result<std::unique_ptr<Child>> spawn(const Command& command) override;
  Result<pid_t> detach(const Command& command, const std::filesystem::path& log) override;
};

/// Replaces this process by a program (environment entries are added). Returns only on failure.
Error exec(const Command& command);

/// The absolute path of a program in PATH (and /usr/sbin, /sbin), nullopt if there is none.
std::optional<std::filesystem::path> find_program(const std::string& name);

/// The absolute path of the executable that we are.
std::filesystem::path own_executable();

}  // namespace hotaru
