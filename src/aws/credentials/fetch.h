#pragma once

#include <string>

#include "aws/credentials.h"
#include "http/message.h"

namespace hotaru::aws {

/// How long one attempt takes at most, where a service of AWS is asked.
inline constexpr Duration patience_of_fetch = std::chrono::seconds(8);

/// A plain exchange with something that hands out credentials.
struct Fetch {
  std::string service;  ///< for the trace: "sso", "metadata"
  std::string region = {};
  std::string action;  ///< for the trace: "GetRoleCredentials"
  http::Request request;
  int attempts = 3;
};

/// Sends it, and again after a short while where there was no answer or the service is in trouble (429, 5xx). Any
/// status is an answer in the end.
Result<http::Response> fetch(const ProviderNeeds& needs, const Fetch& what);

}  // namespace hotaru::aws
