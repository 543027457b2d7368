#pragma once

#include <string>

#include "base/result.h"
#include "ssh/ssh.h"

namespace hotaru::lifecycle {

/// What an instance is told at its first boot.
struct FirstBoot {
  ssh::HostKey host_key;
};

/// EC2 takes 16 KiB of user data, before encoding.
inline constexpr std::size_t kUserDataLimit = 16 * 1024;

/// A cloud-config that makes sshd show the host key which we already know. Pure. `internal` if it would not fit.
Result<std::string> user_data(const FirstBoot& boot);

}  // namespace hotaru::lifecycle
