#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "aws/call.h"
#include "aws/retry.h"
#include "aws/silence.h"
#include "aws/trace.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "http/message.h"

namespace hotaru::aws {

/// The one door to AWS: signs, sends, classifies errors, retries with full jitter within a deadline and a budget, slows
/// down when throttled, corrects a wrong local clock from the server's date. Thread-safe.
class Client {
 public:
  struct Seams {
    http::Transport& transport;
    Clock& clock;
    Random& random;
    /// Asked before every signature; a provider chain (aws/credentials.h). Anonymous calls ask nobody.
    std::function<Result<Credentials>()> credentials;
    Trace trace = {};
    SilenceListener silence = {};
    /// Asked where AWS says that credentials have expired before their time: whether there are others now. May be
    /// empty.
    std::function<Result<bool>(const Credentials& refused)> replace = {};
  };
  Client(Settings settings, Seams seams);

  /// The response body: XML, or JSON where the call has a target. Errors: classes of aws/errors.h; `unknown_outcome`
  /// when a call that is not idempotent was sent and no answer came, or an idempotent one got none in all attempts.
  Result<std::string> send(const Call& call);

  const Settings& settings() const { return settings_; }
  /// Calls answered or attempted so far, retries included: for measurements.
  long calls() const { return calls_; }

 private:
  struct Answer;
  /// What belongs to one attempt of a call.
  struct Attempt {
    const Call& call;
    int number = 1;
    Duration patience{0};  ///< how long it may take
  };
  Answer attempt(const Attempt& attempt);
  Result<bool> replace_expired(const Answer& answer) const;
  Answer exchange(const Attempt& attempt, const Credentials* credentials);
  bool correct_clock(const http::Response& response, Duration used_offset);
  void trace(const Attempt& attempt, const std::string& result, Duration began) const;
  /// Waits for the call's place in the line that throttling has made; at most until `end`.
  Result<void> take_turn(const Call& call, Pace& pace, Duration end);

  Settings settings_;
  Seams seams_;
  std::atomic<long> calls_{0};
  std::atomic<long> clock_offset_ms_{0};
  Silences silences_;
  Paces paces_;
};

}  // namespace hotaru::aws
