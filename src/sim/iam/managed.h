#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/world.h"

/// Managed policies: the customer's own, and some of those that AWS keeps for all accounts.
namespace hotaru::sim {

/// One of AWS's, known by name. What it allows is simplified.
struct AwsPolicy {
  std::string arn;  ///< "arn:aws:iam::aws:policy/AmazonEC2FullAccess"
  std::string name;
  std::string path;
  std::string policy_id;
  std::string document;
};
/// By ARN, in order.
const std::vector<AwsPolicy>& aws_policies();
const AwsPolicy* find_aws_policy(const std::string& arn);

/// The default version of a policy of either kind; "" if there is none.
std::string policy_document(const RegionState& global, const std::string& arn);
/// The document of the version that counts.
const PolicyVersion& default_version(const ManagedPolicy& policy);

}  // namespace hotaru::sim
