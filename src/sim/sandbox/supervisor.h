#pragma once

#include <signal.h>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"
#include "base/random.h"
#include "sim/sandbox/cgroup.h"
#include "sim/sandbox/console.h"
#include "sim/sandbox/guest.h"
#include "sim/sandbox/guest_disks.h"
#include "sim/sandbox/machine_metadata.h"
#include "sim/sandbox/owners.h"
#include "sim/sandbox/records.h"
#include "sim/sandbox/resolver.h"
#include "sim/sandbox/volume.h"

namespace hotaru::sim {

/// Tells a supervisor that the disks in its spec have changed. One that does not listen yet is not ended by it.
constexpr int disks_changed = SIGURG;

/// How long a machine may take to power off or reboot before it is made to.
constexpr Duration shutdown_patience = std::chrono::seconds(90);

/// Boots one machine and stays with it. Its mounts lie in a mount namespace of this process's own, its volume on a loop
/// device that detaches itself: when this process and the machine are gone, however, so are they.
class Supervisor {
 public:
  Supervisor(MachineFiles files, Runner& runner, Clock& clock, Random& random);
  /// Until the machine's end; how it ended.
  std::string run();

 private:
  enum class Wish { none, poweroff, reboot, force };

  Result<void> prepare();
  Result<void> serve();
  Result<void> enter_namespaces();
  Result<void> make_root();
  RootMounts mounts() const { return {files_.image_mount(), files_.volume_mount(), files_.root_mount()}; }
  Result<void> watch();
  Result<void> boot();
  /// Until process 1 ends; true if the machine is to boot again.
  bool stay(std::string& how);
  void handle_signal(int number);
  void handle_sysrq();
  void read_console_output();
  void tend(Duration now);
  void order(int signal);
  /// Attaches and lets go of volumes as the spec has it now, and says what became of it.
  void set_disks();
  void record(MachineState state, const std::string& how = "");
  void clean_up();

  MachineFiles files_;
  Runner& runner_;
  Clock& clock_;
  Random& random_;
  std::optional<FileLock> lock_;
  MachineSetup setup_;
  std::optional<CurrentSpec> spec_;
  std::unique_ptr<MachineMetadata> metadata_;
  std::unique_ptr<Resolver> resolver_;
  std::optional<ConsoleLog> console_;
  Owners owners_;
  GuestDisks disks_;
  Descriptor dev_;  ///< the machine's /dev
  Terminal terminal_;
  Descriptor host_network_;
  Descriptor signals_;
  Descriptor sysrq_;
  Descriptor guest_process_;
  pid_t guest_ = 0;
  bool connected_ = false;
  bool booted_ = false;
  bool console_idle_ = false;  ///< nobody in the machine has it open: poll would return at once for ever
  bool reset_ = false;         ///< ended by us to boot again
  Wish wish_ = Wish::none;
  Duration wished_at_{0};
  Duration ordered_at_{0};
};

}  // namespace hotaru::sim
