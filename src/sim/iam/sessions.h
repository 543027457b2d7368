#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

/// Temporary credentials. Nothing of them is stored: the token says what they are for, under a seal that is made with
/// the account's key, and the secret follows from that key and the access key id.
namespace hotaru::sim {

struct Session {
  std::string access_key_id;  ///< "ASIA…"
  std::string kind;           ///< "owner", "user", "role"
  std::string name;           ///< of the user or role
  std::string unique_id;      ///< of the same: another of this name has no part in it
  std::string session_name;
  std::string policy;    ///< a document that narrows what the session may; "" if there is none
  std::string instance;  ///< whose metadata service hands it out; "" for those of STS
  TimePoint expires;
};

struct SessionCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string token;
  TimePoint expires;
};

/// "ASIA" and 16 characters that follow from the seed.
std::string session_key_id(std::string_view seed);
/// The key with which an instance's sessions are made: from the account's, so that it makes no others.
std::string instance_session_key(std::string_view account_key, std::string_view instance_id);

SessionCredentials make_session(std::string_view key, const Session& session);
/// What a token says; nullopt if its seal is not the account's.
std::optional<Session> open_session(std::string_view account_key, std::string_view token);
/// The secret access key of a session whose token was opened.
std::string session_secret(std::string_view account_key, const Session& session);

/// Text under a seal, and back; nullopt if the seal is not of this key.
std::string sealed(std::string_view key, std::string_view text);
std::optional<std::string> unsealed(std::string_view key, std::string_view token);

}  // namespace hotaru::sim
