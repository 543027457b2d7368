#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "http/server.h"
#include "sim/api_error.h"
#include "sim/iam/principal.h"

namespace hotaru::sim {

/// Who signed a request, and for what.
struct Caller {
  std::string access_key_id;
  std::string region;
  std::string service;  ///< "ec2", "sts"
  Principal who = {};
};

/// An access key id that a request names, with the session token that came with it.
struct KeyAsked {
  std::string access_key_id;
  std::string token;  ///< "" if there is none
  std::string service;
};
struct KeyFound {
  std::string secret;
  Principal who = {};
};
/// The key's secret and whose it is; or why it is not good: `unknown_key` and others.
using FindKey = std::function<ApiResult<KeyFound>(const KeyAsked&)>;
/// What a service says of a key that it does not know.
ApiError unknown_key(const std::string& service);

/// Verifies a request's Signature Version 4 (header or query-string form) as EC2 and STS do: the scope, the time
/// (within 5 minutes, or X-Amz-Expires of a presigned request), the payload's hash, the signature. `secrets` by access
/// key id. Written from the AWS General Reference, apart from our client's signing, so that the two cannot agree on a
/// mistake.
ApiResult<Caller> authenticate(const http::ServerRequest& request, const std::map<std::string, std::string>& secrets,
                               TimePoint now);
/// The same with keys of any kind.
ApiResult<Caller> authenticate_with(const http::ServerRequest& request, const FindKey& find, TimePoint now);

/// The service that a request claims to be for, unverified ("" if it is not signed): decides in which form an
/// authentication error is answered.
std::string claimed_service(const http::ServerRequest& request);

}  // namespace hotaru::sim
