#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sim/sandbox/addresses.h"

namespace hotaru::sim {

/// What a sim may use on this machine, and no other sim does.
struct Lease {
  int number = 0;              ///< 0–127: which /22 of 198.18.0.0/15 (RFC 2544: set aside for tests between networks)
  std::string state;           ///< the state folder of the sim that holds it
  std::string prefix() const;  ///< of all its links, network namespaces and control groups: "ht07"
  Range range() const;
  std::string caller_address() const { return range().at(1); }
  std::string gateway_address() const { return range().at(2); }
};

/// Where sims of different users, checkouts and tests on one machine agree on who uses which addresses and names.
/// A folder with a locked file; in the product /run/hotaru-sim, so that it is gone when the machine restarts, as the
/// links and namespaces are.
class Registry {
 public:
  Registry(std::filesystem::path folder, Clock& clock) : folder_(std::move(folder)), clock_(clock) {}
  static std::filesystem::path usual_folder() { return "/run/hotaru-sim"; }

  /// The sim's lease; a new one if it has none. Leases of sims whose state folder is gone are given up first: `reclaim`
  /// removes what they left and says whether all of it went.
  Result<Lease> acquire(const std::filesystem::path& state, const std::function<bool(const Lease&)>& reclaim);
  /// The sim needs its addresses and names no longer.
  Result<void> release(const std::filesystem::path& state);
  Result<std::vector<Lease>> leases() const;

 private:
  Result<std::vector<Lease>> read() const;
  Result<void> write(const std::vector<Lease>& leases) const;
  std::filesystem::path file() const { return folder_ / "registry.json"; }

  std::filesystem::path folder_;
  Clock& clock_;
};

}  // namespace hotaru::sim
