#include "sim/sandbox/system.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/file.h"
#include "base/text.h"

namespace hotaru::sim {

Descriptor::~Descriptor() { close(); }

void Descriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Result<void> in_network(int network_namespace, const std::function<Result<void>()>& work) {
  Result<void> result;
  std::thread inside([&] {
    if (::setns(network_namespace, CLONE_NEWNET) != 0) {
      result = fail_errno("cannot enter a network namespace", errno);
      return;
    }
    result = work();
  });
  inside.join();
  return result;
}

Result<void> in_network(const std::filesystem::path& network_namespace, const std::function<Result<void>()>& work) {
  const Descriptor file(::open(network_namespace.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return fail_errno("cannot open the network namespace " + network_namespace.string(), errno);
  return in_network(file.number(), work);
}

Result<void> write_setting(const std::filesystem::path& file, const std::string& value) {
  const Descriptor setting(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!setting.ok() || ::write(setting.number(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
    return fail_errno("cannot write " + file.string(), errno);
  return {};
}

Result<void> run_program(Runner& runner, const Command& command, const std::string& purpose) {
  auto exit = runner.run(command);
  if (!exit) return pass(exit);
  if (exit->ok()) return {};
  const auto words = lines(trim(exit->err));
  Error error{ErrorClass::io, fmt::format("cannot {}: {} says {}", purpose, command.argv.front(),
                                          words.empty() ? fmt::format("exit code {}", exit->code) : words.back())};
  error.context = trim(exit->err);
  return std::unexpected(std::move(error));
}

Result<void> ip_batch(Runner& runner, const std::string& lines, const std::string& purpose, bool force) {
  Command command{.argv = {"ip", "-batch", "-"}, .input = lines, .timeout = std::chrono::seconds(30)};
  if (force) command.argv.insert(command.argv.begin() + 1, "-force");
  auto done = run_program(runner, command, purpose);
  if (!done && force) return {};
  return done;
}

std::string start_time(pid_t process) {
  const auto text = read_file(fmt::format("/proc/{}/stat", process));
  if (!text) return "";
  // The command's name, in parentheses, may itself hold spaces and parentheses.
  const auto after_name = text->rfind(')');
  if (after_name == std::string::npos) return "";
  const auto fields = split(trim(std::string_view(*text).substr(after_name + 1)), ' ');
  if (fields.size() < 20 || fields[0] == "Z" || fields[0] == "X") return "";
  return fields[19];
}

Descriptor open_process(pid_t process, const std::string& started) {
  if (process <= 0 || started.empty()) return {};
  Descriptor descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  // Looked at after opening: from here on the number cannot mean another process.
  if (!descriptor.ok() || start_time(process) != started) return {};
  return descriptor;
}

bool await(Clock& clock, Duration patience, const std::function<bool()>& is_so) {
  const Duration deadline = clock.steady() + patience;
  Duration pause{1};
  while (!is_so()) {
    if (clock.steady() >= deadline) return false;
    clock.sleep(pause);
    pause = std::min(pause * 2, Duration{20});
  }
  return true;
}

}  // namespace hotaru::sim
