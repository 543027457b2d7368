#include "sim/sandbox/guest_disks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "sim/sandbox/volume.h"

namespace hotaru::sim {

namespace {

constexpr gid_t disk_group = 6;                           // Debian's and Ubuntu's
constexpr Duration former_use = std::chrono::seconds(5);  // by a machine that has just let go of it

std::string name_of(int number) { return fmt::format("nvme{}n1", number); }

/// As udev names it by the model and the serial number that EBS shows: the volume's id without its dash.
std::string id_link(const std::string& volume_id) {
  std::string serial = volume_id;
  std::erase(serial, '-');
  return "nvme-Amazon_Elastic_Block_Store_" + serial;
}

/// One that another machine has, too.
Result<Loop> join_loop(const std::string& device) {
  Loop loop{Descriptor(::open(device.c_str(), O_RDWR | O_CLOEXEC)), device};
  if (!loop.descriptor.ok()) return fail_errno("cannot open " + device, errno);
  return loop;
}

}  // namespace

Result<Descriptor> make_dev(const Owners& owners) {
  const Descriptor context(::fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!context.ok()) return fail_errno("cannot make the machine's /dev", errno);
  const std::string root = std::to_string(owners.first);
  for (const auto& [name, value] :
       {std::pair<const char*, std::string>{"mode", "755"}, {"size", "1m"}, {"uid", root}, {"gid", root}})
    if (::fsconfig(context.number(), FSCONFIG_SET_STRING, name, value.c_str(), 0) != 0)
      return fail_errno("cannot make the machine's /dev", errno);
  if (::fsconfig(context.number(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return fail_errno("cannot make the machine's /dev", errno);
  Descriptor dev(::fsmount(context.number(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID));
  if (!dev.ok()) return fail_errno("cannot make the machine's /dev", errno);
  return dev;
}

std::vector<std::string> names_of_device(const std::string& device) {
  std::string name = device.starts_with("/dev/") ? device.substr(5) : device;
  if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..") return {};
  if (name.starts_with("sd")) return {name, "xvd" + name.substr(2)};
  if (name.starts_with("xvd")) return {name, "sd" + name.substr(3)};
  return {name};
}

DiskReport GuestDisks::set(const std::filesystem::path& volumes, const std::vector<MachineDisk>& wanted) {
  std::set<std::string> ids;
  for (const MachineDisk& one : wanted) ids.insert(one.volume_id);
  for (auto one = attached_.begin(); one != attached_.end();) {
    const bool stays = ids.contains(one->first);
    if (!stays) hide(one->second);
    one = stays ? std::next(one) : attached_.erase(one);
  }
  DiskReport report;
  for (const MachineDisk& one : wanted)
    if (auto done = attach(volumes, one); !done) report.failed[one.volume_id] = done.error().message;
  for (const auto& [id, one] : attached_) report.attached[id] = name_of(one.number);
  return report;
}

Result<void> GuestDisks::attach(const std::filesystem::path& volumes, const MachineDisk& disk) {
  if (attached_.contains(disk.volume_id)) return {};
  const auto file = volumes / (disk.volume_id + ".img");
  if (auto made = make_volume(runner_, file, disk.gib); !made) return made;
  const std::string other = disk.shared ? loop_device_of(file) : "";
  if (other.empty() && !await(clock_, former_use, [&] { return loop_device_of(file).empty(); }))
    return fail(ErrorClass::conflict, fmt::format("the volume {} is still in use", disk.volume_id));
  auto loop = other.empty() ? attach_loop(file) : join_loop("/dev/" + other);
  if (!loop) return pass(loop);
  struct stat facts{};
  if (::fstat(loop->descriptor.number(), &facts) != 0) return fail_errno("cannot see " + loop->device, errno);
  Attached& one = attached_[disk.volume_id];
  one = {disk, std::move(loop->descriptor), facts.st_rdev, 0};
  one.number = free_number();
  show(one);
  return {};
}

/// 0 is the root volume's.
int GuestDisks::free_number() const {
  int number = 1;
  while (std::ranges::any_of(attached_, [&](const auto& one) { return one.second.number == number; })) ++number;
  return number;
}

void GuestDisks::show_in(const Descriptor& dev, uid_t owner) {
  dev_ = dev.number();
  owner_ = owner;
  // Made before the machine runs, and kept open: afterwards any name in there may be a link of its root's to anywhere.
  for (const char* folder : {"disk", "disk/by-id"})
    if (::mkdirat(dev_, folder, 0755) == 0) ::fchownat(dev_, folder, owner_, owner_, AT_SYMLINK_NOFOLLOW);
  by_id_ = Descriptor(::openat(dev_, "disk/by-id", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  for (const auto& [id, one] : attached_) show(one);
}

void GuestDisks::show(const Attached& one) const {
  if (dev_ < 0) return;
  const std::string name = name_of(one.number);
  if (::mknodat(dev_, name.c_str(), S_IFBLK | 0660, one.device) == 0)
    ::fchownat(dev_, name.c_str(), owner_, owner_ + disk_group, AT_SYMLINK_NOFOLLOW);
  const auto link = [&](const std::string& to, int folder, const std::string& at) {
    if (::symlinkat(to.c_str(), folder, at.c_str()) == 0)
      ::fchownat(folder, at.c_str(), owner_, owner_, AT_SYMLINK_NOFOLLOW);
  };
  for (const std::string& other : names_of_device(one.disk.device)) link(name, dev_, other);
  link("../../" + name, by_id_.number(), id_link(one.disk.volume_id));
}

void GuestDisks::hide(const Attached& one) const {
  if (dev_ < 0) return;
  ::unlinkat(dev_, name_of(one.number).c_str(), 0);
  for (const std::string& link : names_of_device(one.disk.device)) ::unlinkat(dev_, link.c_str(), 0);
  ::unlinkat(by_id_.number(), id_link(one.disk.volume_id).c_str(), 0);
}

}  // namespace hotaru::sim
