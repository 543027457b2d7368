// The JSON files of the sim: what supervisors and the sim write down for one another, leases, the folder of a sim.
#include "base/file.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "sim/control/folder.h"
#include "sim/sandbox/records.h"
#include "sim/sandbox/registry.h"

namespace hotaru::sim {
namespace {

using fuzz::require;

/// A folder in which every file that is read is the one in memory.
struct House {
  House() {
    for (const char* name : {"registry.json", "info.json", "settings.json"})
      std::filesystem::create_symlink(file.path(), folder.path() / name);
  }
  fuzz::MemoryFile file;
  TemporaryFolder folder;
};

template <class Record>
void look_at(const House& house, std::string_view input, Result<Record> (*read)(const std::filesystem::path&)) {
  house.file.hold(input);
  const auto record = read(house.file.path());
  if (!record) return;
  const std::string written = to_json(*record);
  house.file.hold(written);
  const auto again = read(house.file.path());
  require(again && to_json(*again) == written, "a record written down reads the same");
}

}  // namespace

HOTARU_FUZZ(input) {
  static const House house;
  look_at(house, input, read_spec);
  look_at(house, input, read_firewall);
  look_at(house, input, read_setup);
  look_at(house, input, read_record);

  house.file.hold(input);
  FakeClock clock;
  if (const auto leases = Registry(house.folder.path(), clock).leases()) {
    for (const Lease& lease : *leases) {
      require(lease.number >= 0 && lease.number < 128, "a lease is one of those that there are");
      require(lease.range().text().starts_with("198.1"), "a lease lies in 198.18.0.0/15");
    }
  }
  const SimFolder folder(house.folder.path());
  if (const auto info = folder.info()) {
    require(info->pid > 0 && info->port > 0, "a sim has a process and a port");
    iso8601(info->since);
  }
  folder.settings();
}

}  // namespace hotaru::sim
