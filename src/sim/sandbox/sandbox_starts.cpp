// The part of SandboxMachines that begins machines. They are accepted at once and begun one after the other, by a
// thread of its own: a launch of twenty is answered before the first of them has a network.

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>
#include <utility>

#include "sim/sandbox/sandbox_machines.h"

namespace hotaru::sim {

namespace {

constexpr Duration former_end = std::chrono::seconds(10);

}  // namespace

Result<void> SandboxMachines::write_files(const MachineSpec& spec, const Firewall& firewall) const {
  const MachineFiles own = files(spec.instance_id);
  if (auto made = make_folder(own.folder, 0700); !made) return made;
  ::unlink(own.record().c_str());  // of the run before
  if (auto written = replace_file(own.spec(), to_json(spec), 0600); !written) return written;
  if (auto written = replace_file(own.firewall(), to_json(firewall), 0600); !written) return written;
  return replace_file(own.setup(), to_json(setup_of(spec)), 0600);
}

Result<void> SandboxMachines::start(const MachineSpec& spec, const Firewall& firewall) {
  if (::access(settings_.image.c_str(), F_OK) != 0) {
    return fail(ErrorClass::unavailable, "the root file system for simulated instances is not there yet",
                "make it (about a minute): hotaru sim image build");
  }
  if (!changes_.ok()) {
    return fail(ErrorClass::capacity,
                "this machine's kernel lets the sim watch no files: other programs watch too many",
                "end some, or allow more, then start the sim again: sudo sysctl fs.inotify.max_user_instances=1024");
  }
  const bool free = await(clock_, former_end, [&] { return !supervised(spec.instance_id); });
  {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(spec.instance_id);
    if (!free || (found != machines_.end() && !startable(found->second)))
      return fail(ErrorClass::conflict, fmt::format("the simulated machine {} is running", spec.instance_id));
    Machine& machine = machines_[spec.instance_id];
    machine.spec = spec;
    machine.firewall = firewall;
    machine.status = {MachineState::waiting, "", clock_.now()};
    machine.supervisor = 0;
    machine.process.close();
  }
  if (auto written = write_files(spec, firewall); !written) {
    end_waiting(spec.instance_id, "failed: " + written.error().message);
    return written;
  }
  const std::lock_guard lock(mutex_);
  starts_.push_back(spec.instance_id);
  starts_changed_.notify_all();
  return {};
}

void SandboxMachines::begin_all() {
  std::unique_lock lock(mutex_);
  while (true) {
    starts_changed_.wait(lock, [this] { return stopping_ || !starts_.empty(); });
    if (stopping_) return;
    const std::vector<std::string> ids = std::exchange(starts_, {});
    beginning_ = true;
    lock.unlock();
    begin_these(ids);
    lock.lock();
    beginning_ = false;
    starts_changed_.notify_all();
  }
}

/// Those that came while others were begun share one look at their VPC.
void SandboxMachines::begin_these(const std::vector<std::string>& ids) {
  std::map<std::string, Result<void>> prepared;
  for (const std::string& id : ids) {
    const auto spec = whose_turn(id);
    if (!spec) continue;
    if (!prepared.contains(spec->vpc_id)) prepared[spec->vpc_id] = prepare_network(spec->vpc_id);
    begin(*spec, prepared[spec->vpc_id]);
  }
}

void SandboxMachines::begin(const MachineSpec& spec, const Result<void>& prepared) {
  const Result<void> begun = prepared ? launch(spec) : prepared;
  if (!begun) {
    end_waiting(spec.instance_id, "failed: " + begun.error().message);
  } else {
    tell({spec.instance_id, status(spec.instance_id)});
  }
}

/// nullopt if it was stopped or erased while it waited.
std::optional<MachineSpec> SandboxMachines::whose_turn(const std::string& instance_id) {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(instance_id);
  if (found == machines_.end() || found->second.status.state != MachineState::waiting) return std::nullopt;
  return found->second.spec;
}

/// Ends a machine that waits for its turn; false if it does not.
bool SandboxMachines::end_waiting(const std::string& instance_id, const std::string& how) {
  MachineStatus status;
  {
    const std::lock_guard lock(mutex_);
    const auto found = machines_.find(instance_id);
    if (found == machines_.end() || found->second.status.state != MachineState::waiting) return false;
    status = found->second.status = {MachineState::ended, how, clock_.now()};
    settle_record(instance_id, status);
  }
  tell({instance_id, status});
  return true;
}

void SandboxMachines::await_starts() {
  std::unique_lock lock(mutex_);
  starts_changed_.wait(lock, [this] { return !beginning_; });
}

Result<void> SandboxMachines::prepare_network(const std::string& vpc) {
  {
    const std::lock_guard lock(network_mutex_);
    if (auto ready = network_.ensure_router(vpc); !ready) return ready;
  }
  watch_way_out(vpc);
  return apply_firewalls(vpc);
}

Result<void> SandboxMachines::launch(const MachineSpec& spec) {
  const MachineFiles own = files(spec.instance_id);
  Command command{.argv = settings_.supervisor,
                  .environment = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}},
                  .clear_environment = true,
                  .directory = "/"};
  command.argv.push_back(own.folder.string());
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(spec.instance_id);
  if (found == machines_.end() || found->second.status.state != MachineState::waiting)
    return fail(ErrorClass::conflict, "the machine was ended before it had begun");
  Machine& machine = found->second;
  watch_folder(spec.instance_id, machine);
  auto process = runner_.detach(command, own.log());
  if (!process) return pass(process);
  machine.supervisor = *process;
  machine.status = {MachineState::starting, "", clock_.now()};
  machine.process = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, *process, 0)));
  wake();
  return {};
}

}  // namespace hotaru::sim
