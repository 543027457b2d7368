#pragma once

#include <string>

namespace hotaru::sim {

/// Who makes a call, as far as IAM is concerned.
struct Principal {
  enum class Kind {
    owner,  ///< whose keys the sim made itself: may do everything
    user,   ///< of IAM
    role,   ///< a session of a role
  };
  Kind kind = Kind::owner;
  std::string name;     ///< of the user or role
  std::string session;  ///< its name; "" without one
  std::string policy;   ///< of the session, a document; "" if it has none
  std::string arn;
  std::string unique_id;  ///< as GetCallerIdentity tells it
};

}  // namespace hotaru::sim
