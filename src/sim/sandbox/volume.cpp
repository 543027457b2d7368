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
#include <optional>

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

/// Copies what lies at one place of both files.
bool copy_part(int from, int to, off_t start, off_t end) {
  off_t source = start;
  off_t target = start;
  while (source < end) {
    const ssize_t copied = ::copy_file_range(from, &source, to, &target, static_cast<std::size_t>(end - source), 0);
    if (copied <= 0) return false;
  }
  return true;
}

/// nullopt: it failed, see errno.
std::optional<std::int64_t> copy_content(int from, int to, off_t size) {
  std::int64_t bytes = 0;
  off_t start = 0;
  while ((start = ::lseek(from, start, SEEK_DATA)) >= 0) {
    const off_t end = ::lseek(from, start, SEEK_HOLE);
    if (end < 0 || !copy_part(from, to, start, end)) return std::nullopt;
    bytes += end - start;
    start = end;
  }
  if (errno != ENXIO || ::ftruncate(to, size) != 0) return std::nullopt;  // ENXIO: no data after it (lseek(2))
  return bytes;
}

/// The size of the ext4 file system in a file; 0 if there is none (Documentation/filesystems/ext4/super.rst).
std::int64_t file_system_size(const Descriptor& file) {
  constexpr off_t super_block = 1024;
  constexpr std::uint16_t ext4_magic = 0xEF53;
  std::uint32_t blocks = 0;
  std::uint32_t log_block_size = 0;
  std::uint16_t magic = 0;
  const auto read = [&](auto& value, off_t at) {
    return ::pread(file.number(), &value, sizeof value, super_block + at) == static_cast<ssize_t>(sizeof value);
  };
  if (!read(blocks, 4) || !read(log_block_size, 24) || !read(magic, 56) || magic != ext4_magic) return 0;
  return static_cast<std::int64_t>(blocks) * (1024LL << (log_block_size & 7U));
}

/// The source's content, in the size that the volume is to have.
Result<void> make_from_source(const std::filesystem::path& file, int gib) {
  if (auto copied = copy_volume(source_of(file), file); !copied) return pass(copied);
  const off_t size = static_cast<off_t>(gib) << 30;
  struct stat facts{};
  if (::stat(file.c_str(), &facts) == 0 && facts.st_size < size && ::truncate(file.c_str(), size) != 0)
    return fail_errno("cannot enlarge " + file.string(), errno);
  ::unlink(source_of(file).c_str());
  return {};
}

}  // namespace

Result<Loop> attach_loop(const std::filesystem::path& file) {
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
    if (::ioctl(loop.number(), LOOP_CONFIGURE, &config) == 0) return Loop{std::move(loop), device};
    if (errno != EBUSY) return fail_errno("cannot attach " + file.string() + " to " + device, errno);
  }
  return fail(ErrorClass::io, "no free loop device was found for " + file.string());
}

std::filesystem::path source_of(const std::filesystem::path& file) { return file.string() + ".from"; }

Result<std::int64_t> copy_volume(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::filesystem::path unfinished = to.string() + ".new";
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor target(::open(unfinished.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  struct stat facts{};
  if (!source.ok() || !target.ok() || ::fstat(source.number(), &facts) != 0)
    return fail_errno("cannot copy " + from.string(), errno);
  const auto bytes = copy_content(source.number(), target.number(), facts.st_size);
  if (bytes && ::rename(unfinished.c_str(), to.c_str()) == 0) return *bytes;
  const int number = errno;
  ::unlink(unfinished.c_str());
  return fail_errno("cannot copy " + from.string(), number);
}

Result<void> make_empty_volume(const std::filesystem::path& file, int gib) {
  if (::access(file.c_str(), F_OK) == 0) return {};
  if (auto folder = make_folder(file.parent_path(), 0700); !folder) return folder;
  const std::filesystem::path unfinished = file.string() + ".new";
  if (auto made = make_sparse_file(unfinished, gib); !made) return made;
  if (::rename(unfinished.c_str(), file.c_str()) != 0) return fail_errno("cannot make " + file.string(), errno);
  return {};
}

Result<void> fill_volume(Runner& runner, const std::filesystem::path& file) {
  constexpr std::int64_t worth_it = 1 << 26;  // what is left over at the end is less
  {
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat facts{};
    if (!opened.ok() || ::fstat(opened.number(), &facts) != 0) return fail_errno("cannot open " + file.string(), errno);
    const std::int64_t size = file_system_size(opened);
    if (size == 0 || facts.st_size - size < worth_it) return {};
  }
  // Exit code 1: errors were corrected, as resize2fs(8) wants it.
  const Command check{.argv = {"e2fsck", "-f", "-y", file.string()}, .timeout = std::chrono::minutes(5)};
  auto checked = runner.run(check);
  if (!checked) return pass(checked);
  return run_program(runner, {.argv = {"resize2fs", file.string()}, .timeout = std::chrono::minutes(5)},
                     "let the file system fill the volume");
}

Result<void> make_volume(Runner& runner, const std::filesystem::path& file, int gib) {
  if (::access(file.c_str(), F_OK) == 0) return {};
  if (::access(source_of(file).c_str(), F_OK) == 0) return make_from_source(file, gib);
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
  auto loop = attach_loop(file);
  if (!loop) return pass(loop);
  if (::mount(loop->device.c_str(), at.c_str(), "ext4", MS_NOATIME, nullptr) == 0) return {};
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
