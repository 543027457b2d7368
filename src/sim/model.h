#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/shared_text.h"

/// What the sim knows about, as values. Each has an id that is its key; tags are kept apart, by resource id.
/// Those of which there may be a hundred thousand are made of SharedText.
/// A new field needs its name in model_json.cpp too, and a default: rows written by an older version lack it.
namespace hotaru::sim {

/// A CIDR block that was added to a VPC.
struct CidrAssociation {
  std::string id;  ///< "vpc-cidr-assoc-…"
  std::string cidr;
};
struct Vpc {
  std::string id;
  std::string cidr;
  bool is_default = false;
  std::string tenancy = "default";
  std::string dhcp_options_id = {};  ///< "": the region's own
  std::vector<CidrAssociation> further_cidrs = {};
  bool dns_support = true;
  std::optional<bool> dns_hostnames = {};  ///< nothing: default VPCs have them, others do not
  bool address_usage_metrics = false;
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
  std::string destination;                ///< CIDR
  std::string gateway_id;                 ///< "local" or "igw-…"
  std::string network_interface_id = {};  ///< in place of a gateway
};
struct RouteTableAssociation {
  std::string id;  ///< "rtbassoc-…"
  std::string subnet_id;
};
struct RouteTable {
  std::string id;
  std::string vpc_id;
  bool main = false;
  std::string main_association_id;  ///< "rtbassoc-…"
  std::vector<Route> routes;
  std::vector<RouteTableAssociation> associations = {};  ///< of subnets, by name
  std::string client_token = {};
};

/// Allocated to the account, and of an interface's private address while it is associated.
struct ElasticAddress {
  std::string id;  ///< "eipalloc-…"
  std::string public_ip;
  std::string association_id;  ///< "eipassoc-…"; "" while it is of none
  std::string network_interface_id;
  std::string private_ip;
  TimePoint allocated;
};

struct DhcpOption {
  std::string key;
  std::vector<std::string> values;
};
struct DhcpOptions {
  std::string id;  ///< "dopt-…"
  std::vector<DhcpOption> options;
};

struct PlacementGroup {
  std::string id;  ///< "pg-…"
  std::string name;
  std::string strategy;      ///< "cluster", "spread", "partition"
  std::string spread_level;  ///< "rack", "host"; "" unless it spreads
  int partitions = 0;
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

/// A block device that instances of an image have.
struct ImageDevice {
  std::string name;  ///< "/dev/sda1"
  std::string snapshot_id;
  std::string virtual_name;  ///< "ephemeral0": instance store
  int size_gib = 8;
  std::string type = "gp3";
  int iops = 3000;
  int throughput = 125;
  bool encrypted = false;
  std::string kms_key_id;
  bool delete_on_termination = true;
};
/// Those that are built in are not stored; those of the account are.
struct Image {
  std::string id;
  std::string name;
  std::string description;
  std::string owner_id;
  std::string owner_alias;   ///< "amazon", "aws-marketplace" or ""
  std::string architecture;  ///< "x86_64", "arm64"
  std::string family;        ///< "ubuntu", "amazon-linux", "debian", "deep-learning", "windows" …
  std::string default_user;
  std::string root_device_name;
  std::string snapshot_id;
  int root_volume_gib = 8;
  std::string creation_date;
  std::string boot_mode;
  std::string platform;  ///< "windows" or ""
  std::string platform_details = "Linux/UNIX";
  std::string usage_operation = "RunInstances";
  std::string product_code;             ///< of AWS Marketplace; "" for what is not sold there
  bool needs_imds_v2 = false;           ///< imds-support v2.0: instances of it require tokens unless told otherwise
  std::vector<std::string> parameters;  ///< of Systems Manager, public, that hold its id
  std::vector<ImageDevice> devices;     ///< the root device too
  /// "pending", "available", "failed", "disabled"; "deregistered" is kept for the sake of its instances, and not shown.
  std::string state = "available";
  bool is_public = true;
  std::vector<std::string> launch_users;  ///< accounts that may launch it
  std::string source_instance_id;
  std::string source_image_id;
  std::string source_image_region;
  std::string virtualization = "hvm";
  std::string kernel_id;
  std::string ramdisk_id;
  std::string sriov = "simple";
  std::string tpm_support;
  std::string deprecation_time;
  std::string client_token;
  std::string request_digest;
  bool ena_support = true;
};

/// The content of a volume at one time.
struct Snapshot {
  std::string id;
  std::string volume_id;
  std::string owner_id;
  std::string owner_alias;
  int size_gib = 8;
  std::string description;
  std::string state = "pending";  ///< "completed", "error"
  std::string state_message;
  TimePoint started;
  std::optional<TimePoint> completed;
  bool encrypted = false;
  std::string kms_key_id;
  bool is_public = false;
  std::vector<std::string> users;  ///< accounts that may make volumes of it
  std::int64_t bytes = 0;          ///< what it takes: it is billed
  std::string image_id;            ///< of whose root volume it was taken; "" of others
};

/// The last change of a volume, as DescribeVolumesModifications tells it.
struct VolumeModification {
  std::string id;  ///< the volume's
  int size = 0;
  int iops = 0;
  int throughput = 0;
  std::string type;
  bool multi_attach = false;
  int original_size = 0;
  int original_iops = 0;
  int original_throughput = 0;
  std::string original_type;
  bool original_multi_attach = false;
  TimePoint started;
  std::optional<TimePoint> ended;
  std::vector<TimePoint> recent;  ///< the starts of the last 24 hours: they are limited
};

/// What an account has set for a region, by name.
struct Setting {
  std::string id;  ///< "ebs-encryption-by-default" …
  std::string value;
};

struct VolumeAttachment {
  SharedText instance_id;
  SharedText device;
  SharedText state;  ///< "attaching", "attached", "detaching", "busy"
  TimePoint attach_time;
  bool delete_on_termination = false;
};
struct Volume {
  SharedText id;
  SharedText zone;
  SharedText zone_id;
  int size_gib = 8;
  SharedText type = "gp3";
  int iops = 3000;
  int throughput = 125;
  bool encrypted = false;
  SharedText kms_key_id;
  SharedText snapshot_id;
  SharedText state = "in-use";  ///< "creating", "available", "in-use", "deleting", "deleted"
  TimePoint created;
  std::vector<VolumeAttachment> attachments;
  SharedText made_for;  ///< the instance that it was made with: the bill tells of both together
  SharedText client_token;
  SharedText request_digest;
  bool auto_enable_io = false;
  bool multi_attach = false;
  std::optional<TimePoint> billed_from = {};  ///< since when it is what it is; all before is written down
};

/// A secondary private address of an interface.
struct PrivateAddress {
  SharedText private_ip;
  SharedText private_dns;
  SharedText public_ip = {};  ///< elastic; "" if none
  SharedText public_dns = {};
};
struct NetworkInterface {
  SharedText id;
  SharedText vpc_id;
  SharedText subnet_id;
  SharedText zone;
  SharedText description;
  SharedText mac;
  SharedText private_ip;
  SharedText private_dns;
  SharedText public_ip;  ///< "" if none
  SharedText public_dns;
  std::vector<SharedText> group_ids;
  SharedText instance_id;  ///< "" while detached
  SharedText attachment_id;
  int device_index = 0;
  bool delete_on_termination = true;
  TimePoint attach_time;
  SharedText status = "in-use";
  std::vector<PrivateAddress> secondary = {};
  bool source_dest_check = true;  ///< of an instance's first interface the instance knows it
  SharedText client_token = {};
};

/// Time that is billed: from `running` to `stopping` or `shutting-down`. The exact bill is made of these.
struct RunningInterval {
  TimePoint start;
  std::optional<TimePoint> end;
  std::optional<TimePoint> booted = {};  ///< since when its status checks pass
  SharedText instance_type = {};
  std::int64_t nano_usd_per_hour = 0;  ///< on demand, when it began; 0: the price is not known
  bool operator==(const RunningInterval&) const = default;
};

/// A public address and how long it was assigned: it is billed.
struct AddressTime {
  SharedText address;
  TimePoint since;
  std::optional<TimePoint> until = {};
  bool operator==(const AddressTime&) const = default;
};

/// Of an instance, what few look at.
struct InstanceOptions {
  SharedText iam_association_id;  ///< "iip-assoc-…"
  TimePoint iam_association_time;
  SharedText tenancy = "default";
  SharedText auto_recovery = "default";
  int cpu_cores = 0;  ///< as CpuOptions asked; 0: the type's
  int cpu_threads = 0;
  bool operator==(const InstanceOptions&) const = default;
};

struct Instance {
  SharedText id;
  SharedText reservation_id;
  SharedText client_token;
  SharedText request_digest;  ///< of the parameters that came with the client token: IdempotentParameterMismatch
  SharedText image_id;
  SharedText instance_type;
  SharedText architecture;
  SharedText zone;
  SharedText zone_id;
  SharedText vpc_id;
  SharedText subnet_id;
  std::vector<SharedText> group_ids;
  SharedText key_name;
  SharedText public_key;  ///< as it was at launch
  SharedText user_data;   ///< base64
  int launch_index = 0;
  TimePoint launch_time;  ///< of the last start
  TimePoint usage_operation_update_time;
  SharedText state = "pending";  ///< "pending", "running", "shutting-down", "terminated", "stopping", "stopped"
  SharedText state_reason_code;
  SharedText state_reason_message;
  SharedText transition_reason;  ///< "User initiated (2026-01-01 00:00:00 GMT)"
  std::optional<TimePoint> state_since;
  bool booted = false;  ///< both status checks pass
  SharedText shutdown_behavior = "stop";
  bool disable_api_termination = false;
  bool disable_api_stop = false;
  bool ebs_optimized = true;
  bool source_dest_check = true;
  bool monitoring = false;
  SharedText private_ip;
  SharedText private_dns;
  SharedText public_ip;
  SharedText public_dns;
  SharedText network_interface_id;
  SharedText root_device_name;
  SharedText root_volume_id;
  std::vector<SharedText> volume_ids;
  SharedText iam_profile_arn;
  SharedText iam_profile_id;
  SharedText lifecycle;  ///< "spot" or ""
  SharedText spot_request_id;
  SharedText metadata_http_tokens = "optional";
  SharedText metadata_http_endpoint = "enabled";
  int metadata_hop_limit = 1;
  SharedText metadata_tags = "disabled";
  SharedText metadata_ipv6 = "disabled";
  TimePoint created;              ///< the first launch_time
  bool public_ip_wanted = false;  ///< each start gives it a new public address
  bool spot_persistent = false;   ///< only such a spot instance can be stopped
  InstanceOptions options;
  SharedText cpu_credits;  ///< "standard" or "unlimited" where credits were asked for
  std::vector<RunningInterval> intervals;
  std::vector<AddressTime> addresses;             ///< all that it had; at most the last one still
  SharedText placement_group;                     ///< its name
  int partition = 0;                              ///< of the placement group; 0: none
  std::vector<SharedText> further_interface_ids;  ///< beyond the first
  /// When its stop or termination comes to its end, where a scenario or the null kind says so; in `never` it hangs.
  std::optional<TimePoint> ends_at;
  bool operator==(const Instance&) const = default;
};
constexpr TimePoint never = TimePoint::max();

struct LaunchTemplateVersion {
  int number = 1;
  std::string description;
  TimePoint created;
  std::map<std::string, std::string> data;  ///< parameters as RunInstances takes them
};
struct LaunchTemplate {
  std::string id;  ///< "lt-…"
  std::string name;
  TimePoint created;
  int default_version = 1;
  std::vector<LaunchTemplateVersion> versions;  ///< the latest is the last
  std::string client_token;
  std::string request_digest;
};

/// One way to launch that a fleet was given: a launch template, and what stands in place of some of it.
struct FleetOffer {
  std::string template_id;
  std::string template_name;
  std::string version;
  std::map<std::string, std::string> overrides;  ///< "InstanceType", "SubnetId", "MaxPrice" …, as given
};
struct FleetLaunch {
  FleetOffer offer;
  std::string lifecycle;  ///< "spot", "on-demand"
  std::string instance_type;
  std::vector<std::string> instance_ids;
};
struct FleetFailure {
  FleetOffer offer;
  std::string lifecycle;
  std::string code;
  std::string message;
};
/// Of type instant.
struct Fleet {
  std::string id;  ///< "fleet-8-4-4-4-12"
  std::string state = "active";
  TimePoint created;
  std::string client_token;
  std::string request_digest;
  std::int64_t total = 0;
  std::int64_t on_demand = 0;
  std::int64_t spot = 0;
  std::string default_market;  ///< DefaultTargetCapacityType
  std::string on_demand_strategy;
  std::string spot_strategy;
  std::vector<FleetOffer> offers;
  std::vector<FleetLaunch> launches;
  std::vector<FleetFailure> failures;
};

/// A request for a higher quota (Service Quotas).
struct QuotaChange {
  std::string id;       ///< 32 letters and digits
  std::string case_id;  ///< of AWS Support; "" if no case was opened
  std::string quota_code;
  std::int64_t desired = 0;
  std::string status = "PENDING";
  TimePoint created;
  TimePoint updated;
  std::string requester;  ///< access key id
  /// Nothing was decided yet: another request for the same quota is refused.
  bool open() const { return status == "PENDING" || status == "CASE_OPENED"; }
};

/// One thing that became of an alarm, as DescribeAlarmHistory tells it.
struct AlarmEvent {
  TimePoint time;
  std::string type;  ///< "ConfigurationUpdate", "StateUpdate", "Action"
  std::string summary;
};
/// A metric alarm of CloudWatch.
struct Alarm {
  std::string id;  ///< its name
  std::string description;
  bool actions_enabled = true;
  std::vector<std::string> ok_actions;
  std::vector<std::string> alarm_actions;
  std::vector<std::string> insufficient_data_actions;
  std::string metric;
  std::string name_space;
  std::string statistic;
  std::string unit;
  std::map<std::string, std::string> dimensions;
  std::int64_t period = 60;  ///< seconds
  std::int64_t evaluation_periods = 1;
  std::optional<std::int64_t> datapoints_to_alarm;
  double threshold = 0;
  std::string comparison;
  std::string treat_missing_data;  ///< "" is "missing"
  TimePoint created;
  TimePoint configured;
  std::string state = "INSUFFICIENT_DATA";
  std::string reason;
  std::string reason_data;
  TimePoint state_updated;
  std::map<std::string, std::string> tags;
  std::vector<AlarmEvent> history;  ///< the latest, oldest first
};

/// What is on the bill of things that are gone.
struct Usage {
  std::string id;
  std::string kind;         ///< "compute", "disk", "snapshot", "address", "alarm"
  std::string what;         ///< "g4dn.xlarge (on-demand)", "64 GiB gp3", "198.18.0.5", an alarm's name
  std::string instance_id;  ///< "" if it belongs to none
  std::string name;         ///< the instance's tag Name
  TimePoint since;
  TimePoint until;
  std::int64_t nano_usd = 0;
  bool priced = true;
};

struct ResourceTags {
  SharedText id;  ///< of the resource
  std::map<std::string, std::string> tags;
};

/// A value of an object's row. `encode` gives JSON; `decode` is false on a row that is not JSON.
template <class T>
std::string encode(const T& object);
template <class T>
bool decode(const std::string& json, T& object);

}  // namespace hotaru::sim
