#pragma once

#include "lifecycle/find.h"
#include "lifecycle/lifecycle.h"
#include "lifecycle/wait.h"

namespace hotaru::lifecycle {

/// How long each phase took.
class Stopwatch {
 public:
  explicit Stopwatch(const Clock& clock) : clock_(&clock), last_(clock.steady()) {}
  /// The time since the last mark belongs to this phase.
  void mark(const std::string& phase) {
    const Duration now = clock_->steady();
    timings_.emplace_back(phase, now - last_);
    last_ = now;
  }
  const Timings& timings() const { return timings_; }

 private:
  const Clock* clock_;
  Duration last_;
  Timings timings_;
};

/// Waits until an instance that was launched or started runs and lets us in; keeps what is known of it, its alias and
/// its host key right on the way. `known` must have id, name and region. `guarded`: it is not ready before its guard is
/// armed, which its tags may not say yet.
Result<Launched> wait_until_ready(Context& context, Waiter& waiter, store::KnownInstance known, Stopwatch& stopwatch,
                                  bool guarded);

/// What a request means for an instance that is there already.
StartRequest start_request_of(const Request& request);

/// Takes an instance that exists to where it runs: starts it if it is stopped, and waits if asked to. One whose time
/// limit has passed needs another first: `conflict` with the code `limit_passed` unless `request` has one.
Result<Launched> bring_up(Context& context, const Located& located, const StartRequest& request);

}  // namespace hotaru::lifecycle
