#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/machine.h"
#include "sim/scenario/script.h"

namespace hotaru::sim {

/// Machines whose boots and deaths the scenario decides; without one it only passes on. What it holds back it keeps in
/// memory: after a restart of the sim those instances are started anew.
class ScriptedMachines final : public Machines {
 public:
  ScriptedMachines(std::unique_ptr<Machines> machines, Script& script)
      : machines_(std::move(machines)), script_(script) {}

  std::string kind() const override { return machines_->kind(); }
  std::string public_range() const override { return machines_->public_range(); }
  std::string caller_address() const override { return machines_->caller_address(); }
  Result<void> start(const MachineSpec& spec, const Firewall& firewall) override;
  Result<void> update(const MachineSpec& spec) override;
  Result<void> set_disks(const MachineSpec& spec, bool force) override;
  Disks& disks() override { return machines_->disks(); }
  Result<void> set_firewall(const Firewall& firewall) override;
  Result<void> apply_firewalls(const std::string& vpc_id) override { return machines_->apply_firewalls(vpc_id); }
  Result<void> stop(const std::string& instance_id, bool force) override;
  Result<void> reboot(const std::string& instance_id) override;
  Result<void> erase(const std::string& instance_id) override;
  /// Where that is quick (null kind), it also begins the boot, or brings the death, whose time has come: so time may be
  /// a test's.
  MachineStatus status(const std::string& instance_id) override;
  Result<std::string> console(const std::string& instance_id) override;
  Result<void> recover() override { return machines_->recover(); }
  Result<void> shut_down(bool erase_volumes) override;
  void on_change(std::function<void(const std::string&, const MachineStatus&)> listener) override;
  /// Where that is quick (null kind), it first does what is due, as `status` does.
  std::optional<std::vector<std::string>> take_changed() override;
  bool has_network() const override { return machines_->has_network(); }

  /// Does what is due. To be called now and then where time is real.
  void tick();
  Machines& inner() { return *machines_; }

 private:
  /// A machine that the scenario has to do with.
  struct Held {
    MachineSpec spec;
    Firewall firewall;
    bool waiting = false;            ///< not handed on yet
    std::optional<TimePoint> boots;  ///< by the sim's clock; nullopt: never
    std::optional<TimePoint> dies;   ///< …; nullopt: by itself only
    std::string how = {};            ///< "died: CODE: MESSAGE"
    std::optional<MachineStatus> ended = {};
  };
  std::optional<Held> find(const std::string& instance_id) const;
  /// Of a machine that is held; whether it waits.
  bool change_held(const MachineSpec& spec);
  void forget(const std::string& instance_id);
  void end(const std::string& instance_id, const std::string& how, TimePoint when);
  void do_what_is_due(const std::string& instance_id);
  /// Notes when something is due next; called with the lock.
  void plan(const std::string& instance_id, const Held& held);

  std::unique_ptr<Machines> machines_;
  Script& script_;
  mutable std::mutex mutex_;
  std::map<std::string, Held> held_;
  std::set<std::pair<TimePoint, std::string>> due_;  ///< those that are gone since, or done, too
  std::vector<std::string> changed_;                 ///< here, and not in the machines themselves
  std::function<void(const std::string&, const MachineStatus&)> listener_;
};

}  // namespace hotaru::sim
