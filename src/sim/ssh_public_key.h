#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hotaru::sim {

/// A public key that EC2 would import.
struct SshPublicKey {
  std::string type;         ///< "rsa" or "ed25519"
  std::string fingerprint;  ///< as EC2 gives it for imported keys
  std::string openssh;      ///< one line, as for authorized_keys; with its comment if it had one
};

/// Reads OpenSSH's form, RFC 4716's and PEM (SubjectPublicKeyInfo, RSA). nullopt if it is none of them, or a kind or
/// size of key that EC2 refuses (RSA of 1024 to 16384 bits and ED25519 are taken).
std::optional<SshPublicKey> read_ssh_public_key(std::string_view text);

}  // namespace hotaru::sim
