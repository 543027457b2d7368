#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/process.h"
#include "sim/sandbox/records.h"
#include "sim/sandbox/registry.h"
#include "sim/sandbox/router_rules.h"

namespace hotaru::sim {

/// The network of one sim on this host: a router (a network namespace) for each VPC, with a link to the host and a way
/// out by slirp4netns. The host's own settings stay as they are. Not thread-safe.
class Network {
 public:
  Network(Lease lease, std::filesystem::path cgroup, std::filesystem::path logs, Runner& runner, Clock& clock);

  /// Packets to the sim's addresses that no machine has end here, not at the host's default route.
  Result<void> reserve_range();
  void unreserve_range();
  /// Makes the VPC's router, or mends it: after a restart of the host, or when its way out has died.
  Result<void> ensure_router(const std::string& vpc);
  /// Rules, public addresses and the host's routes to them.
  Result<void> apply_rules(const std::string& vpc, const std::vector<RouterMember>& members);
  /// The VPC's public addresses, for the machines' resolvers.
  std::filesystem::path names_file(const std::string& vpc) const;
  void remove_router(const std::string& vpc);
  /// The file that changes when the VPC's way out begins or ends (cgroup.events).
  std::filesystem::path way_out_events(const std::string& vpc) const;
  bool has_way_out(const std::string& vpc) const;
  /// Removes every router, link and address route of this sim, found by its prefix; whatever is left of a crash too.
  void remove_all();
  /// Whether anything that bears the prefix is there still.
  bool anything_left() const;

  std::filesystem::path router_path(const std::string& vpc) const;
  std::string uplink_name(const std::string& vpc) const;

 private:
  std::string router_name(const std::string& vpc) const;
  std::filesystem::path way_out_cgroup(const std::string& vpc) const;
  Result<void> make_router(const std::string& vpc);
  Result<void> open_way_out(const std::string& vpc);
  void reap_way_out(const std::string& vpc);
  Result<void> route_public_addresses(const std::string& vpc, const std::vector<RouterMember>& members);
  std::vector<std::string> routers() const;
  std::vector<std::string> uplinks() const;

  Lease lease_;
  std::filesystem::path cgroup_;
  std::filesystem::path logs_;
  Runner& runner_;
  Clock& clock_;
  std::map<std::string, pid_t> way_outs_;  ///< children of this process, to be reaped, by VPC
};

}  // namespace hotaru::sim
