#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/process.h"
#include "base/result.h"

namespace hotaru::sim {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  int number() const { return number_; }
  bool ok() const { return number_ >= 0; }
  void close();

 private:
  int number_ = -1;
};

/// Runs work in a thread that has entered a network namespace; programs started by it and sockets made by it are there.
Result<void> in_network(int network_namespace, const std::function<Result<void>()>& work);
/// The same by path (`/run/netns/NAME`, `/proc/PID/ns/net`).
Result<void> in_network(const std::filesystem::path& network_namespace, const std::function<Result<void>()>& work);

/// Writes a file under /proc or /sys in one write. The error names the file.
Result<void> write_setting(const std::filesystem::path& file, const std::string& value);

/// Runs a program; a non-zero exit code is an `io` error that ends with the program's own last words.
Result<void> run_program(Runner& runner, const Command& command, const std::string& purpose);
/// One `ip -batch` for many lines. With `force`, lines that fail do not stop the others and are no error.
Result<void> ip_batch(Runner& runner, const std::string& lines, const std::string& purpose, bool force = false);

/// When a process started (proc(5), field 22); "" if there is none. With the id it names one process for good.
std::string start_time(pid_t process);
/// A descriptor of the process, if it still is the one that started then; not ok() if it is gone (or a zombie).
Descriptor open_process(pid_t process, const std::string& started);

/// Asks until it is so, or the patience is over.
bool await(Clock& clock, Duration patience, const std::function<bool()>& is_so);

}  // namespace hotaru::sim
