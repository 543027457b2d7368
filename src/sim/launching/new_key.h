#pragma once

#include <string>

#include "base/random.h"

namespace hotaru::sim {

/// A key pair as CreateKeyPair makes it.
struct NewKey {
  std::string private_key;  ///< PEM: PKCS #1 of an RSA key, OpenSSH's own form of an Ed25519 one
  std::string public_key;   ///< OpenSSH text, without a comment
  std::string fingerprint;  ///< as EC2 tells it of keys that it made
};

/// RSA with 2,048 bits; its randomness is OpenSSL's own.
NewKey new_rsa_key();
NewKey new_ed25519_key(Random& random);

}  // namespace hotaru::sim
