#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/process.h"
#include "sim/machine.h"
#include "sim/sandbox/owners.h"
#include "sim/sandbox/records.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

/// A machine's /dev that has no place yet: a file system of the host's, so that devices in it may be opened, which
/// belongs to the machine's root. Whoever has its descriptor can put devices into it at any time.
Result<Descriptor> make_dev(const Owners& owners);

/// The volumes beside the root volume that a machine has, as it sees them: block devices "/dev/nvme1n1" and so on, and
/// links to them by the names asked for ("/dev/sdf", "/dev/xvdf") and by the volumes' ids, as udev makes them on EC2.
class GuestDisks {
 public:
  GuestDisks(Runner& runner, Clock& clock) : runner_(runner), clock_(clock) {}

  /// Attaches those that it has not, and lets go of all others. What became of them.
  DiskReport set(const std::filesystem::path& volumes, const std::vector<MachineDisk>& wanted);
  /// From here on they are shown in this /dev of a machine that does not run yet, until the next one is given; the
  /// descriptor stays the caller's, and open. Its devices belong to the host's user `owner`.
  void show_in(const Descriptor& dev, uid_t owner);

 private:
  struct Attached {
    MachineDisk disk;
    Descriptor loop;
    dev_t device = 0;
    int number = 0;
  };
  Result<void> attach(const std::filesystem::path& volumes, const MachineDisk& disk);
  int free_number() const;
  void show(const Attached& one) const;
  void hide(const Attached& one) const;

  Runner& runner_;
  Clock& clock_;
  std::map<std::string, Attached> attached_;  ///< by volume
  int dev_ = -1;
  Descriptor by_id_;
  uid_t owner_ = 0;
};

/// The names in /dev under which a volume is found beside its own: "sdf" and "xvdf" for either of them.
std::vector<std::string> names_of_device(const std::string& device);

}  // namespace hotaru::sim
