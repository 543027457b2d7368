#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/result.h"
#include "base/sqlite.h"

/// The durable record of what we are about to do to a cloud, written before we do it.
namespace hotaru::store {

enum class OperationState {
  open,     ///< going on, or its process died
  undoing,  ///< was given up: all that it made is to be removed
  done,     ///< ended as wanted
  undone,   ///< ended with nothing left
};
const char* to_string(OperationState state);

/// One thing that we set out to do: "up" or "down" of a name.
struct Operation {
  std::string id;     ///< 16 hexadecimal digits; also in the tag `hotaru:operation`
  std::string kind;   ///< "up", "down"
  std::string scope;  ///< which cloud and account; an operation is only settled where it was begun
  std::string name;
  std::string region;
  std::string parameters;  ///< JSON, for people and for settling
  TimePoint started{};
  TimePoint deadline{};  ///< other machines may settle it after this
  TimePoint touched{};   ///< last written to
  OperationState state = OperationState::open;
  std::string outcome;  ///< one sentence once it has ended
};

/// Something done (or about to be done, where `resource` is empty).
struct Step {
  std::string what;      ///< "group", "key", "instance", …
  std::string resource;  ///< EC2's id; "" while it is only intended
  TimePoint at{};
};

/// One launch call, exactly as it was sent.
struct Attempt {
  int number = 0;
  std::string token;    ///< the client token
  std::string request;  ///< JSON; emptied when the operation ends, because the user data holds a host key
  std::string outcome;  ///< "" while unknown; an instance id, or a refusal's code
};

/// state/journal.db (0600) and one lock file per operation (state/operations/ID.lock): while a process holds it, the
/// operation lives. Every write is on the disk when the call returns. For one thread.
class Journal {
 public:
  static Result<Journal> open(const Folders& folders, Clock& clock);

  /// Takes the operation's lock, then writes it down. The lock is held until the process ends or `release`.
  Result<FileLock> begin(const Operation& operation);
  Result<void> step(const std::string& id, const std::string& what, const std::string& resource);
  Result<void> attempt(const std::string& id, const Attempt& attempt);
  Result<void> attempt_ended(const std::string& id, int number, const std::string& outcome);
  Result<void> set_state(const std::string& id, OperationState state, const std::string& outcome);

  /// Operations of the scope that have not ended, oldest first.
  Result<std::vector<Operation>> pending(const std::string& scope);
  Result<std::optional<Operation>> find(const std::string& id);
  Result<std::vector<Step>> steps(const std::string& id);
  Result<std::vector<Attempt>> attempts(const std::string& id);

  /// The lock of an operation whose process is dead; nullopt if it lives.
  Result<std::optional<FileLock>> take_over(const std::string& id);
  /// Forgets ended operations older than this.
  Result<void> forget_before(TimePoint time);

  /// Called before and after each write: where tests end the process.
  std::function<void()> witness = [] {};

 private:
  Journal(Database database, std::filesystem::path locks, Clock& clock)
      : database_(std::move(database)), locks_(std::move(locks)), clock_(&clock) {}
  std::filesystem::path lock_file(const std::string& id) const { return locks_ / (id + ".lock"); }
  Result<void> touch(const std::string& id);
  template <class Work>
  auto write(const Work& work) {
    witness();
    auto done = work();
    witness();
    return done;
  }

  Database database_;
  std::filesystem::path locks_;
  Clock* clock_;
};

}  // namespace hotaru::store
