#pragma once

#include <map>
#include <string>

#include "http/server.h"
#include "sim/action.h"
#include "sim/machine.h"
#include "sim/signature.h"
#include "sim/world.h"

namespace hotaru::sim {

/// The sim's API: EC2 and STS in the Query protocol, for all regions at one address; which of them is meant is said by
/// the credential scope of the signature. Unsigned are `GET /` (health), `GET /checkip`
/// and `GET /ping`, which EC2's endpoints answer too (of a region: by Host, or /REGION/ping). Thread-safe.
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
  ApiResult<Xml> perform(const Action& action, const Caller& caller, const Parameters& parameters,
                         const std::string& request_id);

  Config config_;
  World& world_;
  Machines* machines_;
};

}  // namespace hotaru::sim
