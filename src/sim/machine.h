#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sim/disks.h"

namespace hotaru::sim {

/// A key that EC2 Instance Connect was sent for a user.
struct SpecKey {
  std::string user;
  std::string key;  ///< OpenSSH text
  TimePoint until;
};

/// A volume beside the root volume.
struct MachineDisk {
  std::string volume_id;
  std::string device;  ///< the name asked for: "/dev/sdf"
  int gib = 1;
  bool shared = false;  ///< Multi-Attach: other machines may have it too
  bool operator==(const MachineDisk&) const = default;
};

/// A network interface of a machine beyond its first one.
struct MachineInterface {
  std::string id;
  int device_index = 1;  ///< "eth1"
  std::string mac;
  std::string subnet_id;
  std::string subnet_cidr;
  std::string private_ip;
  std::string public_ip;                                       ///< "" if none
  std::vector<std::pair<std::string, std::string>> secondary;  ///< private addresses, and their public ones ("")
  bool operator==(const MachineInterface&) const = default;
};

/// All that a simulated machine needs to know to exist; filled by the API's model, kept by the machines as JSON.
struct MachineSpec {
  std::string instance_id;
  std::string region;
  std::string zone;
  std::string zone_id;
  std::string account_id;
  std::string vpc_id;
  std::string vpc_cidr;
  std::string subnet_id;
  std::string subnet_cidr;
  std::string network_interface_id;
  std::string mac;
  std::string private_ip;
  std::string private_dns;  ///< "ip-172-31-5-20.ec2.internal"
  std::string public_ip;    ///< "" if none
  std::string public_dns;
  std::vector<std::string> further_cidrs;                      ///< of the VPC, beyond vpc_cidr
  std::vector<std::pair<std::string, std::string>> secondary;  ///< private addresses, and their public ones ("")
  std::vector<MachineInterface> interfaces;                    ///< beyond the first
  bool dns_support = true;                                     ///< the VPC's enableDnsSupport
  std::string placement_group;
  int partition = 0;
  std::string reservation_id;
  std::string image_id;
  std::string image_family;  ///< "ubuntu", "amazon-linux", "debian": decides the default user
  std::string default_user;  ///< "ubuntu", "ec2-user", "admin"
  std::string instance_type;
  std::string architecture;
  int vcpus = 0;
  int memory_mib = 0;
  std::string gpu_name;    ///< "T4"; "" without one
  int gpu_count = 0;       ///< simulated GPUs to show
  int gpu_memory_mib = 0;  ///< of one GPU
  int local_nvme_gb = 0;
  std::string volume_id;  ///< the root volume
  int disk_gib = 8;
  std::string root_device_name;
  std::vector<MachineDisk> disks;  ///< attached, or about to be
  std::string key_name;
  std::string public_key;                    ///< OpenSSH text; "" without a key pair
  std::string user_data;                     ///< raw bytes
  std::vector<std::string> security_groups;  ///< names
  std::vector<std::string> security_group_ids;
  std::vector<std::pair<std::string, std::string>> tags;  ///< shown in metadata only if metadata_tags
  std::string iam_profile_arn;
  std::string iam_profile_id;
  std::string iam_role;     ///< of the profile; "" if it has none
  std::string iam_role_id;  ///< "AROA…"
  std::string session_key;  ///< makes the role's sessions for this instance (iam/sessions.h)
  std::vector<SpecKey> pushed_keys;
  std::string lifecycle;  ///< "on-demand" or "spot"
  bool metadata_enabled = true;
  bool metadata_tokens_required = false;  ///< IMDSv2 only
  int metadata_hop_limit = 1;
  bool metadata_tags = false;
  bool unarmed = false;  ///< by scenario: a null machine does not say that a guard in its user data is armed
};

/// One allowed direction of traffic, as the router enforces it.
struct TrafficRule {
  std::string protocol;  ///< "tcp", "udp", "icmp", "-1" (all)
  int from_port = -1;    ///< -1: all
  int to_port = -1;
  std::string cidr;  ///< the other side; group references are resolved to private addresses by the API
  bool operator==(const TrafficRule&) const = default;
};

/// What an instance lets in and out.
struct Firewall {
  std::string instance_id;
  std::string private_ip;
  std::vector<TrafficRule> ingress;
  std::vector<TrafficRule> egress = {{"-1", -1, -1, "0.0.0.0/0"}};
  bool internet = true;                ///< its subnet has a route to the internet
  std::vector<Firewall> further = {};  ///< of the interfaces beyond the first, by their private addresses
};

enum class MachineState {
  waiting,   ///< `start` was asked for it, and its turn has yet to come
  starting,  ///< made, not booted through yet
  booted,    ///< booted (both status checks would pass)
  ended,     ///< no longer running; see `how`
  absent,    ///< never existed, or erased
};

struct MachineStatus {
  MachineState state = MachineState::absent;
  std::string how;  ///< for `ended`: "poweroff", "killed", "failed: REASON", "died: CODE: SENTENCE" (EC2's, scripted)
  std::optional<TimePoint> when;
};

/// The machines behind the API: real sandboxes, or none at all (null kind). Thread-safe. Calls return when the work is
/// begun unless said otherwise; progress is read with `status`, and `on_change` is told of every change of state.
/// Machines outlive the sim's process: their supervisors go on, and `recover` finds them again.
class Machines {
 public:
  virtual ~Machines() = default;
  /// "sandbox" or "null".
  virtual std::string kind() const = 0;
  /// Public addresses that may be handed out, as a CIDR (198.18.x.0/22 for sandboxes, 127.64.0.0/10 for null).
  virtual std::string public_range() const = 0;
  /// The address from which this machine's programs are seen by the instances (what a checkip service must answer):
  /// "198.18.x.1" for sandboxes, "127.0.0.1" for null.
  virtual std::string caller_address() const = 0;
  /// Makes the root volume if it is not there, and boots. Also used to boot a stopped machine again (new addresses,
  /// user data and so on are taken from the spec). It may wait for its turn first, and fail later: then it has ended.
  virtual Result<void> start(const MachineSpec& spec, const Firewall& firewall) = 0;
  /// Metadata that may change while it runs: user data, tags, metadata options.
  virtual Result<void> update(const MachineSpec& spec) = 0;
  /// Brings what is attached to a machine in line with the spec's disks. `conflict` if a volume that it is to let go
  /// of is still open inside; with `force` whatever has it open is ended. A machine that does not run takes them when
  /// it starts.
  virtual Result<void> set_disks(const MachineSpec& spec, bool force) = 0;
  /// What volumes and snapshots hold.
  virtual Disks& disks() = 0;
  /// A running machine's rules; they hold from the VPC's next `apply_firewalls` on.
  virtual Result<void> set_firewall(const Firewall& firewall) = 0;
  virtual Result<void> apply_firewalls(const std::string& vpc_id) = 0;
  /// Asks it to shut down (as ACPI does); forced after a bounded time, or at once with `force`.
  virtual Result<void> stop(const std::string& instance_id, bool force) = 0;
  virtual Result<void> reboot(const std::string& instance_id) = 0;
  /// Ends it; its volumes stay (see `disks`).
  virtual Result<void> erase(const std::string& instance_id) = 0;
  virtual MachineStatus status(const std::string& instance_id) = 0;
  /// All that was written on its console since its first boot (the last 64 KiB).
  virtual Result<std::string> console(const std::string& instance_id) = 0;
  /// Called once at start, before anything else: finds the machines that an earlier process of the sim left running.
  virtual Result<void> recover() = 0;
  /// Ends all machines and removes every process, mount, namespace, link, route and rule of this sim; with
  /// `erase_volumes` the disks too (`sim reset`), else they stay for the next start (`sim stop`).
  virtual Result<void> shut_down(bool erase_volumes) = 0;
  virtual void on_change(std::function<void(const std::string& instance_id, const MachineStatus&)> listener) = 0;
  /// Machines whose status may have changed since this was last called; nullopt: any may have.
  virtual std::optional<std::vector<std::string>> take_changed() { return std::nullopt; }
  /// Whether rules are enforced: where not, nobody needs to tell them (`start` is given none, `set_firewall` and
  /// `apply_firewalls` are not called).
  virtual bool has_network() const { return true; }
};

}  // namespace hotaru::sim
