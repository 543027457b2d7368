#include "sim/sandbox/volume.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

constexpr int loop_attempts = 64;  // others take free loop devices at the same time

Result<void> make_sparse_file(const std::filesystem::path& file, int gib) {
  const Descriptor made(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!made.ok() || ::ftruncate(made.number(), static_cast<off_t>(gib) << 30) != 0)
    return fail_errno("cannot make the volume " + file.string(), errno);
  return {};
}

/// A free loop device over the file. Its descriptor must stay open until it is mounted.
Result<std::pair<Descriptor, std::string>> attach(const std::filesystem::path& file) {
  const Descriptor backing(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (!backing.ok()) return fail_errno("cannot open the volume " + file.string(), errno);
  const Descriptor control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control.ok()) return fail_errno("cannot open /dev/loop-control", errno);
  for (int attempt = 0; attempt < loop_attempts; ++attempt) {
    const int number = ::ioctl(control.number(), LOOP_CTL_GET_FREE);
    if (number < 0) return fail_errno("cannot get a loop device", errno);
    const std::string device = fmt::format("/dev/loop{}", number);
    Descriptor loop(::open(device.c_str(), O_RDWR | O_CLOEXEC));
    if (!loop.ok()) return fail_errno("cannot open " + device, errno);
    struct loop_config config{};
    config.fd = static_cast<__u32>(backing.number());
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    std::strncpy(reinterpret_cast<char*>(config.info.lo_file_name), file.c_str(), LO_NAME_SIZE - 1);
    if (::ioctl(loop.number(), LOOP_CONFIGURE, &config) == 0) return std::pair{std::move(loop), device};
    if (errno != EBUSY) return fail_errno("cannot attach " + file.string() + " to " + device, errno);
  }
  return fail(ErrorClass::io, "no free loop device was found for " + file.string());
}

}  // namespace

Result<void> make_volume(Runner& runner, const std::filesystem::path& file, int gib) {
  if (::access(file.c_str(), F_OK) == 0) return {};
  if (auto folder = make_folder(file.parent_path(), 0700); !folder) return folder;
  const std::filesystem::path unfinished = file.string() + ".new";
  if (auto made = make_sparse_file(unfinished, gib); !made) return made;
  const Command format{.argv = {"mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-E",
                                "lazy_itable_init=1,nodiscard,root_owner=0:0", unfinished.string()},
                       .timeout = std::chrono::seconds(60)};
  if (auto done = run_program(runner, format, "format the volume"); !done) return done;
  if (::rename(unfinished.c_str(), file.c_str()) != 0) return fail_errno("cannot make " + file.string(), errno);
  return {};
}

Result<void> mount_volume(Clock& clock, const std::filesystem::path& file, const std::filesystem::path& at) {
  if (!await(clock, std::chrono::seconds(20), [&] { return loop_device_of(file).empty(); }))
    return fail(ErrorClass::conflict, fmt::format("the volume {} is still in use", file.string()));
  if (auto folder = make_folder(at, 0700); !folder) return folder;
  auto device = attach(file);
  if (!device) return pass(device);
  if (::mount(device->second.c_str(), at.c_str(), "ext4", MS_NOATIME, nullptr) == 0) return {};
  return fail_errno("cannot mount the volume " + file.string(), errno);
}

Result<void> mount_root(const Owners& owners, const std::filesystem::path& image, const RootMounts& mounts) {
  for (const auto& folder : {mounts.volume / "upper", mounts.volume / "work", mounts.image, mounts.root})
    if (auto made = make_folder(folder, 0755); !made) return made;
  if (auto shown = mount_for(owners, image, mounts.image); !shown) return shown;
  if (auto shown = mount_for(owners, mounts.volume, mounts.volume); !shown) {
    ::umount2(mounts.image.c_str(), 0);
    return shown;
  }
  const std::string options =
      fmt::format("lowerdir={},upperdir={},workdir={}", overlay_option(mounts.image),
                  overlay_option(mounts.volume / "upper"), overlay_option(mounts.volume / "work"));
  // What the overlay itself makes is made as by who mounts it, and must have an owner in the volume.
  auto mounted = as_their_root(owners, [&]() -> Result<void> {
    if (::mount("overlay", mounts.root.c_str(), "overlay", MS_NODEV, options.c_str()) == 0) return {};
    Error error = system_error("cannot mount the root file system over " + image.string(), errno);
    if (errno == EINVAL && owners.first != 0) error.kind = ErrorClass::unsupported;
    return std::unexpected(std::move(error));
  });
  if (mounted) return mounted;
  for (const auto& shown : {mounts.volume, mounts.image}) ::umount2(shown.c_str(), 0);
  return mounted;
}

void unmount_root(const RootMounts& mounts) {
  for (const auto& mounted : {mounts.root, mounts.image, mounts.volume}) {
    while (::umount2(mounted.c_str(), 0) == 0) {
    }
    if (errno == EBUSY) ::umount2(mounted.c_str(), MNT_DETACH);
  }
}

std::string loop_device_of(const std::filesystem::path& file) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/block", problem)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("loop")) continue;
    const auto backing = read_file(entry.path() / "loop/backing_file");
    if (backing && trim(*backing) == file.string()) return name;
  }
  return "";
}

std::string overlay_option(const std::filesystem::path& path) {
  std::string option;
  for (const char character : path.string()) {
    if (character == ':' || character == ',' || character == '\\') option += '\\';
    option += character;
  }
  return option;
}

}  // namespace hotaru::sim
