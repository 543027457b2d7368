#include "sim/iam/keys.h"

#include <fmt/format.h>

#include "sim/iam/sessions.h"

namespace hotaru::sim {

namespace {

Principal user_principal(const std::string& account, const User& user) {
  return {Principal::Kind::user, user.id, "", "", user_arn(account, user), user.user_id};
}

/// EC2's error codes, and the common ones of the other services.
ApiError expired_token(const std::string& service) {
  if (service == "ec2") return {400, "RequestExpired", "Request has expired."};
  return {403, "ExpiredToken", "The security token included in the request is expired"};
}

/// Whose session it is; nullopt if that one is no longer there.
std::optional<Principal> session_principal(World& world, const std::string& account, const Session& session) {
  const RegionState& global = world.global(account);
  if (session.kind == "owner") return Principal{};
  if (session.kind == "user") {
    const User* user = global.users.find(session.name);
    if (!user || user->user_id != session.unique_id) return std::nullopt;
    return user_principal(account, *user);
  }
  const Role* role = global.roles.find(session.name);
  if (!role || role->role_id != session.unique_id) return std::nullopt;
  return Principal{Principal::Kind::role,
                   role->id,
                   session.session_name,
                   session.policy,
                   session_arn(account, role->id, session.session_name),
                   role->role_id + ":" + session.session_name};
}

}  // namespace

std::string user_arn(const std::string& account, const User& user) {
  return fmt::format("arn:aws:iam::{}:user{}{}", account, user.path, user.id);
}

std::string role_arn(const std::string& account, const Role& role) {
  return fmt::format("arn:aws:iam::{}:role{}{}", account, role.path, role.id);
}

std::string profile_arn(const std::string& account, const InstanceProfile& profile) {
  return fmt::format("arn:aws:iam::{}:instance-profile{}{}", account, profile.path, profile.id);
}

std::string session_arn(const std::string& account, const std::string& role, const std::string& session) {
  return fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", account, role, session);
}

ApiResult<KeyFound> find_key(World& world, const std::string& account, const KeyAsked& asked, TimePoint now) {
  const RegionState& global = world.global(account);
  if (const AccessKey* key = global.access_keys.find(asked.access_key_id)) {
    const User* user = global.users.find(key->user);
    if (!user || !key->active) return std::unexpected(unknown_key(asked.service));
    return KeyFound{key->secret, user_principal(account, *user)};
  }
  const Account* keeper = global.accounts.find(account);
  if (asked.token.empty() || !keeper) return std::unexpected(unknown_key(asked.service));
  const auto session = open_session(keeper->session_key, asked.token);
  if (!session || session->access_key_id != asked.access_key_id) return std::unexpected(unknown_key(asked.service));
  if (session->expires <= now) return std::unexpected(expired_token(asked.service));
  const auto who = session_principal(world, account, *session);
  if (!who) return std::unexpected(unknown_key(asked.service));
  return KeyFound{session_secret(keeper->session_key, *session), *who};
}

}  // namespace hotaru::sim
