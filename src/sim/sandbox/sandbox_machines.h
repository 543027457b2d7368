#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"
#include "sim/machine.h"
#include "sim/sandbox/network.h"
#include "sim/sandbox/records.h"
#include "sim/sandbox/registry.h"
#include "sim/sandbox/sandbox_disks.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

struct SandboxSettings {
  std::filesystem::path state;          ///< the sim's state folder: machines and volumes lie in it
  std::filesystem::path image;          ///< the root file system that machines start from (image.h)
  std::vector<std::string> supervisor;  ///< the command that runs `machine_main`, less the folder
  std::filesystem::path registry = Registry::usual_folder();
};

/// Machines as sandboxes on this host, by root. See the design, "The sim".
class SandboxMachines final : public Machines {
 public:
  /// Takes the sim's lease of addresses and names. Ask `check_host()` first.
  static Result<std::unique_ptr<SandboxMachines>> open(SandboxSettings settings, Runner& runner, Clock& clock);
  ~SandboxMachines() override;

  std::string kind() const override { return "sandbox"; }
  /// The first four addresses of it are the host's and the routers'.
  std::string public_range() const override { return lease_.range().text(); }
  std::string caller_address() const override { return lease_.caller_address(); }
  Result<void> start(const MachineSpec& spec, const Firewall& firewall) override;
  Result<void> update(const MachineSpec& spec) override;
  Result<void> set_disks(const MachineSpec& spec, bool force) override;
  Disks& disks() override { return disks_; }
  Result<void> set_firewall(const Firewall& firewall) override;
  Result<void> apply_firewalls(const std::string& vpc_id) override;
  Result<void> stop(const std::string& instance_id, bool force) override;
  Result<void> reboot(const std::string& instance_id) override;
  /// A running machine is ended at once; `on_change` tells when it is absent.
  Result<void> erase(const std::string& instance_id) override;
  MachineStatus status(const std::string& instance_id) override;
  Result<std::string> console(const std::string& instance_id) override;
  Result<void> recover() override;
  Result<void> shut_down(bool erase_volumes) override;
  void on_change(std::function<void(const std::string&, const MachineStatus&)> listener) override;

  const Lease& lease() const { return lease_; }

 private:
  struct Machine {
    MachineSpec spec;
    Firewall firewall;
    MachineStatus status;
    pid_t supervisor = 0;
    Descriptor process;  ///< of the supervisor, while it lives
    int watch = -1;      ///< of its folder
    bool erasing = false;
  };
  static bool startable(const Machine& machine) {
    return machine.status.state == MachineState::ended && !machine.erasing;
  }
  using Change = std::pair<std::string, MachineStatus>;

  SandboxMachines(SandboxSettings settings, Lease lease, std::filesystem::path cgroup, Runner& runner, Clock& clock);

  MachineFiles files(const std::string& instance_id) const;
  std::filesystem::path volume(const MachineSpec& spec) const;
  MachineSetup setup_of(const MachineSpec& spec) const;
  Result<void> write_files(const MachineSpec& spec, const Firewall& firewall) const;
  Result<void> prepare_network(const std::string& vpc);
  Result<void> launch(const MachineSpec& spec);
  void begin_all();
  void begin_these(const std::vector<std::string>& ids);
  void begin(const MachineSpec& spec, const Result<void>& prepared);
  bool end_waiting(const std::string& instance_id, const std::string& how);
  std::optional<MachineSpec> whose_turn(const std::string& instance_id);
  void await_starts();
  Result<void> signal(const std::string& instance_id, int number);
  std::optional<FileLock> find_supervisor(const MachineFiles& own, Machine& machine);
  void adopt(const std::string& instance_id);
  void settle_record(const std::string& instance_id, const MachineStatus& status) const;
  void sweep(const MachineSpec& spec);
  void forget(const std::string& instance_id);
  void watch_folder(const std::string& instance_id, Machine& machine);

  void watch_all();
  std::vector<std::string> changed_folders();
  void watch_way_out(const std::string& vpc);
  void mend_way_outs();
  void read_status(const std::string& instance_id);
  void supervisor_ended(const std::string& instance_id);
  void tell(const Change& change);
  /// nullopt: the machine does not run, and takes them when it starts. Else those that it is to let go of.
  std::optional<std::vector<MachineDisk>> write_disks(const MachineSpec& spec);
  Result<void> await_disks(const std::string& instance_id);
  std::filesystem::path mounted_volume(const std::string& volume_id);
  bool supervised(const std::string& instance_id);
  bool all_ended();
  void wake() const;

  SandboxSettings settings_;
  Lease lease_;
  std::filesystem::path cgroup_;
  Runner& runner_;
  Clock& clock_;
  Network network_;
  SandboxDisks disks_;
  std::mutex network_mutex_;  ///< taken after mutex_, or alone
  std::mutex mutex_;
  std::map<std::string, Machine> machines_;
  std::function<void(const std::string&, const MachineStatus&)> listener_;
  bool way_out_changed_ = false;
  Duration mended_at_{0};  ///< the watcher's own
  Descriptor wake_;
  Descriptor changes_;
  bool stopping_ = false;
  std::vector<std::string> starts_;  ///< whose turn has yet to come
  bool beginning_ = false;           ///< the starter is at work
  std::condition_variable starts_changed_;
  std::thread watcher_;
  std::thread starter_;
};

}  // namespace hotaru::sim
