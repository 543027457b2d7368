#pragma once

#include <string>

#include "base/file.h"
#include "lifecycle/find.h"

namespace hotaru::lifecycle {

/// A start or stop as the journal has it: what is cut off is told and finished by the next command.
class Change {
 public:
  /// `kind`: "start" or "stop".
  static Result<Change> begin(Context& context, const std::string& kind, const Located& located);
  /// As the result says: what was cut off, or had no answer, stays open.
  template <class T>
  Result<void> close(const Result<T>& result) {
    return result ? close("", false) : close(result.error().message, is_open_after(result.error()));
  }

 private:
  Change(Context& context, std::string id, FileLock lock)
      : context_(&context), id_(std::move(id)), lock_(std::move(lock)) {}
  static bool is_open_after(const Error& error);
  Result<void> close(const std::string& trouble, bool open);

  Context* context_;
  std::string id_;
  FileLock lock_;
};

}  // namespace hotaru::lifecycle
