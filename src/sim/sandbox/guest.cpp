#include "sim/sandbox/guest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

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

void make_devices(const std::filesystem::path& dev, const std::string& console) {
  mount_new("tmpfs", dev, MS_NOSUID, "mode=755,size=1m");
  struct Node {
    const char* name;
    unsigned major;
    unsigned minor;
  };
  // The numbers are the kernel's (Documentation/admin-guide/devices.txt).
  for (const Node& node : {Node{"null", 1, 3}, Node{"zero", 1, 5}, Node{"full", 1, 7}, Node{"random", 1, 8},
                           Node{"urandom", 1, 9}, Node{"tty", 5, 0}}) {
    const auto path = dev / node.name;
    must(::mknod(path.c_str(), S_IFCHR | 0666, makedev(node.major, node.minor)) == 0, "make " + path.string());
    ::chmod(path.c_str(), 0666);
  }
  mount_new("devpts", dev / "pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620,gid=5");
  must(::symlink("pts/ptmx", (dev / "ptmx").c_str()) == 0, "make /dev/ptmx");
  mount_new("tmpfs", dev / "shm", MS_NOSUID | MS_NODEV, "mode=1777");
  const Descriptor place(::open((dev / "console").c_str(), O_CREAT | O_CLOEXEC, 0600));
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
  mount_new("cgroup2", sys / "fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  must(::mount(nullptr, sys.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
               nullptr) == 0,
       "make /sys read-only");
}

void mount_all(const Guest& guest, const std::string& console) {
  const auto& root = guest.root;
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "make mounts private");
  mount_new("proc", root / "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  mount_sys(root, guest.instance_id);
  mount_new("tmpfs", root / "run", MS_NOSUID | MS_NODEV, "mode=755");
  make_devices(root / "dev", console);
  bind_mount(root / "proc/sys", root / "proc/sys", true);
  // A machine's sysrq must never reach the host's kernel.
  if (::access((root / "proc/sysrq-trigger").c_str(), F_OK) == 0)
    bind_mount(guest.sysrq, root / "proc/sysrq-trigger", false);
}

void change_root(const std::filesystem::path& root) {
  must(::chdir(root.c_str()) == 0, "enter the root file system");
  // Stacked on itself and taken off: pivot_root(2), "pivot_root(".", ".")".
  must(::syscall(SYS_pivot_root, ".", ".") == 0, "change the root file system");
  must(::umount2(".", MNT_DETACH) == 0, "let go of the host's file systems");
  must(::chdir("/") == 0, "enter the root file system");
}

/// What a machine must not do to the host: set its clock, load modules, reach hardware, make devices, read its log.
void drop_capabilities() {
  for (const int capability : {CAP_SYS_TIME, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_MKNOD, CAP_SYSLOG})
    must(::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0, "drop a capability");
}

void reset_process() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(022);
  static_cast<void>(write_setting("/proc/self/oom_score_adj", "0"));
}

void take_console(const Terminal& terminal) {
  ::setsid();
  ::ioctl(terminal.theirs.number(), TIOCSCTTY, 0);
  for (const int stream : {0, 1, 2}) ::dup2(terminal.theirs.number(), stream);
}

[[noreturn]] void become_init(const Guest& guest, const Terminal& terminal) {
  take_console(terminal);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The kernel does not signal for a parent that had gone before that (seen as process 0, from inside the namespace,
  // in any case): the console's other end would be closed then, and init is killed by its control group.
  reset_process();
  must(write_setting(guest.cgroup / "cgroup.procs", "0").has_value(), "enter the control group");
  must(::unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP) == 0, "make namespaces");
  must(::sethostname(guest.host_name.data(), guest.host_name.size()) == 0, "set the host name");
  mount_all(guest, terminal.path);
  change_root(guest.root);
  drop_capabilities();
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  const char* const arguments[] = {"/sbin/init", nullptr};
  // systemd takes it from here that it is in a container (systemd(1), $container).
  const char* const environment[] = {"container=hotaru", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
                                     "TERM=linux", nullptr};
  ::execve(arguments[0], const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
  give_up("run /sbin/init");
}

}  // namespace

Result<pid_t> start_guest(const Guest& guest, const Terminal& terminal) {
  const Descriptor own(::open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  if (!own.ok()) return fail_errno("cannot open our process namespace", errno);
  if (::unshare(CLONE_NEWPID) != 0) return fail_errno("cannot make a process namespace", errno);
  const pid_t child = ::fork();
  const int number = errno;
  if (child == 0) become_init(guest, terminal);
  // Back to our own for later children: a namespace whose first process has ended takes no others.
  if (::setns(own.number(), CLONE_NEWPID) != 0) return fail_errno("cannot return to our process namespace", errno);
  if (child < 0) return fail_errno("cannot start the machine", number);
  return child;
}

GuestEnd how_it_ended(int wait_status) {
  if (!WIFSIGNALED(wait_status)) return GuestEnd::failed;
  if (WTERMSIG(wait_status) == SIGHUP) return GuestEnd::reboot;
  if (WTERMSIG(wait_status) == SIGINT) return GuestEnd::poweroff;
  return GuestEnd::killed;
}

}  // namespace hotaru::sim
