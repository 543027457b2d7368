#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Policy documents: what they say of an action (IAM User Guide, "Policy evaluation logic").
namespace hotaru::sim {

/// One line of a condition: an operator, a key, and the values, one of which must hold.
struct PolicyCondition {
  std::string test;  ///< "StringEquals"
  std::string key;
  std::vector<std::string> values;
};

struct PolicyStatement {
  bool allow = false;
  std::vector<std::string> actions;  ///< with wildcards
  bool all_actions_but = false;      ///< NotAction
  std::vector<std::string> resources;
  bool all_resources_but = false;                              ///< NotResource
  std::map<std::string, std::vector<std::string>> principals;  ///< by kind: "AWS", "Service", "Federated"
  std::vector<PolicyCondition> conditions;
};
using PolicyDocument = std::vector<PolicyStatement>;

/// nullopt for what is no policy document.
std::optional<PolicyDocument> read_policy(std::string_view json);

enum class Verdict { nothing_said, denied, allowed };

/// One action on one resource, and what is known of the call by condition key (in lower case). A condition on another
/// key counts as fulfilled where it allows, and as not where it denies.
struct PolicyQuestion {
  std::string action;  ///< "ec2:RunInstances"
  std::string resource = "*";
  std::map<std::string, std::string> context = {};
};
Verdict judge(const std::vector<PolicyDocument>& policies, const PolicyQuestion& question);

/// Whether a role's trust policy lets one in: `principals` are the ARNs, account or service by which it may be named.
bool trusts(const PolicyDocument& trust, const std::vector<std::string>& principals, const PolicyQuestion& question);

}  // namespace hotaru::sim
