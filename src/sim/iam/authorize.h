#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/action.h"
#include "sim/iam/policy.h"

/// Whether a caller may: by the policies of its user or role, the session's, and the permissions boundary.
namespace hotaru::sim {

/// "ec2:RunInstances", "cloudwatch:PutMetricAlarm": as policies name it.
std::string iam_action(const std::string& service, const std::string& action);

/// The documents of a set of policies; those that are not there any more are left out.
std::vector<PolicyDocument> documents_of(const RegionState& global, const PolicySet& set);
/// By a user's or role's own policies and boundary.
Verdict judge_set(const RegionState& global, const PolicySet& set, const std::string& boundary,
                  const PolicyQuestion& question);

/// EC2's UnauthorizedOperation (the other services' words are the envelope's part), or nothing if the caller may do it
/// with all of these resources.
Refusal authorize(const Context& context, const std::string& action, const std::vector<std::string>& resources);

/// The ARNs that a call of EC2 is about: what its parameters name, and what it makes; "*" where it names nothing.
std::vector<std::string> resources_of(const Context& context, const std::string& action,
                                      const std::map<std::string, std::string>& parameters);

/// The same of IAM and STS, by the names in their calls; "*" of the other services.
std::vector<std::string> resources_of_service(const Context& context, const std::string& service,
                                              const std::map<std::string, std::string>& parameters);

}  // namespace hotaru::sim
