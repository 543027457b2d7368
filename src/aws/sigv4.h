#pragma once

#include <string>

#include "aws/client.h"
#include "base/clock.h"
#include "http/message.h"

/// Signature Version 4 (AWS General Reference, "Create a signed AWS API request"): pure functions, for services other
/// than S3 (whose paths are encoded once instead of twice).
namespace hotaru::aws::sigv4 {

struct Scope {
  std::string region;
  std::string service;
};

/// The headers to add to the request: X-Amz-Date, X-Amz-Security-Token for temporary credentials, Authorization. All
/// headers of the request and its host are signed.
http::Headers sign(const http::Request& request, const Credentials& credentials, const Scope& scope, TimePoint time);

/// The steps of it, for whoever has to find out why a signature does not match.
std::string canonical_request(const http::Request& request, const http::Headers& added);
std::string string_to_sign(const std::string& canonical, const Scope& scope, TimePoint time);

}  // namespace hotaru::aws::sigv4
