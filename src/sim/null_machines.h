#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/shared_text.h"
#include "sim/machine.h"

namespace hotaru::sim {

/// Machines that do not exist: they boot and end at once and cost next to nothing. For scale, and for tests of the API.
/// Nothing is kept on disk: after a restart the world starts again those that it knows as running.
class NullMachines : public Machines {
 public:
  explicit NullMachines(const Clock& clock) : clock_(clock) {}

  std::string kind() const override { return "null"; }
  std::string public_range() const override { return "127.64.0.0/10"; }
  std::string caller_address() const override { return "127.0.0.1"; }
  Result<void> start(const MachineSpec& spec, const Firewall& firewall) override;
  Result<void> update(const MachineSpec& spec) override;
  Result<void> set_disks(const MachineSpec& spec, bool force) override;
  Result<void> set_firewall(const Firewall& firewall) override;
  Result<void> apply_firewalls(const std::string&) override { return {}; }
  Result<void> stop(const std::string& instance_id, bool force) override;
  Result<void> reboot(const std::string& instance_id) override;
  Result<void> erase(const std::string& instance_id) override;
  MachineStatus status(const std::string& instance_id) override;
  Result<std::string> console(const std::string& instance_id) override;
  Result<void> recover() override { return {}; }
  Result<void> shut_down(bool erase_volumes) override;
  void on_change(std::function<void(const std::string&, const MachineStatus&)> listener) override;
  std::optional<std::vector<std::string>> take_changed() override;
  bool has_network() const override { return false; }
  Disks& disks() override { return disks_; }

  /// Ends it as something inside (`how`: "poweroff") or a mishap ("killed", "failed: REASON") would.
  Result<void> end(const std::string& instance_id, const std::string& how);

 private:
  /// A boot (`how` empty) or an end: what the console tells.
  struct Event {
    TimePoint when;
    SharedText how;
  };
  struct Machine {
    SharedText instance_type;
    bool armed = false;         ///< its user data holds a guard, which would say so at each boot
    std::vector<Event> events;  ///< never empty; the last one says since when it is what it is
    bool ended = false;
  };
  static MachineStatus status_of(const Machine& machine);
  Result<void> change(const std::string& instance_id, const std::function<void(Machine&)>& work);
  void tell(const std::string& instance_id, const MachineStatus& status);

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<SharedText, Machine, std::less<>> machines_;
  std::vector<std::string> changed_;
  std::function<void(const std::string&, const MachineStatus&)> listener_;
  Disks disks_;
};

}  // namespace hotaru::sim
