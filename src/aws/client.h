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

/// What the environment, the shared files and the command line say about how to reach AWS.
struct Settings {
  std::string profile;         ///< "default" unless said otherwise
  std::string region;          ///< "" if nothing says it
  std::string endpoint;        ///< AWS_ENDPOINT_URL; "" for AWS's own
  std::string endpoint_ec2;    ///< AWS_ENDPOINT_URL_EC2; wins over `endpoint` for EC2
  std::string endpoint_sts;    ///< AWS_ENDPOINT_URL_STS
  std::string ca_bundle = {};  ///< AWS_CA_BUNDLE or the profile's ca_bundle; "" for the system's
  int max_attempts = 4;        ///< of one call, the first one counted
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
    /// Asked before every signature; a provider chain (aws/credentials.h).
    std::function<Result<Credentials>()> credentials;
    /// Told one line for each attempt, without secrets; may be empty. Called from the thread of the call.
    std::function<void(const std::string& line)> trace = {};
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
  Answer attempt(const Call& call, const Credentials& credentials, Duration patience);
  Answer exchange(const Call& call, const Credentials& credentials, Duration patience);
  bool correct_clock(const http::Response& response, Duration used_offset);
  void trace(const Call& call, const std::string& what) const;
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
