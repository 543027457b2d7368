#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "http/server.h"
#include "sim/api_error.h"

namespace hotaru::sim {

/// Who signed a request, and for what.
struct Caller {
  std::string access_key_id;
  std::string region;
  std::string service;  ///< "ec2", "sts"
};

/// Verifies a request's Signature Version 4 (header or query-string form) as EC2 and STS do: the scope, the time
/// (within 5 minutes, or X-Amz-Expires of a presigned request), the payload's hash, the signature. `secrets` by access
/// key id. Written from the AWS General Reference, apart from our client's signing, so that the two cannot agree on a
/// mistake.
ApiResult<Caller> authenticate(const http::ServerRequest& request, const std::map<std::string, std::string>& secrets,
                               TimePoint now);

/// The service that a request claims to be for, unverified ("" if it is not signed): decides in which form an
/// authentication error is answered.
std::string claimed_service(const http::ServerRequest& request);

}  // namespace hotaru::sim
