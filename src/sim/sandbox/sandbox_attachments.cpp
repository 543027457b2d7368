// The part of SandboxMachines that attaches volumes: it writes down which there are to be, and the machine's supervisor
// does it.

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "sim/sandbox/sandbox_machines.h"
#include "sim/sandbox/supervisor.h"
#include "sim/sandbox/volume.h"
#include "sim/trouble.h"

namespace hotaru::sim {

namespace {

constexpr Duration report_patience = std::chrono::seconds(20);
constexpr Duration let_go_patience = std::chrono::seconds(2);  // of what has just been unmounted and is written yet

std::vector<pid_t> processes_in(const std::filesystem::path& cgroup) {
  std::vector<pid_t> processes;
  std::error_code problem;
  std::vector<std::filesystem::path> folders{cgroup};
  for (std::filesystem::recursive_directory_iterator entry(cgroup, problem), end; entry != end && !problem;
       entry.increment(problem))
    if (entry->is_directory(problem)) folders.push_back(entry->path());
  for (const auto& folder : folders)
    for (const std::string& line : lines(read_file(folder / "cgroup.procs").value_or("")))
      if (const auto process = parse_integer(line)) processes.push_back(static_cast<pid_t>(*process));
  return processes;
}

bool has_open(pid_t process, dev_t device) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", process), problem)) {
    struct stat facts{};
    if (::stat(entry.path().c_str(), &facts) == 0 && S_ISBLK(facts.st_mode) && facts.st_rdev == device) return true;
  }
  return false;
}

/// Whatever has the volume open in the machine, a mounted file system too.
void end_users(const std::filesystem::path& cgroup, const std::filesystem::path& volume) {
  struct stat device{};
  const std::string loop = loop_device_of(volume);
  if (loop.empty() || ::stat(("/dev/" + loop).c_str(), &device) != 0) return;
  for (const pid_t process : processes_in(cgroup))
    if (has_open(process, device.st_rdev)) ::kill(process, SIGKILL);
}

}  // namespace

std::optional<std::vector<MachineDisk>> SandboxMachines::write_disks(const MachineSpec& spec) {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(spec.instance_id);
  if (found == machines_.end()) return std::nullopt;
  Machine& machine = found->second;
  std::vector<MachineDisk> gone;
  for (const MachineDisk& one : machine.spec.disks)
    if (std::ranges::find(spec.disks, one.volume_id, &MachineDisk::volume_id) == spec.disks.end()) gone.push_back(one);
  machine.spec.disks = spec.disks;
  ::unlink(files(spec.instance_id).disks().c_str());
  note_trouble("write down the volumes of " + spec.instance_id,
               replace_file(files(spec.instance_id).spec(), to_json(machine.spec), 0600));
  const bool runs = machine.status.state == MachineState::starting || machine.status.state == MachineState::booted;
  return runs && machine.process.ok() ? std::optional(gone) : std::nullopt;
}

Result<void> SandboxMachines::await_disks(const std::string& instance_id) {
  const auto answer = files(instance_id).disks();
  const bool answered = await(clock_, report_patience, [&] {
    const MachineState state = status(instance_id).state;
    return ::access(answer.c_str(), F_OK) == 0 || state == MachineState::ended || state == MachineState::absent;
  });
  if (!answered) return fail(ErrorClass::io, fmt::format("the machine {} does not say what is attached", instance_id));
  const auto report = read_disk_report(answer);
  if (report && !report->failed.empty()) return fail(ErrorClass::io, report->failed.begin()->second);
  return {};
}

Result<void> SandboxMachines::set_disks(const MachineSpec& spec, bool force) {
  const auto gone = write_disks(spec);
  if (!gone) return {};
  if (auto told = signal(spec.instance_id, disks_changed); !told) return told;
  if (auto done = await_disks(spec.instance_id); !done) return done;
  for (const MachineDisk& one : *gone) {
    if (force) end_users(cgroup_ / spec.instance_id / "guest", disks_.volume(one.volume_id));
    if (!one.shared && !await(clock_, let_go_patience, [&] { return !disks_.in_use(one.volume_id); }))
      return fail(ErrorClass::conflict, fmt::format("{} is open in {}", one.volume_id, spec.instance_id));
  }
  return {};
}

/// In the supervisor's mounts, which the host does not see.
std::filesystem::path SandboxMachines::mounted_volume(const std::string& volume_id) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, machine] : machines_)
    if (machine.spec.volume_id == volume_id && machine.process.ok())
      return fmt::format("/proc/{}/root{}", machine.supervisor, files(id).volume_mount().string());
  return {};
}

}  // namespace hotaru::sim
