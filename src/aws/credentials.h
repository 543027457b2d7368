#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"
#include "aws/settings.h"
#include "aws/trace.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/process.h"
#include "base/random.h"
#include "base/result.h"
#include "http/message.h"

namespace hotaru::aws {

/// Asks the person at the terminal for a line of text. Empty: there is nobody to ask.
using Asker = std::function<Result<std::string>(const std::string& question)>;

/// What providers work with. Nothing of it is used before a provider needs it.
struct ProviderNeeds {
  Environment environment;
  SharedFiles files;
  Settings settings;
  http::Transport& transport;
  Clock& clock;
  Random& random;
  Runner& runner;
  Asker ask = {};
  Trace trace = {};
  SilenceListener silence = {};
};

/// One place where credentials may be. A new one is a file in aws/credentials/, a line in its providers.h and one in
/// `default_providers`.
class Provider {
 public:
  virtual ~Provider() = default;
  /// What was looked into, for the message when nothing was found: "the environment". "" if it goes without saying.
  virtual std::string name() const = 0;
  /// nullopt: there are none here, ask the next. An error ends the search: what is there is broken, or cannot be used.
  /// Called again when what it gave is about to expire.
  virtual Result<std::optional<Credentials>> find() = 0;
  /// AWS has called expired what it gave: nothing that was kept of that is given again.
  virtual void drop_kept() {}
};

/// The code of the error that no place has credentials.
inline constexpr const char* no_credentials = "NoCredentials";

using Providers = std::vector<std::unique_ptr<Provider>>;

/// The providers in botocore's order (docs/credentials.md). A profile given on the command line wins over keys in the
/// environment; one given by AWS_PROFILE does not. `needs` must outlive them.
Providers default_providers(const ProviderNeeds& needs, const Overrides& overrides);

/// How long before their end credentials are replaced.
inline constexpr Duration renewal_margin = std::chrono::minutes(5);

/// Asks its providers in order, once; and the one that had credentials again, shortly before they expire. While those
/// are good and new ones cannot be had, they go on being used. Thread-safe.
class ProviderChain {
 public:
  ProviderChain(Providers providers, const Clock& clock) : providers_(std::move(providers)), clock_(clock) {}
  /// `unauthorized`, with what to do, if there are none.
  Result<Credentials> get();
  /// For credentials that AWS calls expired, whatever was known of their end: asks where they came from for others.
  /// False if it has none.
  Result<bool> replace(const Credentials& refused);

 private:
  Result<Credentials> search();
  Result<Credentials> renew();

  Providers providers_;
  const Clock& clock_;
  std::mutex mutex_;
  Provider* source_ = nullptr;  ///< which of them had what was found
  std::optional<Credentials> found_;
  TimePoint next_try_{};  ///< of a renewal that failed
};

}  // namespace hotaru::aws
