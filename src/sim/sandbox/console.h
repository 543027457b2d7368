#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

/// How much of a console is kept: what GetConsoleOutput shows.
constexpr std::size_t console_kept = 65'536;

/// Appends to a console's file; when it has grown to twice of what is kept, its older part is dropped.
class ConsoleLog {
 public:
  explicit ConsoleLog(std::filesystem::path file);
  void append(std::string_view text);

 private:
  void drop_older_part();

  std::filesystem::path file_;
  Descriptor descriptor_;
  std::size_t size_ = 0;
};

/// The last part of a console's file; "" if it has none yet.
std::string read_console(const std::filesystem::path& file);

/// A pseudo terminal: the machine's console at one end, we at the other.
struct Terminal {
  Descriptor ours;
  Descriptor theirs;
  std::string path;  ///< of their end, /dev/pts/N
};

Result<Terminal> open_terminal();

}  // namespace hotaru::sim
