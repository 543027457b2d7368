#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "base/text.h"

extern char** environ;

namespace hotaru {

namespace {

/// The Debian package that brings a program, for hints.
std::string package_of(const std::string& program) {
  static const std::map<std::string, std::string> packages = {
      {"ssh", "openssh-client"},    {"ssh-keygen", "openssh-client"}, {"rsync", "rsync"},
      {"mmdebstrap", "mmdebstrap"}, {"slirp4netns", "slirp4netns"},   {"nft", "nftables"},
      {"ip", "iproute2"},           {"mkfs.ext4", "e2fsprogs"},       {"losetup", "mount"},
  };
  const auto found = packages.find(program);
  return found != packages.end() ? found->second : "";
}

std::unexpected<Error> missing_program(const std::string& program) {
  const std::string package = package_of(program);
  return fail(ErrorClass::io, "the program " + program + " is not installed",
              package.empty() ? "" : "Install it: sudo apt-get install " + package);
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  bool open() { return make(); }
  void close_read() { shut(read_end); }
  void close_write() { shut(write_end); }
  ~Pipe() {
    close_read();
    close_write();
  }

 private:
  bool make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
  static void shut(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

/// argv and environment as execve wants them, made before fork: nothing may allocate between fork and exec.
class Prepared {
 public:
  Prepared(const Command& command, const std::filesystem::path& program) : program_(program), argv_text_(command.argv) {
    for (std::string& argument : argv_text_) argv_.push_back(argument.data());
    argv_.push_back(nullptr);
    std::map<std::string, std::string> values;
    if (!command.clear_environment) {
      for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const auto equals = text.find('=');
        if (equals != std::string::npos) values[text.substr(0, equals)] = text.substr(equals + 1);
      }
    }
    for (const auto& [name, value] : command.environment) values[name] = value;
    for (const auto& [name, value] : values) environment_text_.push_back(name + "=" + value);
    for (std::string& entry : environment_text_) environment_.push_back(entry.data());
    environment_.push_back(nullptr);
    if (command.directory) directory_ = command.directory->string();
  }

  /// Only async-signal-safe calls. Returns on failure, with errno set.
  void execute() const {
    if (!directory_.empty() && ::chdir(directory_.c_str()) != 0) return;
    ::execve(program_.c_str(), argv_.data(), environment_.data());
  }

 private:
  std::string program_;
  std::vector<std::string> argv_text_;
  std::vector<std::string> environment_text_;
  std::vector<char*> argv_;
  std::vector<char*> environment_;
  std::string directory_;
};

void reset_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD, SIGHUP, SIGQUIT}) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// What the child's three standard streams become; -1 leaves one as it is.
struct Streams {
  int in = -1;
  int out = -1;
  int err = -1;
};

enum class Grouping { same, own_group, own_session };

Result<pid_t> start(const Command& command, Streams streams, Grouping grouping) {
  if (command.argv.empty()) return fail(ErrorClass::internal, "no program to run");
  const auto program = find_program(command.argv.front());
  if (!program) return missing_program(command.argv.front());
  const Prepared prepared(command, *program);
  Pipe failure;  // closes by itself when exec succeeds
  if (!failure.open()) return fail_errno("cannot run " + command.argv.front(), errno);
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("cannot run " + command.argv.front(), errno);
  if (child == 0) {
    if (grouping == Grouping::own_group) ::setpgid(0, 0);
    if (grouping == Grouping::own_session) ::setsid();
    reset_signals();
    const int targets[3] = {streams.in, streams.out, streams.err};
    for (int stream = 0; stream < 3; ++stream) {
      if (targets[stream] >= 0) ::dup2(targets[stream], stream);
    }
    prepared.execute();
    const int number = errno;
    [[maybe_unused]] const auto written = ::write(failure.write_end, &number, sizeof number);
    ::_exit(127);
  }
  if (grouping == Grouping::own_group) ::setpgid(child, child);
  failure.close_write();
  int number = 0;
  ssize_t got = 0;
  while ((got = ::read(failure.read_end, &number, sizeof number)) < 0 && errno == EINTR) {
  }
  if (got == static_cast<ssize_t>(sizeof number)) {
    ::waitpid(child, nullptr, 0);
    return fail_errno("cannot run " + program->string(), number);
  }
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

void set_nonblocking(int descriptor) { ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK); }

/// Reads what is there; false at end of file.
bool drain(int descriptor, std::string& into) {
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got > 0) {
      into.append(buffer.data(), static_cast<std::size_t>(got));
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
}

/// Feeds stdin and collects stdout and stderr until both are closed; false when the time is over.
bool converse(Pipe& in, Pipe& out, Pipe& err, std::string_view input, Duration timeout, Exit& exit) {
  const SystemClock clock;
  const Duration deadline = clock.steady() + timeout;
  for (const int descriptor : {in.write_end, out.read_end, err.read_end}) {
    if (descriptor >= 0) set_nonblocking(descriptor);
  }
  while (out.read_end >= 0 || err.read_end >= 0) {
    if (input.empty()) in.close_write();
    struct pollfd waiting[3] = {{in.write_end, POLLOUT, 0}, {out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}};
    const Duration left = deadline - clock.steady();
    if (timeout > Duration{0} && left <= Duration{0}) return false;
    ::poll(waiting, 3, timeout > Duration{0} ? static_cast<int>(left.count()) + 1 : -1);
    if (waiting[0].revents != 0 && in.write_end >= 0) {
      const ssize_t written = ::write(in.write_end, input.data(), input.size());
      if (written > 0) input.remove_prefix(static_cast<std::size_t>(written));
      if (written < 0 && errno != EAGAIN && errno != EINTR) in.close_write();
    }
    if (waiting[1].revents != 0 && !drain(out.read_end, exit.out)) out.close_read();
    if (waiting[2].revents != 0 && !drain(err.read_end, exit.err)) err.close_read();
  }
  return true;
}

Result<Exit> run_inheriting(const Command& command) {
  Pipe in;
  Streams streams;
  if (!command.inherit_input) {
    if (!in.open()) return fail_errno("cannot run " + command.argv.front(), errno);
    streams.in = in.read_end;
  }
  auto child = start(command, streams, Grouping::same);
  if (!child) return pass(child);
  in.close_read();
  std::string_view input = command.input;
  while (in.write_end >= 0 && !input.empty()) {
    const ssize_t written = ::write(in.write_end, input.data(), input.size());
    if (written < 0 && errno != EINTR) break;
    if (written > 0) input.remove_prefix(static_cast<std::size_t>(written));
  }
  in.close_write();
  return Exit{wait_for(*child), {}, {}};
}

void ignore_broken_pipes() {
  // A child that closes its input early is told by write's EPIPE, not by our death.
  static const bool once = [] {
    struct sigaction current{};
    ::sigaction(SIGPIPE, nullptr, &current);
    if (current.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
    return true;
  }();
  static_cast<void>(once);
}

class SystemChild final : public Child {
 public:
  SystemChild(pid_t process, int in, int out, int err) : process_(process), in_(in), out_(out), err_(err) {
    set_nonblocking(out_);
    set_nonblocking(err_);
  }
  ~SystemChild() override {
    if (process_ > 0) {
      ::kill(-process_, SIGKILL);
      wait_for(process_);
    }
    for (int descriptor : {in_, out_, err_}) {
      if (descriptor >= 0) ::close(descriptor);
    }
  }
  SystemChild(const SystemChild&) = delete;
  SystemChild& operator=(const SystemChild&) = delete;

  Result<void> write(const std::string& text) override {
    std::string_view rest = text;
    while (!rest.empty()) {
      const ssize_t written = ::write(in_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return fail_errno("the program no longer listens", errno);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  void close_input() override {
    if (in_ >= 0) ::close(in_);
    in_ = -1;
  }

  Result<std::optional<std::string>> read_line(Duration timeout) override {
    const SystemClock clock;
    const Duration deadline = clock.steady() + timeout;
    while (true) {
      const auto newline = pending_.find('\n');
      if (newline != std::string::npos) {
        std::string line = pending_.substr(0, newline);
        pending_.erase(0, newline + 1);
        return line;
      }
      if (out_closed_) {
        if (pending_.empty()) return std::nullopt;
        return std::exchange(pending_, {});
      }
      const Duration left = std::max(deadline - clock.steady(), Duration{0});
      struct pollfd waiting[2] = {{out_, POLLIN, 0}, {err_closed_ ? -1 : err_, POLLIN, 0}};
      const int ready = ::poll(waiting, 2, static_cast<int>(left.count()));
      if (ready == 0 && left == Duration{0}) return fail(ErrorClass::io, "the program did not answer in time");
      if (waiting[0].revents != 0) out_closed_ = !drain(out_, pending_);
      if (waiting[1].revents != 0) err_closed_ = !drain(err_, errors_);
    }
  }

  Result<Exit> wait() override {
    close_input();
    while (!out_closed_ || !err_closed_) {
      struct pollfd waiting[2] = {{out_closed_ ? -1 : out_, POLLIN, 0}, {err_closed_ ? -1 : err_, POLLIN, 0}};
      ::poll(waiting, 2, -1);
      if (waiting[0].revents != 0) out_closed_ = !drain(out_, pending_);
      if (waiting[1].revents != 0) err_closed_ = !drain(err_, errors_);
    }
    Exit exit{wait_for(std::exchange(process_, -1)), std::move(pending_), std::move(errors_)};
    return exit;
  }

 private:
  pid_t process_;
  int in_;
  int out_;
  int err_;
  std::string pending_;
  std::string errors_;
  bool out_closed_ = false;
  bool err_closed_ = false;
};

}  // namespace

Result<Exit> SystemRunner::run(const Command& command) {
  ignore_broken_pipes();
  if (command.inherit_output) return run_inheriting(command);
  Pipe in;
  Pipe out;
  Pipe err;
  if (!in.open() || !out.open() || !err.open()) return fail_errno("cannot run a program", errno);
  Streams streams{command.inherit_input ? -1 : in.read_end, out.write_end, err.write_end};
  // A group of its own so that a time-out ends its children too; not when it shares the terminal.
  const Grouping grouping = command.inherit_input ? Grouping::same : Grouping::own_group;
  auto child = start(command, streams, grouping);
  if (!child) return pass(child);
  in.close_read();
  out.close_write();
  err.close_write();
  Exit exit;
  if (!converse(in, out, err, command.input, command.timeout, exit)) {
    ::kill(grouping == Grouping::own_group ? -*child : *child, SIGKILL);
    wait_for(*child);
    return fail(ErrorClass::io, command.argv.front() + " did not end within " + human_duration(command.timeout));
  }
  exit.code = wait_for(*child);
  return exit;
}

Result<std::unique_ptr<Child>> SystemRunner::spawn(const Command& command) {
  ignore_broken_pipes();
  Pipe in;
  Pipe out;
  Pipe err;
  if (!in.open() || !out.open() || !err.open()) return fail_errno("cannot run a program", errno);
  auto child = start(command, {in.read_end, out.write_end, err.write_end}, Grouping::own_group);
  if (!child) return pass(child);
  auto result = std::make_unique<SystemChild>(*child, std::exchange(in.write_end, -1), std::exchange(out.read_end, -1),
                                              std::exchange(err.read_end, -1));
  return result;
}

Result<pid_t> SystemRunner::detach(const Command& command, const std::filesystem::path& log) {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Result<pid_t> child = fail_errno("cannot write the log " + log.string(), errno);
  if (nothing >= 0 && file >= 0) child = start(command, {nothing, file, file}, Grouping::own_session);
  if (nothing >= 0) ::close(nothing);
  if (file >= 0) ::close(file);
  return child;
}

Error exec(const Command& command) {
  const auto program = command.argv.empty() ? std::nullopt : find_program(command.argv.front());
  if (!program) return missing_program(command.argv.empty() ? "" : command.argv.front()).error();
  const Prepared prepared(command, *program);
  reset_signals();
  prepared.execute();
  return system_error("cannot run " + program->string(), errno);
}

std::optional<std::filesystem::path> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return ::access(name.c_str(), X_OK) == 0 ? std::optional(name) : std::nullopt;
  const char* path = ::getenv("PATH");
  const std::string folders = std::string(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin") + ":/usr/sbin:/sbin";
  for (const std::string& folder : split(folders, ':')) {
    const std::filesystem::path candidate = std::filesystem::path(folder.empty() ? "." : folder) / name;
    struct stat facts{};
    if (::stat(candidate.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return std::nullopt;
}

std::filesystem::path own_executable() {
  std::error_code problem;
  return std::filesystem::read_symlink("/proc/self/exe", problem);
}

}  // namespace hotaru
