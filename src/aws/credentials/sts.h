#pragma once

#include <string>

#include "aws/credentials.h"

namespace hotaru::aws {

struct RoleToAssume {
  std::string arn;
  std::string session_name;  ///< "" for one of our own
  std::string external_id;   ///< "" if the role wants none
  std::string mfa_serial;    ///< with `mfa_code`
  std::string mfa_code;      ///< good for one call
  std::string duration;      ///< seconds; "" for STS's own (an hour)
  std::string identity;      ///< a web identity's token: AssumeRoleWithWebIdentity, which nobody signs
  std::string source;        ///< for messages: "profile NAME"
};

/// STS AssumeRole, signed by the credentials of `caller`, or AssumeRoleWithWebIdentity, which has none (nullptr).
/// Errors say which role of which profile could not be assumed, why, and what to do.
Result<Credentials> assume_role(const ProviderNeeds& needs, const RoleToAssume& role, ProviderChain* caller);

/// The region in which STS is asked: the one that is chosen, else the home of the role's partition.
std::string sts_region(const ProviderNeeds& needs, const std::string& role_arn);

}  // namespace hotaru::aws
