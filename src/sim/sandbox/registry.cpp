#include "sim/sandbox/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"

namespace hotaru::sim {

namespace {

constexpr int lease_count = 128;             // a /15 holds so many /22
constexpr Duration patience{30'000};         // a reclaim under the lock may have to end machines
constexpr std::uint32_t first = 0xC6120000;  // 198.18.0.0

Result<FileLock> lock_registry(const std::filesystem::path& folder, Clock& clock) {
  if (auto made = make_folder(folder, 0755); !made) return pass(made);
  auto lock = FileLock::acquire(folder / "registry.lock", clock, patience);
  if (!lock) return pass(lock);
  if (!*lock) return fail(ErrorClass::conflict, "another hotaru sim holds the registry in " + folder.string());
  return std::move(**lock);
}

}  // namespace

std::string Lease::prefix() const { return fmt::format("ht{:02x}", number); }

Range Lease::range() const { return Range{first + static_cast<std::uint32_t>(number) * 1024, 22}; }

Result<std::vector<Lease>> Registry::read() const {
  auto text = read_file(file());
  std::vector<Lease> leases;
  if (!text && text.error().kind == ErrorClass::not_found) return leases;
  if (!text) return pass(text);
  try {
    const auto json = parse_own_json(*text);
    for (const auto& entry : json.at("leases"))
      leases.push_back({entry.at("number").get<int>(), entry.at("state").get<std::string>()});
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorClass::io, file().string() + " is damaged",
                "remove it when no hotaru sim is running on this machine");
  }
  return leases;
}

Result<void> Registry::write(const std::vector<Lease>& leases) const {
  nlohmann::json entries = nlohmann::json::array();
  for (const Lease& lease : leases) entries.push_back({{"number", lease.number}, {"state", lease.state}});
  return write_file(file(), nlohmann::json{{"leases", entries}}.dump(1) + "\n", 0644);
}

Result<Lease> Registry::acquire(const std::filesystem::path& state, const std::function<bool(const Lease&)>& reclaim) {
  auto lock = lock_registry(folder_, clock_);
  if (!lock) return pass(lock);
  auto leases = read();
  if (!leases) return pass(leases);
  std::erase_if(*leases, [&](const Lease& lease) {
    std::error_code problem;
    return lease.state != state && !std::filesystem::exists(lease.state, problem) && reclaim(lease);
  });
  const auto own = std::ranges::find(*leases, state.string(), &Lease::state);
  if (own != leases->end()) {
    Lease found = *own;
    if (auto written = write(*leases); !written) return pass(written);
    return found;
  }
  for (int number = 0; number < lease_count; ++number) {
    if (std::ranges::find(*leases, number, &Lease::number) != leases->end()) continue;
    leases->push_back({number, state});
    if (auto written = write(*leases); !written) return pass(written);
    return leases->back();
  }
  return fail(ErrorClass::conflict, "128 sims share this machine already",
              "remove one with: hotaru sim reset (or start this one with --kind null)");
}

Result<void> Registry::release(const std::filesystem::path& state) {
  auto lock = lock_registry(folder_, clock_);
  if (!lock) return pass(lock);
  auto leases = read();
  if (!leases) return pass(leases);
  std::erase_if(*leases, [&](const Lease& lease) { return lease.state == state; });
  return write(*leases);
}

Result<std::vector<Lease>> Registry::leases() const { return read(); }

}  // namespace hotaru::sim
