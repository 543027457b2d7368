#include "sim/sandbox/host_check.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "sim/sandbox/cgroup.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

std::unexpected<Error> missing(const std::string& what, const std::string& mend) {
  return fail(ErrorClass::unsupported, "simulated instances cannot run here: " + what,
              (mend.empty() ? "" : mend + "; or, ") + "without sandboxes: hotaru sim start --kind null");
}

Result<void> check_programs() {
  std::vector<std::string> programs;
  std::vector<std::string> packages;
  const std::pair<const char*, const char*> needed[] = {
      {"ip", "iproute2"},         {"nft", "nftables"},          {"slirp4netns", "slirp4netns"},
      {"mkfs.ext4", "e2fsprogs"}, {"mmdebstrap", "mmdebstrap"}, {"apt-get", "apt"}};
  for (const auto& [program, package] : needed) {
    if (find_program(program)) continue;
    programs.emplace_back(program);
    packages.emplace_back(package);
  }
  if (programs.empty()) return {};
  return missing(join(programs, ", ") + (programs.size() == 1 ? " is" : " are") + " not installed",
                 "sudo apt-get install " + join(packages, " "));
}

/// fsopen(2) loads the kernel's module where there is one.
bool has_file_system(const char* name) {
  const Descriptor context(static_cast<int>(::syscall(SYS_fsopen, name, 1U /* FSOPEN_CLOEXEC */)));
  return context.ok() || errno == ENOSYS;
}

/// Tried in a child, so that nothing of it stays.
bool may_make_namespaces() {
  const pid_t child = ::fork();
  if (child == 0) {
    const int all =
        CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
    ::_exit(::unshare(all) == 0 ? 0 : 1);
  }
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Result<void> check_kernel() {
  for (const char* name : {"overlay", "ext4"})
    if (!has_file_system(name))
      return missing(fmt::format("the kernel knows no {} file system", name), fmt::format("sudo modprobe {}", name));
  const std::pair<const char*, const char*> devices[] = {{"/dev/loop-control", "loop"}, {"/dev/net/tun", "tun"}};
  for (const auto& [device, module] : devices)
    if (::access(device, R_OK | W_OK) != 0)
      return missing(fmt::format("there is no {}", device), fmt::format("sudo modprobe {}", module));
  if (!may_make_namespaces())
    return missing("namespaces may not be made", "run it outside of the container, or make that privileged");
  const auto hierarchy = unified_hierarchy();
  if (!hierarchy)
    return missing("the unified control group hierarchy is not mounted",
                   "sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup");
  const Cgroup probe(*hierarchy / fmt::format("hotaru-check-{}", ::getpid()));
  if (!probe.make())
    return missing("control groups may not be made in " + hierarchy->string(),
                   "run it outside of the container, or make that privileged");
  const bool kills = ::access((probe.folder() / "cgroup.kill").c_str(), W_OK) == 0;
  probe.remove();
  if (!kills) return missing("the kernel is older than 5.14", "use a newer one");
  return {};
}

}  // namespace

Result<void> check_host() {
  if (::geteuid() != 0) return missing("they need root", "run it with sudo");
  if (auto programs = check_programs(); !programs) return programs;
  return check_kernel();
}

}  // namespace hotaru::sim
