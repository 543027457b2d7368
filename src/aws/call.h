#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

/// The values that a call is made of.
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
  std::map<std::string, std::string> endpoints;  ///< by service ("ec2", "ssm"); they win over `endpoint`
  bool dual_stack = false;                       ///< AWS's endpoints that have IPv6 as well
  bool fips = false;                             ///< AWS's endpoints with validated cryptography
  std::string ca_bundle = {};                    ///< AWS_CA_BUNDLE or the profile's ca_bundle; "" for the system's
  int max_attempts = 4;                          ///< of one call, the first one counted
  RetryMode retry_mode = RetryMode::adaptive;
};

/// A call of a service: of the Query protocol ("ec2", "sts"), or with a `target` of AWS JSON 1.1.
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
  /// In the clock's steady time: when whoever asked has no use for an answer any more. nullopt: the client's own.
  std::optional<Duration> deadline = {};
  /// What stands before the action in X-Amz-Target ("AmazonSSM"); "" for the Query protocol.
  std::string target = {};
  /// With a target: the version of AWS JSON that the service speaks.
  const char* json_version = "1.1";
  /// With a target: the JSON object that is sent in place of `parameters`.
  std::string body = {};
};

}  // namespace hotaru::aws
