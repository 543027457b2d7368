#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

/// What stands beside instances when they are launched, as values; per region. A new field needs its name in
/// launching/model_json.cpp too.
namespace hotaru::sim {

struct ParameterVersion {
  int number = 1;
  std::string value;
  std::string type;  ///< "String", "StringList", "SecureString"
  std::string description;
  std::string allowed_pattern;
  std::string data_type = "text";
  std::string tier = "Standard";
  std::string key_id;  ///< of SecureString
  std::string user;    ///< ARN of who wrote it
  TimePoint modified;
  std::vector<std::string> labels;
};
/// A parameter of Systems Manager that the account itself keeps.
struct StoredParameter {
  std::string id;                          ///< its name
  std::vector<ParameterVersion> versions;  ///< the latest is the last; at most 100
  std::map<std::string, std::string> tags;
};

struct SpotRequest {
  std::string id;  ///< "sir-…"
  std::string type = "one-time";
  std::string state = "active";  ///< "open", "active", "closed", "cancelled", "failed"
  std::string status_code = "fulfilled";
  std::string status_message;
  TimePoint status_updated;
  TimePoint created;
  std::string instance_id;
  std::string interruption = "terminate";
  std::string max_price;  ///< as given, or the on-demand price
  std::optional<TimePoint> valid_until;
  std::string launch_group;
  std::string zone;
  std::map<std::string, std::string> specification;  ///< as RunInstances takes it
  std::string client_token;
  std::string request_digest;
};

/// A key that EC2 Instance Connect was sent.
struct PushedKey {
  std::string user;
  std::string key;  ///< OpenSSH text
  TimePoint until;
};
struct PushedKeys {
  std::string id;  ///< of the instance
  std::vector<PushedKey> keys;
};

}  // namespace hotaru::sim
