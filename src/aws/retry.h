#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "aws/call.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

/// When a call is sent again, and how fast calls are sent at all (AWS SDKs and Tools Reference Guide, "Retry
/// behavior": the standard and the adaptive mode).
namespace hotaru::aws {

/// Whether an error may pass, so that the same call is worth another attempt.
bool may_retry(const Error& error, const Call& call);

/// Full jitter: anything from nothing to the backoff of this attempt, longer after throttling (AWS Architecture Blog,
/// "Exponential Backoff And Jitter").
Duration wait_before_next(int attempt, const Error& error, Random& random);

/// A budget of retries: where most calls fail, another attempt at each is what keeps a service from recovering. 500
/// tokens; a retry costs 5 of them, after no answer in time 10, and has them back if it succeeds; a call that succeeds
/// at once earns one. Thread-safe.
class RetryBudget {
 public:
  /// False, and nothing is taken, if it does not hold that much.
  bool take(int cost);
  void give_back(int tokens);
  static int cost_of(const Error& error) { return error.code == "TimedOut" ? 10 : 5; }

 private:
  static constexpr int capacity = 500;
  std::mutex mutex_;
  int tokens_ = capacity;
};

/// The rate at which a service takes calls, found out by being refused: as fast as may be until the first throttling,
/// then a token bucket whose rate falls with every throttling and rises again with successes, slowly around the rate
/// that was refused, quicker away from it (CUBIC, as TCP has it; RFC 9438). Thread-safe.
class SendRate {
 public:
  /// How long to wait before the next call is sent, which is counted as sent then; nullopt, and nothing is counted, if
  /// that is longer than `longest`.
  std::optional<Duration> reserve(Duration now, Duration longest);
  void on_answer(Duration now, bool throttled);
  /// Calls per second; 0 while there is no limit.
  double limit() const;

 private:
  void refill(Duration now);
  double sent_in_last_second(Duration now) const;
  void on_throttling(Duration now);

  mutable std::mutex mutex_;
  bool limited_ = false;
  double rate_ = 0;    ///< tokens per second
  double tokens_ = 0;  ///< negative: calls that wait for theirs
  Duration refilled_{0};
  double rate_refused_ = 0;  ///< at which the last throttling came
  Duration refused_{0};      ///< when
  double seconds_to_refused_rate_ = 0;
  Duration second_began_{0};  ///< sends are counted by the second
  double sent_this_second_ = 0;
  double sent_second_before_ = 0;
};

/// Budget and rate of one service in one region: one that is overloaded slows down no other.
struct Pace {
  RetryBudget budget;
  SendRate rate;
};

/// The paces of a client, made as they are needed. Thread-safe; references stay good.
class Paces {
 public:
  Pace& of(const Call& call);

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Pace>> paces_;
};

}  // namespace hotaru::aws
