#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "guard/guard.h"
#include "ssh/ssh.h"

namespace hotaru::lifecycle {

/// What an instance is told at its first boot.
struct FirstBoot {
  ssh::HostKey host_key;
  std::optional<guard::Orders> guard = {};  ///< nullopt: nothing limits it
};

/// EC2 takes 16 KiB of user data, before encoding.
inline constexpr std::size_t kUserDataLimit = 16 * 1024;

/// A cloud-config that starts the guard, and makes sshd show the host key which we already know. Pure. `internal` if it
/// would not fit.
Result<std::string> user_data(const FirstBoot& boot);
/// The same user data with other orders for its guard; one that has no guard gets it. `unsupported` if it is no
/// cloud-config.
Result<std::string> with_orders(const std::string& user_data, const guard::Orders& orders);

}  // namespace hotaru::lifecycle
