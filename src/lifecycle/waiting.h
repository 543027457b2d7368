#pragma once

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace hotaru::lifecycle {

/// Pauses between questions to EC2: short at first (an answer is often there at once), then longer, never past `most`.
class Pauses {
 public:
  explicit Pauses(Clock& clock, Duration first = Duration{250}, Duration most = Duration{5'000})
      : clock_(&clock), next_(first), most_(most) {}
  /// `interrupted` if the user pressed Ctrl-C meanwhile.
  Result<void> rest() {
    const Duration pause = next_;
    next_ = std::min(next_ * 3 / 2, most_);
    if (!clock_->sleep(pause)) return fail(ErrorClass::interrupted, "Interrupted.");
    return {};
  }

 private:
  Clock* clock_;
  Duration next_;
  Duration most_;
};

/// A point of the steady clock that has not come yet.
class Deadline {
 public:
  Deadline(const Clock& clock, Duration patience) : clock_(&clock), end_(clock.steady() + patience) {}
  bool passed() const { return clock_->steady() >= end_; }

 private:
  const Clock* clock_;
  Duration end_;
};

/// How long EC2 has given no answer to somebody who asks again and again.
class Unanswered {
 public:
  Unanswered(const Clock& clock, Duration patience) : clock_(&clock), patience_(patience), last_(clock.steady()) {}
  void answered() { last_ = clock_->steady(); }
  bool too_long() const { return clock_->steady() - last_ >= patience_; }

 private:
  const Clock* clock_;
  Duration patience_;
  Duration last_;  ///< answer
};

/// Weather, not an answer: a poll goes on after it.
inline bool is_passing(const Error& error) {
  return error.kind == ErrorClass::throttled || error.kind == ErrorClass::unavailable ||
         error.kind == ErrorClass::unknown_outcome;
}

/// EC2 may not know a new id for some seconds, and a filter may stay empty as long (eventual consistency, EC2 API
/// Reference). Its documents give no bound; a minute is what its own tools allow.
inline constexpr Duration kConsistencyBound{60'000};

}  // namespace hotaru::lifecycle
