#include "sim/sandbox/owners.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

namespace hotaru::sim {

namespace {

/// All that the process may have is made effective again: giving up user 0 takes much of it away (capabilities(7),
/// "Effect of user ID changes on capabilities").
bool raise_capabilities() {
  struct __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<struct __user_cap_data_struct, 2> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
  for (auto& set : sets) set.effective = set.permitted;
  return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

/// The process that makes the namespaces; it keeps them until they were opened.
[[noreturn]] void hold_namespaces(uid_t maker, const Descriptor& ready) {
  const bool made = ::setresuid(static_cast<uid_t>(-1), maker, static_cast<uid_t>(-1)) == 0 && raise_capabilities() &&
                    ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
  const int outcome = made ? 0 : errno;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::write(ready.number(), &outcome, sizeof outcome) != sizeof outcome) ::_exit(1);
  ::pause();
  ::_exit(0);
}

Result<Owners> open_namespaces(pid_t holder, uid_t first) {
  const std::string process = fmt::format("/proc/{}/", holder);
  const std::string map = fmt::format("0 {} {}\n", first, Owners::count);
  for (const char* file : {"uid_map", "gid_map"})
    if (auto written = write_setting(process + file, map); !written) return pass(written);
  Owners owners{first, Descriptor(::open((process + "ns/user").c_str(), O_RDONLY | O_CLOEXEC)),
                Descriptor(::open((process + "ns/net").c_str(), O_RDONLY | O_CLOEXEC))};
  if (!owners.users.ok() || !owners.network.ok()) return fail_errno("cannot open the machine's namespaces", errno);
  return owners;
}

}  // namespace

uid_t choose_first_owner(Random& random) {
  // The range that is set aside for containers ("Users, Groups, UIDs and GIDs on systemd Systems").
  constexpr uid_t lowest = 0x0008;
  constexpr uid_t highest = 0x6FFF;
  return (lowest + static_cast<uid_t>(random.next() % (highest - lowest + 1))) * Owners::count;
}

Result<Owners> make_owners(uid_t first, uid_t maker) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("cannot make the machine's namespaces", errno);
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  const pid_t holder = ::fork();
  if (holder < 0) return fail_errno("cannot make the machine's namespaces", errno);
  if (holder == 0) hold_namespaces(maker, writing);
  writing.close();
  int outcome = ECHILD;
  if (::read(reading.number(), &outcome, sizeof outcome) != sizeof outcome) outcome = ECHILD;
  Result<Owners> owners = outcome == 0 ? open_namespaces(holder, first)
                                       : Result<Owners>(fail_errno("cannot make the machine's namespaces", outcome));
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  return owners;
}

Result<void> as_their_root(const Owners& owners, const std::function<Result<void>()>& work) {
  Result<void> result;
  std::thread inside([&] {
    ::setfsgid(owners.first);
    ::setfsuid(owners.first);
    result = raise_capabilities() ? work() : fail_errno("cannot take the machine's owners", errno);
  });
  inside.join();
  return result;
}

Result<void> mount_for(const Owners& owners, const std::filesystem::path& folder, const std::filesystem::path& at) {
  const Descriptor copy(::open_tree(AT_FDCWD, folder.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!copy.ok()) return fail_errno("cannot show " + folder.string(), errno);
  struct mount_attr map{};
  map.attr_set = MOUNT_ATTR_IDMAP;
  map.userns_fd = static_cast<__u64>(owners.users.number());
  if (owners.first != 0 && ::mount_setattr(copy.number(), "", AT_EMPTY_PATH, &map, sizeof map) != 0) {
    Error error = system_error("cannot map the owners of " + folder.string(), errno);
    error.kind = ErrorClass::unsupported;
    return std::unexpected(std::move(error));
  }
  if (::move_mount(copy.number(), "", AT_FDCWD, at.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return fail_errno("cannot show " + folder.string() + " at " + at.string(), errno);
  return {};
}

}  // namespace hotaru::sim
