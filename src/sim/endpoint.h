#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "http/server.h"
#include "sim/action.h"
#include "sim/machine.h"
#include "sim/scenario/script.h"
#include "sim/signature.h"
#include "sim/world.h"

namespace hotaru::sim {

/// The sim's API: EC2, IAM and STS in the Query protocol, SSM, Service Quotas and Pricing in AWS JSON, CloudWatch's
/// alarms in that and in Smithy RPC v2 CBOR, for all regions at one address; which service and region is meant is said
/// by the credential scope of the signature. Unsigned are `GET /` (health), `GET /checkip` and `GET /ping`, which EC2's
/// endpoints answer too (of a region: by Host, or /REGION/ping). Thread-safe.
class Endpoint {
 public:
  struct Config {
    std::string account_id = "000000000000";
    std::map<std::string, std::string> secrets;  ///< secret access keys by access key id
  };
  /// `machines` may be nullptr: then nothing can be launched. All must outlive this.
  Endpoint(Config config, World& world, Machines* machines)
      : config_(std::move(config)), world_(world), machines_(machines) {}

  http::Response handle(const http::ServerRequest& request);

 private:
  http::Response answer(const http::ServerRequest& request, const std::string& request_id);
  TimePoint signature_time() const;
  http::Response ping(const http::ServerRequest& request);
  http::Response call(const Caller& caller, const http::ServerRequest& request, const std::string& request_id);
  http::Response call_query(const Caller& caller, const http::ServerRequest& request, const std::string& request_id);
  http::Response call_json(const Caller& caller, const http::ServerRequest& request, const std::string& request_id);
  /// What a scenario makes of a call: waits as long as that says.
  Disturbance disturb(const CallFacts& facts);
  /// Does an action's work under the world's lock, if the caller may; its refusal, or that the world could not be
  /// written down.
  Refusal perform(std::string_view action, const Caller& caller, const std::string& request_id,
                  const Parameters& parameters, const std::function<Refusal(Context&)>& work);
  ApiResult<KeyFound> find_secret(const KeyAsked& asked);

  Config config_;
  World& world_;
  Machines* machines_;
};

}  // namespace hotaru::sim
