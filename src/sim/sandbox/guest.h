#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/result.h"
#include "sim/sandbox/console.h"
#include "sim/sandbox/owners.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

/// All that is needed to start a machine's first process. Its network namespace is the caller's, which must be that of
/// the owners.
struct Guest {
  const Owners& owners;
  std::filesystem::path root;    ///< where its root file system is mounted
  const Descriptor& dev;         ///< its /dev (see make_dev), which has no place yet
  std::filesystem::path cgroup;  ///< its control group in the unified hierarchy
  std::filesystem::path sysrq;   ///< a pipe that stands in for /proc/sysrq-trigger
  std::string host_name;
  std::string instance_id;
};

/// Starts /sbin/init as process 1 of new namespaces (process ids, mounts, host name, IPC, control groups) that belong
/// to the owners' user namespace, with the terminal as its console: a child of the caller. It dies with the calling
/// thread, so call it from one that lives as long as the machine. What fails before init runs is written on the
/// console, and the process ends with exit code 1.
Result<pid_t> start_guest(const Guest& guest, const Terminal& terminal);

/// How process 1 ended, from waitpid's status. The kernel turns a machine's reboot into SIGHUP, its poweroff or halt
/// into SIGINT (reboot(2), "behavior inside PID namespaces").
enum class GuestEnd { poweroff, reboot, killed, failed };
GuestEnd how_it_ended(int wait_status);

}  // namespace hotaru::sim
