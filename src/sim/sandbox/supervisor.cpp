#include "sim/sandbox/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "sim/sandbox/first_files.h"
#include "sim/sandbox/links.h"
#include "sim/sandbox/listeners.h"
#include "sim/sandbox/machine_main.h"
#include "sim/sandbox/router_rules.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

// systemd(1), "Signals": what its process 1 understands as orders.
const int order_poweroff = SIGRTMIN + 4;
const int order_reboot = SIGRTMIN + 5;
constexpr Duration order_again = std::chrono::seconds(3);  // an order before systemd listens is lost
constexpr Duration look_while_booting{20};
constexpr Duration look_later{1'000};
constexpr int ssh_port = 22;

}  // namespace

Supervisor::Supervisor(MachineFiles files, Runner& runner, Clock& clock, Random& random)
    : files_(std::move(files)), runner_(runner), clock_(clock), random_(random), disks_(runner, clock) {}

std::string Supervisor::run() {
  std::string how;
  if (auto ready = prepare(); !ready) {
    how = "failed: " + ready.error().message;
  } else {
    while (true) {
      if (auto begun = boot(); !begun) {
        how = "failed: " + begun.error().message;
        break;
      }
      if (!stay(how)) break;
    }
  }
  clean_up();
  if (lock_) record(MachineState::ended, how);
  return how;
}

Result<void> Supervisor::prepare() {
  if (auto watching = watch(); !watching) return watching;
  auto lock = FileLock::acquire(files_.lock(), clock_, std::chrono::seconds(20));
  if (!lock) return pass(lock);
  if (!*lock) return fail(ErrorClass::conflict, "another supervisor holds this machine");
  lock_ = std::move(**lock);
  if (::access(files_.record().c_str(), F_OK) == 0) {
    lock_.reset();
    return fail(ErrorClass::conflict, "the sim has settled what became of this machine");
  }
  auto setup = read_setup(files_.setup());
  if (!setup) return pass(setup);
  setup_ = std::move(*setup);
  auto spec = read_spec(files_.spec());
  if (!spec) return pass(spec);
  spec_.emplace(files_.spec(), *spec);
  console_.emplace(files_.console());
  record(MachineState::starting);
  // The last to go when memory runs out: without it nobody would know how the machine ended.
  static_cast<void>(write_setting("/proc/self/oom_score_adj", "-1000"));
  const Cgroup own(std::filesystem::path(setup_.cgroup) / "supervisor");
  if (auto made = own.make(); !made) return made;
  if (auto entered = own.add(0); !entered) return entered;
  if (auto made = make_volume(runner_, setup_.volume, spec->disk_gib); !made) return made;
  if (auto entered = enter_namespaces(); !entered) return entered;
  if (auto made = make_root(); !made) return made;
  if (::setns(owners_.network.number(), CLONE_NEWNET) != 0)
    return fail_errno("cannot enter the machine's network", errno);
  connected_ = true;
  if (auto connected = connect_machine(runner_, spec_->get(), setup_); !connected) return connected;
  return serve();
}

/// What the machine finds at its link-local addresses.
Result<void> Supervisor::serve() {
  auto metadata = MachineMetadata::serve(*spec_, clock_, random_);
  if (!metadata) return pass(metadata);
  metadata_ = std::move(*metadata);
  auto resolver = Resolver::serve(*spec_, setup_.names, way_out_resolver, random_);
  if (!resolver) return pass(resolver);
  resolver_ = std::move(*resolver);
  return {};
}

/// Its owners, its disk and what must be on it before the first boot.
Result<void> Supervisor::make_root() {
  if (auto filled = fill_volume(runner_, setup_.volume); !filled)
    console_->append("hotaru simulator: " + filled.error().message + "\r\n");
  if (auto mounted = mount_volume(clock_, setup_.volume, files_.volume_mount()); !mounted) return mounted;
  Result<void> made;
  const uid_t own = choose_first_owner(random_);
  for (const uid_t first : {own, uid_t{0}}) {
    auto owners = make_owners(first, own);
    if (!owners) return pass(owners);
    owners_ = std::move(*owners);
    made = mount_root(owners_, setup_.image, mounts());
    if (made || made.error().kind != ErrorClass::unsupported) break;
    console_->append("hotaru simulator: " + made.error().message +
                     "; root in this instance is this machine's root\r\n");
  }
  if (!made) return made;
  return as_their_root(owners_, [this] { return write_first_files(files_.root_mount(), spec_->get()); });
}

Result<void> Supervisor::enter_namespaces() {
  host_network_ = Descriptor(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!host_network_.ok()) return fail_errno("cannot open the host's network namespace", errno);
  if (::unshare(CLONE_NEWNS) != 0) return fail_errno("cannot make the machine's namespaces", errno);
  // What the host unmounts goes here too; what is mounted here never shows on the host.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    return fail_errno("cannot keep mounts to ourselves", errno);
  return {};
}

Result<void> Supervisor::watch() {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGCHLD, disks_changed}) sigaddset(&watched, number);
  ::pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  signals_ = Descriptor(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  ::unlink(files_.sysrq().c_str());
  if (!signals_.ok() || ::mkfifo(files_.sysrq().c_str(), 0200) != 0)
    return fail_errno("cannot make what the machine is watched by", errno);
  // For both ways, so that it never ends.
  sysrq_ = Descriptor(::open(files_.sysrq().c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!sysrq_.ok()) return fail_errno("cannot open " + files_.sysrq().string(), errno);
  return {};
}

Result<void> Supervisor::boot() {
  booted_ = false;
  reset_ = false;
  wish_ = wish_ == Wish::reboot ? Wish::none : wish_;
  const Cgroup group(std::filesystem::path(setup_.cgroup) / "guest");
  if (!group.destroy(clock_, std::chrono::seconds(10)))
    return fail(ErrorClass::io, "processes of the machine's former boot do not end");
  if (auto made = group.make(); !made) return made;
  auto terminal = open_terminal();
  if (!terminal) return pass(terminal);
  terminal_ = std::move(*terminal);
  console_idle_ = false;
  auto dev = make_dev(owners_);
  if (!dev) return pass(dev);
  dev_ = std::move(*dev);
  disks_.show_in(dev_, owners_.first);
  set_disks();
  auto process = start_guest({owners_, files_.root_mount(), dev_, group.folder(), files_.sysrq(),
                              host_name(spec_->get()), spec_->get().instance_id},
                             terminal_);
  if (!process) {
    read_console_output();
    return pass(process);
  }
  guest_ = *process;
  guest_process_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, guest_, 0)));
  return {};
}

bool Supervisor::stay(std::string& how) {
  while (true) {
    std::array<struct pollfd, 4> waiting{{{guest_process_.number(), POLLIN, 0},
                                          {signals_.number(), POLLIN, 0},
                                          {sysrq_.number(), POLLIN, 0},
                                          {console_idle_ ? -1 : terminal_.ours.number(), POLLIN, 0}}};
    const bool busy = !booted_ || console_idle_ || wish_ != Wish::none;
    ::poll(waiting.data(), waiting.size(), static_cast<int>((busy ? look_while_booting : look_later).count()));
    if (waiting[1].revents != 0) {
      struct signalfd_siginfo info{};
      while (::read(signals_.number(), &info, sizeof info) == sizeof info)
        handle_signal(static_cast<int>(info.ssi_signo));
    }
    if (waiting[2].revents != 0) handle_sysrq();
    read_console_output();
    if (waiting[0].revents != 0) break;
    tend(clock_.steady());
  }
  int status = 0;
  while (::waitpid(guest_, &status, 0) < 0 && errno == EINTR) {
  }
  guest_ = 0;
  read_console_output();
  const GuestEnd end = how_it_ended(status);
  const bool again = (end == GuestEnd::reboot || reset_) && wish_ != Wish::poweroff && wish_ != Wish::force;
  if (end == GuestEnd::failed) {
    how = "failed: the machine's first process ended; see its console";
  } else {
    // Forced by the user's stop it is powered off all the same; killed is what nobody asked for.
    how = end == GuestEnd::killed && wish_ == Wish::none ? "killed" : "poweroff";
  }
  if (again) {
    console_->append("\r\nhotaru simulator: the machine reboots\r\n");
    record(MachineState::starting);
  }
  return again;
}

void Supervisor::handle_signal(int number) {
  if (number == SIGTERM || number == SIGINT) wish_ = wish_ == Wish::force ? Wish::force : Wish::poweroff;
  if (number == SIGUSR1 && wish_ == Wish::none) wish_ = Wish::reboot;
  if (number == SIGUSR2) wish_ = Wish::force;
  if (number == SIGCHLD) return;  // the machine's end is seen by its descriptor
  if (number == disks_changed) return set_disks();
  wished_at_ = clock_.steady();
  ordered_at_ = Duration{0};
}

void Supervisor::handle_sysrq() {
  std::array<char, 64> written;
  const ssize_t got = ::read(sysrq_.number(), written.data(), written.size());
  const char command = got > 0 ? written[0] : ' ';  // the kernel looks at the first character too
  if (command == 'o') wish_ = Wish::force;          // poweroff at once, without a word to anybody
  if (command == 'b') reset_ = true;
  if (command == 'o' || command == 'b') order(SIGKILL);
}

void Supervisor::read_console_output() {
  std::array<char, 8192> buffer;
  while (true) {
    const ssize_t got = ::read(terminal_.ours.number(), buffer.data(), buffer.size());
    if (got > 0) {
      console_->append({buffer.data(), static_cast<std::size_t>(got)});
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    console_idle_ = got < 0 && errno == EIO;
    return;
  }
}

void Supervisor::tend(Duration now) {
  metadata_->set_hop_limit(spec_->get().metadata_hop_limit);  // it may be changed while the machine runs
  if (!booted_ && is_listening(ssh_port)) {
    booted_ = true;
    record(MachineState::booted);
  }
  if (wish_ == Wish::none) return;
  const bool late = now - wished_at_ > shutdown_patience;
  if (wish_ == Wish::force || late) {
    reset_ = wish_ == Wish::reboot;
    order(SIGKILL);
    return;
  }
  if (ordered_at_ != Duration{0} && now - ordered_at_ < order_again) return;
  ordered_at_ = now;
  order(wish_ == Wish::reboot ? order_reboot : order_poweroff);
}

void Supervisor::order(int signal) { ::syscall(SYS_pidfd_send_signal, guest_process_.number(), signal, nullptr, 0); }

void Supervisor::set_disks() {
  const DiskReport report = disks_.set(std::filesystem::path(setup_.volume).parent_path(), spec_->get().disks);
  for (const auto& [volume, why] : report.failed) console_->append("hotaru simulator: " + why + "\r\n");
  static_cast<void>(replace_file(files_.disks(), to_json(report), 0600));
}

void Supervisor::record(MachineState state, const std::string& how) {
  const MachineRecord written{{state, how, clock_.now()}, ::getpid(), start_time(::getpid())};
  static_cast<void>(replace_file(files_.record(), to_json(written), 0600));
}

void Supervisor::clean_up() {
  resolver_.reset();
  metadata_.reset();
  if (!lock_ || setup_.cgroup.empty()) return;  // not ours
  if (connected_) {
    disconnect_machine(runner_, spec_->get(), setup_, fmt::format("/proc/self/fd/{}", host_network_.number()));
  }
  Cgroup(std::filesystem::path(setup_.cgroup) / "guest").destroy(clock_, std::chrono::seconds(10));
  unmount_root(mounts());
}

int machine_main(const std::filesystem::path& folder) {
  SystemRunner runner;
  SystemClock clock;
  SystemRandom random;
  const std::string how = Supervisor({folder}, runner, clock, random).run();
  return how.starts_with("failed") ? 1 : 0;
}

}  // namespace hotaru::sim
