#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/process.h"
#include "sim/sandbox/records.h"

namespace hotaru::sim {

constexpr int link_mtu = 9001;  // EC2's, inside a VPC

/// Settings of a network namespace, made before its links so that they inherit them.
Result<void> settle_network(const std::vector<std::pair<const char*, const char*>>& settings);

/// A machine's link to its router: "eth0", or one of an interface beyond the first.
struct MachineLink {
  std::string router_side;  ///< its name there
  std::string device;       ///< its name in the machine
  int index = 0;
  std::string mac;
  std::string subnet_cidr;
  std::string private_ip;
  std::vector<std::string> secondary;
  bool operator==(const MachineLink&) const = default;
};
std::vector<MachineLink> links_of(const MachineSpec& spec);

/// Connects a machine: links between its network namespace (the calling process's) and its VPC's router, and their
/// addresses.
Result<void> connect_machine(Runner& runner, const MachineSpec& spec, const MachineSetup& setup);
/// Takes back what `connect_machine` did, outside of the machine, and the host's routes to its public addresses;
/// harmless if it is done already. Called with the host's network namespace.
void disconnect_machine(Runner& runner, const MachineSpec& spec, const MachineSetup& setup,
                        const std::filesystem::path& host_network);
/// Makes the links of a machine that runs what its spec now says: interfaces and secondary addresses come and go. Its
/// network namespace is that of a process.
Result<void> change_links(Runner& runner, const MachineSpec& before, const MachineSpec& after,
                          const MachineSetup& setup, pid_t process);

}  // namespace hotaru::sim
