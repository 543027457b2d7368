// The part of SandboxMachines that waits for what happens to machines: their records and their supervisors' ends.

#include <poll.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>
#include <utility>

#include "sim/sandbox/sandbox_machines.h"

namespace hotaru::sim {

namespace {

constexpr Duration between_mendings = std::chrono::seconds(5);

}  // namespace

void SandboxMachines::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.number(), &one, sizeof one);
}

void SandboxMachines::watch_all() {
  while (true) {
    std::vector<struct pollfd> waiting{{wake_.number(), POLLIN, 0}, {changes_.number(), POLLIN, 0}};
    std::vector<std::string> ids;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      for (const auto& [id, machine] : machines_) {
        if (!machine.process.ok()) continue;
        waiting.push_back({machine.process.number(), POLLIN, 0});
        ids.push_back(id);
      }
    }
    ::poll(waiting.data(), waiting.size(), -1);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_.number(), &count, sizeof count);
    for (const std::string& id : changed_folders()) read_status(id);
    mend_way_outs();
    for (std::size_t index = 0; index < ids.size(); ++index)
      if (waiting[index + 2].revents != 0) supervisor_ended(ids[index]);
  }
}

std::vector<std::string> SandboxMachines::changed_folders() {
  std::vector<std::string> ids;
  alignas(struct inotify_event) std::array<char, 16384> buffer;
  ssize_t got = 0;
  while ((got = ::read(changes_.number(), buffer.data(), buffer.size())) > 0) {
    const std::lock_guard lock(mutex_);
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const struct inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof(struct inotify_event) + event->len);
      if (event->len == 0) way_out_changed_ = true;
      if (event->len == 0 || std::string(event->name) != MachineFiles{}.record().filename()) continue;
      for (const auto& [id, machine] : machines_)
        if (machine.watch == event->wd) ids.push_back(id);
    }
  }
  return ids;
}

void SandboxMachines::watch_way_out(const std::string& vpc) {
  // The same file is watched once, however often it is asked for (inotify_add_watch(2)).
  ::inotify_add_watch(changes_.number(), network_.way_out_events(vpc).c_str(), IN_MODIFY);
}

/// A way out that ended by itself (out of memory, killed) is opened again, while machines need it; not one that ends at
/// once, again and again.
void SandboxMachines::mend_way_outs() {
  std::set<std::string> vpcs;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(way_out_changed_, false)) return;
    for (const auto& [id, machine] : machines_)
      if (machine.status.state != MachineState::ended) vpcs.insert(machine.spec.vpc_id);
  }
  for (const std::string& vpc : vpcs) {
    {
      const std::lock_guard lock(network_mutex_);
      if (network_.has_way_out(vpc)) continue;
    }
    if (mended_at_ != Duration{0} && clock_.steady() - mended_at_ < between_mendings) continue;
    mended_at_ = clock_.steady();
    static_cast<void>(prepare_network(vpc));
  }
}

void SandboxMachines::read_status(const std::string& instance_id) {
  auto record = read_record(files(instance_id).record());
  if (!record) return;
  {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(instance_id);
    // A record of another supervisor is of a former run.
    if (found == machines_.end() || found->second.supervisor != record->supervisor) return;
    MachineStatus& status = found->second.status;
    if (status.state == record->status.state && status.when == record->status.when) return;
    status = record->status;
  }
  tell({instance_id, record->status});
}

void SandboxMachines::supervisor_ended(const std::string& instance_id) {
  read_status(instance_id);
  MachineSpec spec;
  MachineStatus status;
  bool erasing = false;
  bool surprising = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(instance_id);
    if (found == machines_.end()) return;
    Machine& machine = found->second;
    struct pollfd ended{machine.process.number(), POLLIN, 0};
    if (!machine.process.ok() || ::poll(&ended, 1, 0) != 1) return;
    ::waitpid(machine.supervisor, nullptr, WNOHANG);  // ours only if we started it
    spec = machine.spec;
  }
  // Before the machine can be started again: that waits until the descriptor is closed.
  sweep(spec);
  {
    const std::lock_guard lock(mutex_);
    Machine& machine = machines_[instance_id];
    surprising = machine.status.state != MachineState::ended;
    if (surprising) machine.status = {MachineState::ended, "killed", clock_.now()};
    status = machine.status;
    erasing = machine.erasing;
    machine.process.close();
  }
  if (surprising) {
    settle_record(instance_id, status);
    tell({instance_id, status});
  }
  static_cast<void>(apply_firewalls(spec.vpc_id));
  if (erasing) forget(instance_id);
}

void SandboxMachines::tell(const Change& change) {
  std::function<void(const std::string&, const MachineStatus&)> listener;
  {
    const std::lock_guard lock(mutex_);
    listener = listener_;
  }
  if (listener) listener(change.first, change.second);
}

}  // namespace hotaru::sim
