#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "http/message.h"
#include "http/server.h"
#include "sim/machine.h"

namespace hotaru::sim {

/// The instance metadata service (IMDS, versions 1 and 2) of one instance: what EC2 answers at 169.254.169.254.
/// It only answers; who listens (`http::serve(address, 80, …)` inside the instance's network namespace) and the hop
/// limit (the TTL of the answers to PUT) are the machines' part. Thread-safe.
class Metadata {
 public:
  /// What the instance is like now: asked at every request, as user data, tags and metadata options may change.
  /// Called from many threads at once.
  using SpecSource = std::function<MachineSpec()>;

  /// The time of construction is the boot's `pendingTime`. Tokens die with the object; SDKs then ask for new ones.
  Metadata(SpecSource spec, const Clock& clock, Random& random);

  http::Response handle(const http::ServerRequest& request) const;

 private:
  http::Response respond(const http::ServerRequest& request) const;
  http::Response new_token(const http::ServerRequest& request) const;
  /// Seconds that a token is still good for; 0 if it is not one of ours, or expired.
  int seconds_left(const std::string& token) const;
  http::Response get(const MachineSpec& spec, const std::string& path) const;

  SpecSource spec_;
  const Clock& clock_;
  Random& random_;
  TimePoint pending_since_;
  std::string key_;  ///< signs tokens, so that none needs to be kept
};

}  // namespace hotaru::sim
