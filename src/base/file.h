#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace hotaru {

/// The whole file; `not_found` if it does not exist, else `io`.
Result<std::string> read_file(const std::filesystem::path& path);

/// Writes to a temporary file beside it, fsyncs, renames over it and fsyncs the folder: after a crash there is the old
/// or the new content, never half. The mode is set before the content is written.
Result<void> write_file(const std::filesystem::path& path, std::string_view content, mode_t mode = 0644);

/// Makes the folder and its parents; newly made ones get the mode.
Result<void> make_folder(const std::filesystem::path& path, mode_t mode = 0700);

/// An exclusive advisory lock (flock) on a file, made if missing (0600); released on destruction or when the process
/// dies. Not inherited by children.
class FileLock {
 public:
  /// Waits up to `patience` for the lock; nullopt if somebody else holds it still.
  static Result<std::optional<FileLock>> acquire(const std::filesystem::path& path, Clock& clock, Duration patience);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

/// A folder under the system's temporary folder that removes itself with all it holds. For tests and short work.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace hotaru
