#pragma once

#include "base/result.h"

namespace hotaru::sim {

/// Whether this machine can run sandboxes: root, the programs, and what the kernel has to offer. If not, an
/// `unsupported` error with one sentence on what is missing, and a hint with the line that mends it.
Result<void> check_host();

/// Whether the kernel lets one more sandbox beside the `running` ones of this sim watch its files: systemd does not
/// start without. A `capacity` error with the setting to raise if not. Four inotify instances each were counted here
/// (process 1 has three, logind one), and one is to spare; the kernel allows 128 to a user (inotify(7),
/// max_user_instances), and all sandboxes are root's. Those that boot have yet to take theirs: so they are counted, and
/// what others have taken is tried.
Result<void> check_room(int running);

}  // namespace hotaru::sim
