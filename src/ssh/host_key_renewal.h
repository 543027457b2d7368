#pragma once

#include <string>

#include "ssh/ssh.h"

namespace hotaru::ssh {

/// Where an instance keeps its host key, and how its sshd is told of a new one. The defaults are those of every
/// distribution that EC2's Linux images have; tests give their own.
struct HostKeyPlace {
  std::string key_file = "/etc/ssh/ssh_host_ed25519_key";
  std::string reload = "systemctl reload ssh || systemctl reload sshd || kill -HUP \"$(cat /run/sshd.pid)\"";
};

/// What runs on the instance, as root, for sh(1): makes a key beside the old one, says its public half, and switches to
/// it only after it has read the line "stored". Holds no single quote.
std::string renewal_script(const HostKeyPlace& place);

Result<std::string> renew_host_key(const Target& target, Runner& runner, const HostKeyPlace& place);

}  // namespace hotaru::ssh
