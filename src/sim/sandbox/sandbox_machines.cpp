#include "sim/sandbox/sandbox_machines.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "sim/sandbox/cgroup.h"
#include "sim/sandbox/console.h"
#include "sim/sandbox/links.h"

namespace hotaru::sim {

namespace {

constexpr Duration orderly_end = std::chrono::seconds(15);  // for all machines together, when the sim is stopped
constexpr Duration forced_end = std::chrono::seconds(10);
constexpr const char* host_network = "/proc/self/ns/net";

std::unexpected<Error> no_machine(const std::string& instance_id) {
  return fail(ErrorClass::not_found, fmt::format("there is no simulated machine {}", instance_id));
}

std::filesystem::path cgroup_of(const Lease& lease) {
  return unified_hierarchy().value_or("/sys/fs/cgroup") / ("hotaru-" + lease.prefix());
}

/// One for each interface of a machine.
void add_members(std::vector<RouterMember>& members, const MachineSpec& spec, const Firewall& firewall) {
  members.push_back(
      {spec.private_ip, spec.public_ip, firewall.ingress, firewall.egress, firewall.internet, spec.secondary});
  for (const MachineInterface& one : spec.interfaces) {
    const auto rules = std::ranges::find(firewall.further, one.private_ip, &Firewall::private_ip);
    if (rules == firewall.further.end()) continue;
    members.push_back({one.private_ip, one.public_ip, rules->ingress, rules->egress, rules->internet, one.secondary});
  }
}

/// Removes what a sim whose state folder is gone has left behind.
bool reclaim(const Lease& lease, Runner& runner, Clock& clock) {
  const Cgroup all(cgroup_of(lease));
  const bool ended = all.destroy(clock, forced_end);
  Network network(lease, all.folder(), "/nonexistent", runner, clock);
  network.remove_all();
  network.unreserve_range();
  return ended && !network.anything_left();
}

}  // namespace

Result<std::unique_ptr<SandboxMachines>> SandboxMachines::open(SandboxSettings settings, Runner& runner, Clock& clock) {
  if (auto made = make_folder(settings.state, 0700); !made) return pass(made);
  std::error_code problem;
  settings.state = std::filesystem::canonical(settings.state, problem);
  if (problem) return fail_errno("cannot use the sim's folder", problem.value());
  Registry registry(settings.registry, clock);
  auto lease = registry.acquire(settings.state, [&](const Lease& old) { return reclaim(old, runner, clock); });
  if (!lease) return pass(lease);
  auto cgroup = cgroup_of(*lease);
  std::unique_ptr<SandboxMachines> machines(
      new SandboxMachines(std::move(settings), *lease, std::move(cgroup), runner, clock));
  // Without inotify (the kernel's limit is reached) machines can still be ended and erased; `start` refuses.
  if (!machines->wake_.ok()) return fail_errno("cannot watch the machines", errno);
  machines->watcher_ = std::thread([all = machines.get()] { all->watch_all(); });
  machines->starter_ = std::thread([all = machines.get()] { all->begin_all(); });
  return machines;
}

SandboxMachines::SandboxMachines(SandboxSettings settings, Lease lease, std::filesystem::path cgroup, Runner& runner,
                                 Clock& clock)
    : settings_(std::move(settings)),
      lease_(lease),
      cgroup_(std::move(cgroup)),
      runner_(runner),
      clock_(clock),
      network_(std::move(lease), cgroup_, settings_.state / "network", runner, clock),
      disks_(settings_.state, [this](const std::string& id) { return mounted_volume(id); }),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      changes_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

SandboxMachines::~SandboxMachines() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    starts_changed_.notify_all();
  }
  wake();
  if (starter_.joinable()) starter_.join();
  if (watcher_.joinable()) watcher_.join();
}

MachineFiles SandboxMachines::files(const std::string& instance_id) const {
  return {settings_.state / "machines" / instance_id};
}

std::filesystem::path SandboxMachines::volume(const MachineSpec& spec) const {
  return settings_.state / "volumes" / ((spec.volume_id.empty() ? spec.instance_id : spec.volume_id) + ".img");
}

MachineSetup SandboxMachines::setup_of(const MachineSpec& spec) const {
  return {settings_.image.string(),
          volume(spec).string(),
          network_.router_path(spec.vpc_id).string(),
          link_name(spec.private_ip),
          network_.uplink_name(spec.vpc_id),
          lease_.caller_address(),
          lease_.gateway_address(),
          network_.names_file(spec.vpc_id).string(),
          (cgroup_ / spec.instance_id).string()};
}

Result<void> SandboxMachines::apply_firewalls(const std::string& vpc) {
  // The network's lock comes first, so that an older view of the machines never overwrites a newer one.
  const std::lock_guard network_lock(network_mutex_);
  std::vector<RouterMember> members;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, machine] : machines_) {
      if (machine.spec.vpc_id == vpc && machine.status.state != MachineState::ended)
        add_members(members, machine.spec, machine.firewall);
    }
  }
  if (::access(network_.router_path(vpc).c_str(), F_OK) != 0) return {};
  return network_.apply_rules(vpc, members);
}

void SandboxMachines::watch_folder(const std::string& instance_id, Machine& machine) {
  machine.watch = ::inotify_add_watch(changes_.number(), files(instance_id).folder.c_str(), IN_MOVED_TO);
}

Result<void> SandboxMachines::update(const MachineSpec& spec) {
  const std::lock_guard network_lock(network_mutex_);
  MachineSpec before;
  pid_t process = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(spec.instance_id);
    if (found == machines_.end()) return no_machine(spec.instance_id);
    before = std::exchange(found->second.spec, spec);
    // What is attached changes by set_disks alone: this spec may have been put together before that.
    found->second.spec.disks = before.disks;
    auto written = replace_file(files(spec.instance_id).spec(), to_json(found->second.spec), 0600);
    if (!written) return written;
    if (found->second.process.ok()) process = found->second.supervisor;
  }
  return process == 0 ? Result<void>{} : change_links(runner_, before, spec, setup_of(spec), process);
}

Result<void> SandboxMachines::set_firewall(const Firewall& firewall) {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(firewall.instance_id);
  if (found == machines_.end()) return no_machine(firewall.instance_id);
  found->second.firewall = firewall;
  return replace_file(files(firewall.instance_id).firewall(), to_json(firewall), 0600);
}

Result<void> SandboxMachines::signal(const std::string& instance_id, int number) {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(instance_id);
  if (found == machines_.end()) return no_machine(instance_id);
  const Machine& machine = found->second;
  if (machine.status.state == MachineState::ended || !machine.process.ok()) return {};
  ::syscall(SYS_pidfd_send_signal, machine.process.number(), number, nullptr, 0);
  return {};
}

Result<void> SandboxMachines::stop(const std::string& instance_id, bool force) {
  if (end_waiting(instance_id, "poweroff")) return {};
  return signal(instance_id, force ? SIGUSR2 : SIGTERM);
}

Result<void> SandboxMachines::reboot(const std::string& instance_id) { return signal(instance_id, SIGUSR1); }

Result<void> SandboxMachines::erase(const std::string& instance_id) {
  bool runs = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(instance_id);
    if (found == machines_.end()) return {};
    found->second.erasing = true;
    runs = found->second.process.ok();
  }
  if (runs) return signal(instance_id, SIGUSR2);
  forget(instance_id);
  return {};
}

MachineStatus SandboxMachines::status(const std::string& instance_id) {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(instance_id);
  return found == machines_.end() ? MachineStatus{} : found->second.status;
}

Result<std::string> SandboxMachines::console(const std::string& instance_id) {
  {
    const std::lock_guard lock(mutex_);
    if (!machines_.contains(instance_id)) return no_machine(instance_id);
  }
  return read_console(files(instance_id).console());
}

Result<void> SandboxMachines::recover() {
  if (auto reserved = network_.reserve_range(); !reserved) return reserved;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(settings_.state / "machines", problem))
    adopt(entry.path().filename());
  std::set<std::string> vpcs;
  std::vector<std::string> volumes;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, machine] : machines_) {
      if (machine.status.state == MachineState::ended) continue;
      vpcs.insert(machine.spec.vpc_id);
      volumes.push_back(machine.spec.volume_id);
    }
  }
  for (const std::string& vpc : vpcs)
    if (auto ready = prepare_network(vpc); !ready) return ready;
  for (const std::string& id : volumes) thaw(mounted_volume(id));
  wake();
  return {};
}

/// Reads the machine's record; gives the supervisor's lock if none lives. One that was started a moment before the sim
/// was killed may not have written its record yet, or not even begun: then it gives up when it finds one.
std::optional<FileLock> SandboxMachines::find_supervisor(const MachineFiles& own, Machine& machine) {
  std::optional<FileLock> lock;
  await(clock_, forced_end, [&] {
    auto held = FileLock::acquire(own.lock(), clock_, Duration{0});
    if (held && *held) lock = std::move(**held);
    if (auto record = read_record(own.record())) {
      machine.status = record->status;
      machine.supervisor = record->supervisor;
      machine.process = open_process(record->supervisor, record->supervisor_started);
    }
    return lock || machine.process.ok();
  });
  return lock;
}

void SandboxMachines::adopt(const std::string& instance_id) {
  const MachineFiles own = files(instance_id);
  auto spec = read_spec(own.spec());
  if (!spec) return;
  auto firewall = read_firewall(own.firewall());
  Machine machine;
  machine.spec = std::move(*spec);
  if (firewall) machine.firewall = std::move(*firewall);
  const auto unsupervised = find_supervisor(own, machine);
  const bool began = machine.status.state != MachineState::absent;
  if (!machine.process.ok()) {
    if (machine.status.state != MachineState::ended) machine.status = {MachineState::ended, "killed", clock_.now()};
    sweep(machine.spec);
    settle_record(instance_id, machine.status);
    if (!began) return;  // it waited for its turn when the sim was killed: it is started again
  }
  const std::lock_guard lock(mutex_);
  watch_folder(instance_id, machine);
  machines_[instance_id] = std::move(machine);
}

/// Writes down what became of a machine that has no supervisor.
void SandboxMachines::settle_record(const std::string& instance_id, const MachineStatus& status) const {
  static_cast<void>(replace_file(files(instance_id).record(), to_json(MachineRecord{status, 0, ""}), 0600));
}

/// What the supervisor itself could not remove: its control group, or everything if it was killed.
void SandboxMachines::sweep(const MachineSpec& spec) {
  Cgroup(cgroup_ / spec.instance_id).destroy(clock_, forced_end);
  disconnect_machine(runner_, spec, setup_of(spec), host_network);
}

void SandboxMachines::forget(const std::string& instance_id) {
  MachineSpec spec;
  {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(instance_id);
    if (found == machines_.end()) return;
    spec = found->second.spec;
    ::inotify_rm_watch(changes_.number(), found->second.watch);
  }
  std::error_code ignored;
  std::filesystem::remove_all(files(instance_id).folder, ignored);
  bool last = true;
  {
    // Only now: who sees it absent finds nothing of it.
    const std::lock_guard lock(mutex_);
    machines_.erase(instance_id);
    for (const auto& [id, machine] : machines_) last = last && machine.spec.vpc_id != spec.vpc_id;
  }
  if (last) {
    const std::lock_guard lock(network_mutex_);
    network_.remove_router(spec.vpc_id);
  }
  tell({instance_id, MachineStatus{}});
}

/// Ended machines whose supervisor has yet to leave: a moment after the end.
bool SandboxMachines::supervised(const std::string& instance_id) {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(instance_id);
  return found != machines_.end() && found->second.status.state == MachineState::ended && found->second.process.ok();
}

bool SandboxMachines::all_ended() {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, machine] : machines_)
    if (machine.process.ok()) return false;
  return true;
}

Result<void> SandboxMachines::shut_down(bool erase_volumes) {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, machine] : machines_) ids.push_back(id);
  }
  for (const std::string& id : ids) static_cast<void>(stop(id, erase_volumes));
  await_starts();
  if (!await(clock_, erase_volumes ? forced_end : orderly_end, [this] { return all_ended(); })) {
    for (const std::string& id : ids) static_cast<void>(stop(id, true));
    await(clock_, forced_end, [this] { return all_ended(); });
  }
  const bool ended = Cgroup(cgroup_).destroy(clock_, forced_end);
  {
    const std::lock_guard lock(network_mutex_);
    network_.remove_all();
  }
  if (erase_volumes) {
    for (const std::string& id : ids) forget(id);
    std::error_code ignored;
    for (const char* folder : {"machines", "volumes", "snapshots", "network"})
      std::filesystem::remove_all(settings_.state / folder, ignored);
    network_.unreserve_range();
    if (auto released = Registry(settings_.registry, clock_).release(settings_.state); !released) return released;
  }
  if (!ended || network_.anything_left()) {
    return fail(ErrorClass::io, "not everything of the simulated machines could be removed",
                fmt::format("see: ls {}; ip netns; ip link", cgroup_.string()));
  }
  return {};
}

void SandboxMachines::on_change(std::function<void(const std::string&, const MachineStatus&)> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

}  // namespace hotaru::sim
