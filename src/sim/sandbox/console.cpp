#include "sim/sandbox/console.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "sim/sandbox/records.h"

namespace hotaru::sim {

namespace {

Descriptor open_log(const std::filesystem::path& file) {
  return Descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

}  // namespace

ConsoleLog::ConsoleLog(std::filesystem::path file) : file_(std::move(file)), descriptor_(open_log(file_)) {
  struct stat facts{};
  if (descriptor_.ok() && ::fstat(descriptor_.number(), &facts) == 0) size_ = static_cast<std::size_t>(facts.st_size);
}

void ConsoleLog::append(std::string_view text) {
  // A console that cannot be written (the host's disk is full) must not stop the machine.
  const ssize_t written = ::write(descriptor_.number(), text.data(), text.size());
  if (written > 0) size_ += static_cast<std::size_t>(written);
  if (size_ >= 2 * console_kept) drop_older_part();
}

void ConsoleLog::drop_older_part() {
  const std::string kept = read_console(file_);
  if (!replace_file(file_, kept, 0600)) return;
  descriptor_ = open_log(file_);
  size_ = kept.size();
}

std::string read_console(const std::filesystem::path& file) {
  auto text = read_file(file);
  if (!text) return "";
  if (text->size() > console_kept) text->erase(0, text->size() - console_kept);
  return *text;
}

Result<Terminal> open_terminal() {
  Terminal terminal;
  terminal.ours = Descriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  char path[64];
  const bool ready = terminal.ours.ok() && ::grantpt(terminal.ours.number()) == 0 &&
                     ::unlockpt(terminal.ours.number()) == 0 &&
                     ::ptsname_r(terminal.ours.number(), path, sizeof path) == 0;
  if (!ready) return fail_errno("cannot make a console", errno);
  terminal.path = path;
  terminal.theirs = Descriptor(::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.theirs.ok()) return fail_errno("cannot open the console " + terminal.path, errno);
  return terminal;
}

}  // namespace hotaru::sim
