#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

/// What IAM knows of an account, as values; of no region. Each has an id that is its key. A new field needs its name in
/// iam/model_json.cpp too.
namespace hotaru::sim {

/// What the sim itself keeps of an account.
struct Account {
  std::string id;           ///< of twelve digits
  std::string session_key;  ///< hexadecimal: what the sessions that STS hands out are made of
  std::string alias;
};

/// Policies of a role, user or group: those of its own by name, and the ARNs of those attached.
struct PolicySet {
  std::map<std::string, std::string> own;  ///< documents by name
  std::vector<std::string> attached;       ///< ARNs, in the order of attaching
};

struct Role {
  std::string id;       ///< its name, unique in the account
  std::string role_id;  ///< "AROA…"
  std::string path = "/";
  std::string description;
  std::string trust;  ///< AssumeRolePolicyDocument
  std::string permissions_boundary;
  TimePoint created;
  int max_session_seconds = 3600;
  PolicySet policies;
  std::map<std::string, std::string> tags;
};

struct InstanceProfile {
  std::string id;          ///< its name
  std::string profile_id;  ///< "AIPA…"
  std::string path = "/";
  TimePoint created;
  std::string role;  ///< name; "" if it has none
  std::map<std::string, std::string> tags;
};

struct User {
  std::string id;       ///< its name
  std::string user_id;  ///< "AIDA…"
  std::string path = "/";
  std::string permissions_boundary;
  TimePoint created;
  PolicySet policies;
  std::map<std::string, std::string> tags;
};

struct AccessKey {
  std::string id;  ///< "AKIA…"
  std::string user;
  std::string secret;
  bool active = true;
  TimePoint created;
};

struct PolicyVersion {
  int number = 1;
  std::string document;
  TimePoint created;
};
/// A managed policy of the customer's own.
struct ManagedPolicy {
  std::string id;  ///< its ARN
  std::string name;
  std::string policy_id;  ///< "ANPA…"
  std::string path = "/";
  std::string description;
  TimePoint created;
  TimePoint updated;
  int default_version = 1;
  int last_version = 1;
  std::vector<PolicyVersion> versions;
  std::map<std::string, std::string> tags;
};

}  // namespace hotaru::sim
