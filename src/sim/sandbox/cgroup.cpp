#include "sim/sandbox/cgroup.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/file.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

std::optional<std::filesystem::path> unified_hierarchy() {
  for (const char* folder : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    struct statfs facts{};
    if (::statfs(folder, &facts) == 0 && facts.f_type == CGROUP2_SUPER_MAGIC) return folder;
  }
  return std::nullopt;
}

Result<void> Cgroup::make() const { return make_folder(folder_, 0755); }

Result<void> Cgroup::add(int process) const { return write_setting(folder_ / "cgroup.procs", std::to_string(process)); }

bool Cgroup::populated() const {
  const auto events = read_file(folder_ / "cgroup.events");
  return events && events->find("populated 1") != std::string::npos;
}

void Cgroup::kill() const { static_cast<void>(write_setting(folder_ / "cgroup.kill", "1")); }

bool Cgroup::remove() const {
  std::error_code problem;
  std::vector<std::filesystem::path> folders{folder_};
  for (std::filesystem::recursive_directory_iterator entry(folder_, problem), end; entry != end && !problem;
       entry.increment(problem)) {
    if (entry->is_directory(problem)) folders.push_back(entry->path());
  }
  std::ranges::sort(folders, std::greater<>{});  // what lies below comes first
  bool all = true;
  for (const auto& folder : folders) all = (::rmdir(folder.c_str()) == 0 || errno == ENOENT) && all;
  return all;
}

bool Cgroup::destroy(Clock& clock, Duration patience) const {
  return await(clock, patience, [this] {
    if (populated()) kill();
    return remove();
  });
}

}  // namespace hotaru::sim
