#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>

#include "base/random.h"
#include "base/result.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

/// Who a machine's users are on this host, and the namespaces in which they may do what root may. Its user 0 is the
/// host's user `first`, and so on for 65536 users and groups: nobody on the host, so that what belongs to the host's
/// root is out of their reach. Its disks know nothing of that: there, root is 0.
struct Owners {
  static constexpr unsigned count = 65'536;
  uid_t first = 0;
  Descriptor users;    ///< the user namespace
  Descriptor network;  ///< the network namespace that belongs to it
};

/// The first of 65536 users that most likely no other machine has.
uid_t choose_first_owner(Random& random);

/// Makes the namespaces, by root. `first` 0 means the host's own users: root inside is root outside, in so far as files
/// are concerned, though without root's power over the kernel. What the kernel counts by user (who watches files) it
/// counts for the whole machine as `maker`'s.
Result<Owners> make_owners(uid_t first, uid_t maker);

/// Runs work in a thread whose files are made, and found, as the machine's root makes them, with root's power still.
Result<void> as_their_root(const Owners& owners, const std::function<Result<void>()>& work);

/// Shows a folder at another place, with the owners of its files as the host sees the machine's. `unsupported` if the
/// folder's file system, or the kernel, cannot.
Result<void> mount_for(const Owners& owners, const std::filesystem::path& folder, const std::filesystem::path& at);

}  // namespace hotaru::sim
