#include "sim/sandbox/guest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/file.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

constexpr gid_t tty_group = 5;  // Debian's and Ubuntu's

/// Ends the child that was to become process 1; its standard error is the console.
[[noreturn]] void give_up(const std::string& what) {
  const std::string text = fmt::format("hotaru simulator: cannot start the machine: {}: {}\r\n", what, strerror(errno));
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(1);
}

void must(bool done, const std::string& what) {
  if (!done) give_up(what);
}

void mount_new(const char* type, const std::filesystem::path& at, unsigned long flags, const char* options) {
  ::mkdir(at.c_str(), 0755);
  must(::mount(type, at.c_str(), type, flags, options) == 0, fmt::format("mount {} on {}", type, at.string()));
}

void bind_mount(const std::filesystem::path& what, const std::filesystem::path& at, bool read_only) {
  must(::mount(what.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) == 0, "bind " + at.string());
  if (!read_only) return;
  must(::mount(nullptr, at.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0,
       "make " + at.string() + " read-only");
}

void give(const std::filesystem::path& file, uid_t owner, gid_t group) {
  must(::lchown(file.c_str(), owner, group) == 0, "give away " + file.string());
}

/// Nothing but these and the volumes: making others is refused to the machine's root, as to every user namespace's.
void make_devices(const Guest& guest, const std::string& console) {
  const std::filesystem::path dev = guest.root / "dev";
  const uid_t root = guest.owners.first;
  ::mkdir(dev.c_str(), 0755);
  must(::move_mount(guest.dev.number(), "", AT_FDCWD, dev.c_str(), MOVE_MOUNT_F_EMPTY_PATH) == 0, "mount /dev");
  struct Node {
    const char* name;
    unsigned major;
    unsigned minor;
  };
  // The numbers are the kernel's (Documentation/admin-guide/devices.txt).
  for (const Node& node : {Node{"null", 1, 3}, Node{"zero", 1, 5}, Node{"full", 1, 7}, Node{"random", 1, 8},
                           Node{"urandom", 1, 9}, Node{"tty", 5, 0}, Node{"fuse", 10, 229}}) {
    const auto path = dev / node.name;
    must(::mknod(path.c_str(), S_IFCHR | 0666, makedev(node.major, node.minor)) == 0, "make " + path.string());
    ::chmod(path.c_str(), 0666);
    give(path, root, root);
  }
  const Descriptor place(::open((dev / "console").c_str(), O_CREAT | O_CLOEXEC, 0600));
  give(console, root, root + tty_group);
  bind_mount(console, dev / "console", false);
}

/// EC2's sign in /sys/hypervisor/uuid ("Detect whether a host is an EC2 instance" in the user guide): cloud-init looks
/// there before it asks the metadata service for a token. The kernel's own /sys has no place for it, so /sys is a
/// folder of ours with the kernel's folders bound into it.
void mount_sys(const std::filesystem::path& root, const std::string& instance_id) {
  const std::filesystem::path sys = root / "sys";
  const std::filesystem::path kernels = root / "run";  // /run is mounted over it afterwards
  mount_new("sysfs", kernels, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, nullptr);
  mount_new("tmpfs", sys, MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=1m");
  for (const auto& entry : std::filesystem::directory_iterator(kernels)) {
    const auto name = entry.path().filename();
    if (name == "hypervisor") continue;
    std::filesystem::create_directory(sys / name);
    bind_mount(entry.path(), sys / name, true);
  }
  must(::umount2(kernels.c_str(), MNT_DETACH) == 0, "let go of " + kernels.string());
  std::string digits = "ec2" + instance_id.substr(instance_id.find('-') + 1);
  digits.resize(32, '0');
  for (const std::size_t at : {8U, 13U, 18U, 23U}) digits.insert(at, "-");
  std::filesystem::create_directory(sys / "hypervisor");
  must(write_file(sys / "hypervisor/uuid", digits + "\n", 0444).has_value(), "write the hypervisor's id");
  must(::mount(nullptr, sys.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
               nullptr) == 0,
       "make /sys read-only");
}

/// What the host's root mounts for the machine, before the machine's own mount namespace is made: there, none of it can
/// be changed or taken away, because it came from a more powerful one (mount_namespaces(7), "Restrictions").
void mount_outer(const Guest& guest, const std::string& console) {
  must(::unshare(CLONE_NEWNS) == 0, "make a mount namespace");
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "make mounts private");
  mount_sys(guest.root, guest.instance_id);
  make_devices(guest, console);
  must(::chdir(guest.root.c_str()) == 0, "enter the root file system");
}

/// A file of the host as a mount that has no place yet.
Descriptor detached(const std::filesystem::path& file) {
  Descriptor mounted(::open_tree(AT_FDCWD, file.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  must(mounted.ok(), "open " + file.string());
  return mounted;
}

/// What the machine's root mounts for itself, in its working directory: what shows its own namespaces.
void mount_inner(const Descriptor& sysrq) {
  mount_new("proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  bind_mount("proc/sys", "proc/sys", true);
  // A machine's sysrq must never reach the host's kernel.
  if (::access("proc/sysrq-trigger", F_OK) == 0)
    must(::move_mount(sysrq.number(), "", AT_FDCWD, "proc/sysrq-trigger", MOVE_MOUNT_F_EMPTY_PATH) == 0, "bind sysrq");
  mount_new("cgroup2", "sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  mount_new("tmpfs", "run", MS_NOSUID | MS_NODEV, "mode=755");
  mount_new("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC,
            fmt::format("newinstance,ptmxmode=0666,mode=620,gid={}", tty_group).c_str());
  must(::symlink("pts/ptmx", "dev/ptmx") == 0, "make /dev/ptmx");
  mount_new("tmpfs", "dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
}

/// The working directory becomes the root. What came from the host cannot be moved, but a copy of it all can.
void change_root() {
  const Descriptor copy(::open_tree(AT_FDCWD, ".", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  must(copy.ok(), "copy the root file system");
  must(::move_mount(copy.number(), "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH) == 0, "move the root file system");
  must(::fchdir(copy.number()) == 0, "enter the root file system");
  // Stacked on itself and taken off: pivot_root(2), "pivot_root(".", ".")".
  must(::syscall(SYS_pivot_root, ".", ".") == 0, "change the root file system");
  must(::umount2(".", MNT_DETACH) == 0, "let go of the host's file systems");
  must(::chdir("/") == 0, "enter the root file system");
}

/// What root in a user namespace cannot do anyway: set the clock, load modules, reach hardware, make devices, read the
/// kernel's log. Without these, programs that look know it too.
void drop_capabilities() {
  for (const int capability : {CAP_SYS_TIME, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_MKNOD, CAP_SYSLOG})
    must(::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0, "drop a capability");
}

/// Its volumes are loop devices of the host's. What opens one for writing may give it another file, or take its file
/// away, after which the host gives it to others: the orders for that ('L' in linux/loop.h) are not for the machine. An
/// order's number is the second argument of ioctl, whose own number differs between kinds of programs.
void forbid_loop_orders() {
  constexpr auto nr = static_cast<__u32>(offsetof(struct seccomp_data, nr));
  constexpr auto order = static_cast<__u32>(offsetof(struct seccomp_data, args[1]));
  const std::array<struct sock_filter, 11> program = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, nr),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 54, 3, 0),                // 32-bit programs
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x40000000 + 514, 2, 0),  // x32
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x40000000 + 16, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, order),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xFFFFFF00),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x4C00, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const struct sock_fprog filter{static_cast<unsigned short>(program.size()),
                                 const_cast<struct sock_filter*>(program.data())};
  must(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0, "keep its volumes to themselves");
}

void reset_process() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(022);
}

/// Limits that root may set for itself on a machine of its own, but not in a user namespace: what systemd and the
/// guard ask for later is allowed beforehand.
void widen_limits() {
  const struct rlimit files{1'024, 1'048'576};
  ::setrlimit(RLIMIT_NOFILE, &files);
  static_cast<void>(write_setting("/proc/self/oom_score_adj", "-1000"));
}

void take_console() {
  ::setsid();
  ::ioctl(STDIN_FILENO, TIOCSCTTY, 0);
}

[[noreturn]] void become_init(const Guest& guest, const Descriptor& sysrq) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The kernel does not signal for a parent that had gone before that (seen as process 0, from inside the namespace,
  // in any case): the console's other end would be closed then, and init is killed by its control group.
  take_console();
  ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);  // the host's keys stay the host's
  static_cast<void>(write_setting("/proc/self/oom_score_adj", "0"));
  must(::sethostname(guest.host_name.data(), guest.host_name.size()) == 0, "set the host name");
  mount_inner(sysrq);
  change_root();
  drop_capabilities();
  forbid_loop_orders();
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  const char* const arguments[] = {"/sbin/init", nullptr};
  // systemd takes it from here that it is in a container (systemd(1), $container).
  const char* const environment[] = {"container=hotaru", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
                                     "TERM=linux", nullptr};
  ::execve(arguments[0], const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
  give_up("run /sbin/init");
}

/// From the host's root to the machine's.
void enter_owners(const Owners& owners) {
  must(::setns(owners.users.number(), CLONE_NEWUSER) == 0, "enter the user namespace");
  must(::setgroups(0, nullptr) == 0 && ::setresgid(0, 0, 0) == 0 && ::setresuid(0, 0, 0) == 0, "become its root");
  // That hides a process's files in /proc from itself.
  must(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0, "show the process to itself");
  must(::unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP) == 0, "make namespaces");
}

/// The process between: what needs the host's root is done by it, then it makes process 1, its parent's child, tells
/// its number and ends. (Who has entered a user namespace does not come back.)
[[noreturn]] void prepare_guest(const Guest& guest, const Terminal& terminal, const Descriptor& answer) {
  for (const int stream : {0, 1, 2}) ::dup2(terminal.theirs.number(), stream);
  reset_process();
  must(write_setting(guest.cgroup / "cgroup.procs", "0").has_value(), "enter the control group");
  for (const char* file : {"", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"})
    give(guest.cgroup / file, guest.owners.first, guest.owners.first);
  give(guest.sysrq, guest.owners.first, guest.owners.first);
  const Descriptor sysrq = detached(guest.sysrq);
  widen_limits();
  mount_outer(guest, terminal.path);
  enter_owners(guest.owners);
  const auto child = static_cast<pid_t>(::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, 0));
  must(child >= 0, "make process 1");
  if (child == 0) become_init(guest, sysrq);
  ::_exit(::write(answer.number(), &child, sizeof child) == sizeof child ? 0 : 1);
}

}  // namespace

Result<pid_t> start_guest(const Guest& guest, const Terminal& terminal) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("cannot start the machine", errno);
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  const pid_t between = ::fork();
  if (between < 0) return fail_errno("cannot start the machine", errno);
  if (between == 0) prepare_guest(guest, terminal, writing);
  writing.close();
  pid_t init = 0;
  const bool told = ::read(reading.number(), &init, sizeof init) == sizeof init;
  ::waitpid(between, nullptr, 0);
  if (told) return init;
  return fail(ErrorClass::io, "the machine could not be started; see its console");
}

GuestEnd how_it_ended(int wait_status) {
  if (!WIFSIGNALED(wait_status)) return GuestEnd::failed;
  if (WTERMSIG(wait_status) == SIGHUP) return GuestEnd::reboot;
  if (WTERMSIG(wait_status) == SIGINT) return GuestEnd::poweroff;
  return GuestEnd::killed;
}

}  // namespace hotaru::sim
