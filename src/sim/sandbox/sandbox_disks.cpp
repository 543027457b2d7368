#include "sim/sandbox/sandbox_disks.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "sim/sandbox/system.h"
#include "sim/sandbox/volume.h"

namespace hotaru::sim {

namespace {

bool is_there(const std::filesystem::path& file) { return ::access(file.c_str(), F_OK) == 0; }

Descriptor open_folder(const std::filesystem::path& folder) {
  return Descriptor(folder.empty() ? -1 : ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// A mounted file system of which nothing changes for as long as this lives, so that a copy of its file is whole.
class Frozen {
 public:
  explicit Frozen(const std::filesystem::path& mounted) : folder_(open_folder(mounted)) {
    if (folder_.ok()) ::syncfs(folder_.number());
    frozen_ = folder_.ok() && ::ioctl(folder_.number(), FIFREEZE, 0) == 0;
  }
  ~Frozen() {
    if (frozen_) ::ioctl(folder_.number(), FITHAW, 0);
  }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  Descriptor folder_;
  bool frozen_ = false;
};

Descriptor open_loop(const std::filesystem::path& file) {
  const std::string loop = loop_device_of(file);
  return Descriptor(loop.empty() ? -1 : ::open(("/dev/" + loop).c_str(), O_RDONLY | O_CLOEXEC));
}

/// Another name of the same file, which must not be there yet.
Result<void> link_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (auto made = make_folder(to.parent_path(), 0700); !made) return made;
  if (::link(from.c_str(), to.c_str()) == 0 || errno == EEXIST) return {};
  return fail_errno("cannot make " + to.string(), errno);
}

void keep_in(const std::filesystem::path& folder, const std::set<std::string>& ids) {
  std::vector<std::filesystem::path> others;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    const std::string name = entry.path().filename();
    if (!ids.contains(name.substr(0, name.find('.')))) others.push_back(entry.path());
  }
  for (const auto& other : others) std::filesystem::remove(other, problem);
}

}  // namespace

void thaw(const std::filesystem::path& mounted) {
  const Descriptor folder = open_folder(mounted);
  if (folder.ok()) ::ioctl(folder.number(), FITHAW, 0);
}

Result<void> SandboxDisks::make_volume(const std::string& volume_id, int gib, const std::string& snapshot_id) {
  const auto file = volume(volume_id);
  if (is_there(file)) return {};
  if (snapshot_id.empty()) return make_empty_volume(file, gib);
  return is_there(snapshot(snapshot_id)) ? link_file(snapshot(snapshot_id), source_of(file)) : Result<void>{};
}

Result<void> SandboxDisks::grow_volume(const std::string& volume_id, int gib) {
  const auto file = volume(volume_id);
  if (!is_there(file)) return {};
  if (::truncate(file.c_str(), static_cast<off_t>(gib) << 30) != 0)
    return fail_errno("cannot enlarge " + file.string(), errno);
  const Descriptor loop = open_loop(file);
  if (loop.ok() && ::ioctl(loop.number(), LOOP_SET_CAPACITY, 0) != 0)
    return fail_errno("cannot enlarge the device of " + file.string(), errno);
  return {};
}

void SandboxDisks::erase_volume(const std::string& volume_id) {
  std::error_code ignored;
  for (const auto& file : {volume(volume_id), source_of(volume(volume_id))}) std::filesystem::remove(file, ignored);
}

bool SandboxDisks::in_use(const std::string& volume_id) { return !loop_device_of(volume(volume_id)).empty(); }

Result<std::optional<std::int64_t>> SandboxDisks::take_snapshot(const std::string& volume_id,
                                                                const std::string& snapshot_id) {
  const auto file = volume(volume_id);
  const auto to = snapshot(snapshot_id);
  if (auto made = make_folder(to.parent_path(), 0700); !made) return pass(made);
  const bool unused = !is_there(file) && is_there(source_of(file));
  if (unused) {
    if (auto linked = link_file(source_of(file), to); !linked) return pass(linked);
    struct stat facts{};
    return ::stat(to.c_str(), &facts) == 0 ? std::optional<std::int64_t>(facts.st_blocks * 512) : 0;
  }
  if (!is_there(file)) return 0;  // never used: its snapshot has no file either
  const Frozen frozen(mounted_(volume_id));
  const Descriptor loop = open_loop(file);
  if (loop.ok()) ::fsync(loop.number());  // what the device itself keeps in memory
  auto copied = copy_volume(file, to);
  if (!copied) return pass(copied);
  return *copied;
}

Result<void> SandboxDisks::copy_snapshot(const std::string& from, const std::string& to) {
  return is_there(snapshot(from)) ? link_file(snapshot(from), snapshot(to)) : Result<void>{};
}

void SandboxDisks::erase_snapshot(const std::string& snapshot_id) {
  std::error_code ignored;
  std::filesystem::remove(snapshot(snapshot_id), ignored);
}

void SandboxDisks::keep_only(const std::set<std::string>& volume_ids, const std::set<std::string>& snapshot_ids) {
  keep_in(state_ / "volumes", volume_ids);
  keep_in(state_ / "snapshots", snapshot_ids);
}

}  // namespace hotaru::sim
