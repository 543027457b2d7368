#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

/// What the sim knows about, as values. Each has an id that is its key; tags are kept apart, by resource id.
/// A new field needs its name in model_json.cpp too, and a default: rows written by an older version lack it.
namespace hotaru::sim {

struct Vpc {
  std::string id;
  std::string cidr;
  bool is_default = false;
};

struct Subnet {
  std::string id;
  std::string vpc_id;
  std::string cidr;
  std::string zone;     ///< "us-east-1a"
  std::string zone_id;  ///< "use1-az1"
  bool default_for_zone = false;
  bool map_public_ip = false;  ///< MapPublicIpOnLaunch
};

struct InternetGateway {
  std::string id;
  std::string vpc_id;  ///< "" while detached
};

struct Route {
  std::string destination;  ///< CIDR
  std::string gateway_id;   ///< "local" or "igw-…"
};
struct RouteTable {
  std::string id;
  std::string vpc_id;
  bool main = false;
  std::string main_association_id;  ///< "rtbassoc-…"
  std::vector<Route> routes;
};

/// One rule as DescribeSecurityGroupRules tells it: exactly one other side.
struct SecurityGroupRule {
  std::string id;  ///< "sgr-…"
  bool egress = false;
  std::string protocol;  ///< "tcp", "udp", "icmp", "icmpv6", "-1" or a protocol number
  int from_port = -1;
  int to_port = -1;
  std::string cidr;      ///< IPv4
  std::string cidr6;     ///< IPv6
  std::string group_id;  ///< referenced group
  std::string description;
};
struct SecurityGroup {
  std::string id;
  std::string name;
  std::string vpc_id;
  std::string description;
  std::vector<SecurityGroupRule> rules;
};

struct KeyPair {
  std::string id;  ///< "key-…"
  std::string name;
  std::string type;  ///< "rsa" or "ed25519"
  std::string fingerprint;
  std::string public_key;  ///< OpenSSH text, as given
  TimePoint created;
};

/// Built in; not stored.
struct Image {
  std::string id;
  std::string name;
  std::string description;
  std::string owner_id;
  std::string owner_alias;   ///< "amazon" or ""
  std::string architecture;  ///< "x86_64", "arm64"
  std::string family;        ///< "ubuntu", "amazon-linux", "debian": decides the default user
  std::string default_user;
  std::string root_device_name;
  std::string snapshot_id;
  int root_volume_gib = 8;
  std::string creation_date;
  std::string boot_mode;
};

struct VolumeAttachment {
  std::string instance_id;
  std::string device;
  std::string state;  ///< "attaching", "attached", "detaching", "detached"
  TimePoint attach_time;
  bool delete_on_termination = false;
};
struct Volume {
  std::string id;
  std::string zone;
  std::string zone_id;
  int size_gib = 8;
  std::string type = "gp3";
  int iops = 3000;
  int throughput = 125;
  bool encrypted = false;
  std::string kms_key_id;
  std::string snapshot_id;
  std::string state = "in-use";  ///< "creating", "available", "in-use", "deleting", "deleted"
  TimePoint created;
  std::vector<VolumeAttachment> attachments;
};

struct NetworkInterface {
  std::string id;
  std::string vpc_id;
  std::string subnet_id;
  std::string zone;
  std::string description;
  std::string mac;
  std::string private_ip;
  std::string private_dns;
  std::string public_ip;  ///< "" if none
  std::string public_dns;
  std::vector<std::string> group_ids;
  std::string instance_id;  ///< "" while detached
  std::string attachment_id;
  int device_index = 0;
  bool delete_on_termination = true;
  TimePoint attach_time;
  std::string status = "in-use";
};

/// Time that is billed: from `running` to `stopping` or `shutting-down`. The exact bill is made of these.
struct RunningInterval {
  TimePoint start;
  std::optional<TimePoint> end;
  bool operator==(const RunningInterval&) const = default;
};

struct Instance {
  std::string id;
  std::string reservation_id;
  std::string client_token;
  std::string request_digest;  ///< of the parameters that came with the client token: IdempotentParameterMismatch
  std::string image_id;
  std::string instance_type;
  std::string architecture;
  std::string zone;
  std::string zone_id;
  std::string vpc_id;
  std::string subnet_id;
  std::vector<std::string> group_ids;
  std::string key_name;
  std::string public_key;  ///< as it was at launch
  std::string user_data;   ///< base64
  int launch_index = 0;
  TimePoint launch_time;  ///< of the last start
  TimePoint usage_operation_update_time;
  std::string state = "pending";  ///< "pending", "running", "shutting-down", "terminated", "stopping", "stopped"
  std::string state_reason_code;
  std::string state_reason_message;
  std::string transition_reason;  ///< "User initiated (2026-01-01 00:00:00 GMT)"
  std::optional<TimePoint> state_since;
  bool booted = false;  ///< both status checks pass
  std::string shutdown_behavior = "stop";
  bool disable_api_termination = false;
  bool disable_api_stop = false;
  bool ebs_optimized = true;
  bool source_dest_check = true;
  bool monitoring = false;
  std::string private_ip;
  std::string private_dns;
  std::string public_ip;
  std::string public_dns;
  std::string network_interface_id;
  std::string root_device_name;
  std::string root_volume_id;
  std::vector<std::string> volume_ids;
  std::string iam_profile_arn;
  std::string iam_profile_id;
  std::string lifecycle;  ///< "spot" or ""
  std::string spot_request_id;
  std::string metadata_http_tokens = "optional";
  std::string metadata_http_endpoint = "enabled";
  int metadata_hop_limit = 1;
  std::string metadata_tags = "disabled";
  std::string metadata_ipv6 = "disabled";
  TimePoint created;              ///< the first launch_time
  bool public_ip_wanted = false;  ///< each start gives it a new public address
  bool spot_persistent = false;   ///< only such a spot instance can be stopped
  std::string cpu_credits;        ///< "standard" or "unlimited" where credits were asked for
  std::vector<RunningInterval> intervals;
  bool operator==(const Instance&) const = default;
};

struct ResourceTags {
  std::string id;  ///< of the resource
  std::map<std::string, std::string> tags;
};

/// A value of an object's row. `encode` gives JSON; `decode` is false on a row that is not JSON.
template <class T>
std::string encode(const T& object);
template <class T>
bool decode(const std::string& json, T& object);

}  // namespace hotaru::sim
