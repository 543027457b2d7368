#include "sim/disks.h"

namespace hotaru::sim {

Result<void> Disks::make_volume(const std::string&, int, const std::string&) { return {}; }
Result<void> Disks::grow_volume(const std::string&, int) { return {}; }
void Disks::erase_volume(const std::string&) {}
bool Disks::in_use(const std::string&) { return false; }
Result<std::optional<std::int64_t>> Disks::take_snapshot(const std::string&, const std::string&) {
  return std::nullopt;
}
Result<void> Disks::copy_snapshot(const std::string&, const std::string&) { return {}; }
void Disks::erase_snapshot(const std::string&) {}
void Disks::keep_only(const std::set<std::string>&, const std::set<std::string>&) {}

}  // namespace hotaru::sim
