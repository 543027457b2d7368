#pragma once

#include <string>

#include "aws/client.h"
#include "base/result.h"

namespace hotaru::aws {

/// A key that lets a user of an instance in for a minute.
struct PushedKey {
  std::string instance_id;
  std::string user;
  std::string zone;
  std::string public_key;  ///< as authorized_keys has it
};
/// EC2 Instance Connect SendSSHPublicKey. The image must know EC2 Instance Connect (Ubuntu and Amazon Linux do).
Result<void> send_ssh_public_key(Client& client, const std::string& region, const PushedKey& key);

}  // namespace hotaru::aws
