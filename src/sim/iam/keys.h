#pragma once

#include "sim/signature.h"
#include "sim/world.h"

namespace hotaru::sim {

/// Finds access keys of IAM's users, and temporary ones (STS, instances' metadata), in an account. The world's lock is
/// held. What has expired is refused in the service's words.
ApiResult<KeyFound> find_key(World& world, const std::string& account, const KeyAsked& asked, TimePoint now);

/// Of the account's users and roles, as their ARNs are written.
std::string user_arn(const std::string& account, const User& user);
std::string role_arn(const std::string& account, const Role& role);
std::string profile_arn(const std::string& account, const InstanceProfile& profile);
/// "arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION"
std::string session_arn(const std::string& account, const std::string& role, const std::string& session);

}  // namespace hotaru::sim
