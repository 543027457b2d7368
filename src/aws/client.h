#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/trace.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/random.h"
#include "base/result.h"
#include "http/message.h"

namespace hotaru::aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;            ///< "" for long-lived keys
  std::optional<TimePoint> expiration;  ///< nullopt: never
  std::string source;                   ///< where they came from, for messages: "environment", "profile NAME"
};

/// How a call that failed is tried again (AWS SDKs and Tools Reference Guide, "Retry behavior").
enum class RetryMode {
  standard,  ///< backoff with jitter, within a budget of retries
  adaptive,  ///< and after throttling no faster than the service has shown that it takes
};

/// What the environment, the shared files and the command line say about how to reach AWS.
struct Settings {
  std::string profile;                           ///< "default" unless said otherwise
  std::string region;                            ///< "" if nothing says it
  std::string endpoint;                          ///< of one's own, for every service; "" for AWS's
  std::map<std::string, std::string> endpoints;  ///< by service ("ec2", "sts"); they win over `endpoint`
  bool dual_stack = false;                       ///< AWS's endpoints that have IPv6 as well
  bool fips = false;                             ///< AWS's endpoints with validated cryptography
  std::string ca_bundle = {};                    ///< AWS_CA_BUNDLE or the profile's ca_bundle; "" for the system's
  int max_attempts = 4;                          ///< of one call, the first one counted
  RetryMode retry_mode = RetryMode::adaptive;
};

/// A parsed call of a Query-protocol service ("ec2", "sts").
struct Call {
  std::string service;
  std::string region;
  std::string action;
  std::vector<std::pair<std::string, std::string>> parameters;  ///< without Action and Version
  /// May be sent again after an unknown outcome: reads, and writes with a client token or that are idempotent by
  /// nature.
  bool idempotent = false;
  /// Not signed: the call carries its own proof (a web identity).
  bool anonymous = false;
};

/// A service that gives no answer, or none of use: told for as long as somebody waits for it.
struct Silence {
  std::string who;     ///< "EC2 in us-east-1"
  std::string what;    ///< "does not answer", "asks for patience", …
  Duration lasted{0};  ///< since the first question that got no answer
  bool over = false;   ///< it has answered again
};

/// The one door to AWS: signs, sends, classifies errors, retries with full jitter within a deadline, corrects a wrong
/// local clock from the server's date. Thread-safe.
class Client {
 public:
  struct Seams {
    http::Transport& transport;
    Clock& clock;
    Random& random;
    /// Asked before every signature; a provider chain (aws/credentials.h). Anonymous calls ask nobody.
    std::function<Result<Credentials>()> credentials;
    Trace trace = {};
    /// Told after each attempt that got no answer, about every second while one is waited for, and once it is over; may
    /// be empty. Called from the thread of the call.
    std::function<void(const Silence& silence)> silence = {};
  };
  Client(Settings settings, Seams seams);

  /// The response body (XML). Errors: classes of aws/errors.h; `unknown_outcome` when a call that is not idempotent was
  /// sent and no answer came, or an idempotent one got none in all attempts.
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
  Answer exchange(const Attempt& attempt, const Credentials* credentials);
  bool correct_clock(const http::Response& response, Duration used_offset);
  void trace(const Attempt& attempt, const std::string& result, Duration began) const;
  void note_silence(const Call& call, Duration began, const char* what);
  void note_answer(const Call& call);

  Settings settings_;
  Seams seams_;
  std::atomic<long> calls_{0};
  std::atomic<long> clock_offset_ms_{0};
  std::mutex silence_mutex_;
  std::map<std::string, Duration> silent_since_;  ///< who → when the first unanswered question was asked
};

}  // namespace hotaru::aws
