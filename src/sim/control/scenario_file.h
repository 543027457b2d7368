#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>

#include "sim/scenario/script.h"

namespace hotaru::sim {

/// The scenario as it lies in the sim's folder. Whoever loads another writes that file; the daemon looks whether it has
/// changed before each call. It counts from the file's own time, so a restart of the sim begins nothing anew.
class ScenarioFile {
 public:
  explicit ScenarioFile(std::filesystem::path path) : path_(std::move(path)) {}
  /// Loads what is new, clears what is gone. A file that is no scenario leaves the last one in force, and `tell` is
  /// given the complaint. Thread-safe.
  void look(Script& script, const std::function<void(const std::string& line)>& tell);

 private:
  struct Mark {
    ino_t inode = 0;
    long long nanoseconds = 0;
    bool operator==(const Mark&) const = default;
  };
  std::filesystem::path path_;
  std::mutex mutex_;
  Mark seen_;
};

}  // namespace hotaru::sim
