// Public keys as ImportKeyPair takes them: OpenSSH's form, RFC 4716's, PEM.
#include "fuzz/fuzz.h"
#include "sim/ssh_public_key.h"

namespace hotaru::sim {

HOTARU_FUZZ(input) {
  using fuzz::require;
  const auto key = read_ssh_public_key(input);
  if (!key) return;
  require(key->type == "rsa" || key->type == "ed25519", "a key is of a kind that EC2 takes");
  require(key->openssh.find_first_of("\r\n") == std::string::npos, "a key is one line of authorized_keys");
  const auto again = read_ssh_public_key(key->openssh);
  require(again && again->type == key->type && again->fingerprint == key->fingerprint && again->openssh == key->openssh,
          "a key written down reads the same");
}

}  // namespace hotaru::sim
