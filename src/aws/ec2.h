#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "base/result.h"

/// The EC2 calls that hotaru makes, with only the fields that it uses. Names and meanings are those of the EC2 API
/// Reference (version 2016-11-15). Empty strings and vectors in a request mean "not sent".
namespace hotaru::aws {

struct Tag {
  std::string key;
  std::string value;
};
using Tags = std::vector<Tag>;
/// The value of a tag, "" if there is none.
std::string tag_value(const Tags& tags, const std::string& key);

struct Filter {
  std::string name;
  std::vector<std::string> values;
};
using Filters = std::vector<Filter>;

struct RegionInfo {
  std::string name;
  std::string opt_in_status;  ///< "opt-in-not-required", "opted-in", "not-opted-in"
};

/// An availability zone, as this account calls it.
struct Zone {
  std::string name;  ///< "us-east-1a"
  std::string id;    ///< "use1-az1": the same for all accounts
  std::string type;  ///< "availability-zone", "local-zone", "wavelength-zone"
  std::string state;
};

/// What DescribeInstanceTypes tells of a type; each field as catalog::InstanceType has it.
struct TypeInfo {
  std::string name;
  std::string arch;
  int vcpus = 0;
  int memory_mib = 0;
  std::string gpu_manufacturer;
  std::string gpu_name;
  int gpu_count = 0;
  int logical_gpu_count = 0;
  double gpu_partition = 0;
  int gpu_memory_mib = 0;
  int local_nvme_gb = 0;
  std::string network;
  bool efa = false;
  std::string ena;
  bool bare_metal = false;
  std::string virtualization;
  std::string boot_modes;
  std::string usage_classes;
  bool current_generation = false;
};

struct TypeOffering {
  std::string type;
  std::string zone_id;
};

struct SpotPriceHistory {
  std::vector<std::string> types;
  std::string zone;                ///< by name; "" for all
  std::optional<TimePoint> since;  ///< nullopt: EC2's 90 days; now: the price of today alone
  std::optional<TimePoint> until;
};
/// From `time` on this was the price, Linux.
struct SpotPricePoint {
  std::string type;
  std::string zone;     ///< as this account calls it
  std::string zone_id;  ///< "" where EC2 does not tell
  double usd_per_hour = 0;
  TimePoint time{};
};

struct SpotPlacementScores {
  std::vector<std::string> types;  ///< of fewer than three the scores are always low
  int capacity = 1;                ///< instances
  std::vector<std::string> regions;
  bool by_zone = false;
};
struct PlacementScore {
  std::string region;
  std::string zone_id;  ///< "" unless asked for by zone
  int score = 0;        ///< 1 to 10: how likely such a request succeeds
};

struct Image {
  std::string id;
  std::string name;
  std::string description;
  std::string owner_id;
  std::string architecture;
  std::string creation_date;
  std::string state;
  std::string root_device_name;
  int root_volume_gib = 0;                    ///< VolumeSize of the root device's mapping; 0 if unknown
  std::vector<std::string> ebs_device_names;  ///< all EBS mappings
  std::string virtualization_type;
  std::string platform;   ///< "windows" or ""
  std::string boot_mode;  ///< "uefi", "legacy-bios", "uefi-preferred"; "" where the image does not say
  bool ena = true;        ///< false where EC2 says that its kernel does not know ENA, which Nitro types need
  bool is_public = false;
  std::string owner_alias;                 ///< "amazon", "aws-marketplace", "self" or ""
  std::vector<std::string> product_codes;  ///< of the Marketplace: a subscription is needed
  Tags tags;
};
struct DescribeImages {
  std::vector<std::string> image_ids;
  std::vector<std::string> owners;
  Filters filters;
};

struct Subnet {
  std::string id;
  std::string vpc_id;
  std::string zone;
  std::string zone_id;
  bool default_for_zone = false;
  int free_addresses = 0;
};

struct IpRange {
  std::string cidr;
  std::string description;
};
struct Permission {
  std::string protocol = "tcp";
  int from_port = 0;
  int to_port = 0;
  std::vector<IpRange> ranges;
  std::vector<IpRange> ranges6;
};
struct SecurityGroup {
  std::string id;
  std::string name;
  std::string vpc_id;
  std::string description;
  std::vector<Permission> ingress;
  Tags tags;
};
struct CreateSecurityGroup {
  std::string name;
  std::string description;
  std::string vpc_id;
  Tags tags;
};

struct BlockDevice {
  std::string device_name;
  int size_gib = 0;         ///< 0: the image's own
  std::string volume_type;  ///< "gp3"
  bool encrypted = true;
  bool delete_on_termination = true;
};
struct RunInstances {
  std::string image_id;
  std::string instance_type;
  std::string key_name;
  std::string subnet_id;
  std::string zone;
  std::vector<std::string> security_group_ids;
  bool public_address = true;  ///< AssociatePublicIpAddress on the first network interface
  std::string user_data;       ///< raw; encoded by the call
  std::string client_token;
  std::string instance_profile;   ///< name or ARN
  std::string shutdown_behavior;  ///< "stop" or "terminate"
  std::vector<BlockDevice> block_devices;
  Tags tags;  ///< put on instance, volumes, network interfaces, and the spot request
  bool dry_run = false;
  bool spot = false;      ///< one time; terminated when EC2 takes it back
  std::string max_price;  ///< dollars an hour, with `spot`; "": up to the on-demand price
};

struct LaunchTemplate {
  std::string id;
  std::string name;
  std::string create_time;
  Tags tags;
};

/// One offer that a fleet may take.
struct FleetOverride {
  std::string type;
  std::string subnet_id;
  std::string zone;             ///< by name; beside a subnet EC2 refuses it
  std::optional<int> priority;  ///< the lowest first
  std::string max_price;        ///< spot: dollars an hour
};
/// A fleet of type `instant` with one instance: EC2 tries the offers in their order, and answers what came of it.
struct CreateFleet {
  std::string launch_template_id;
  std::vector<FleetOverride> overrides;
  bool spot = false;
  std::string client_token;
  Tags tags;  ///< put on the fleet and the instance; those of volumes and interfaces are the template's
};
struct FleetInstance {
  std::string id;
  std::string type;
  std::string subnet_id;
  std::string zone;
};
/// Why an offer gave nothing.
struct FleetError {
  std::string type;
  std::string subnet_id;
  std::string zone;
  Error error;
};
struct FleetOutcome {
  std::string fleet_id;
  std::vector<FleetInstance> instances;  ///< none or one
  std::vector<FleetError> errors;
};

struct Instance {
  std::string id;
  std::string type;
  std::string state;  ///< "pending", "running", "shutting-down", "terminated", "stopping", "stopped"
  std::string state_reason_code;
  std::string state_reason_message;
  std::string transition_reason;  ///< "User initiated (2026-11-22 16:00:00 GMT)"; often ""
  std::string image_id;
  std::string key_name;
  std::string public_ip;
  std::string private_ip;
  std::string public_dns;
  std::string zone;
  std::string vpc_id;
  std::string subnet_id;
  std::string launch_time;
  std::string client_token;
  std::string lifecycle;  ///< "spot" or ""
  std::string platform;
  std::vector<std::string> security_group_ids;
  std::vector<std::string> volume_ids;
  std::vector<std::string> lasting_volume_ids;  ///< of these, those that outlive the instance
  Tags tags;
};
struct Volume {
  std::string id;
  std::string type;  ///< "gp3"
  std::string state;
  std::string create_time;
  std::string instance_id;  ///< "" where it is attached to none
  int size_gib = 0;
  int iops = 0;
  int throughput = 0;  ///< MiB/s; 0 where the type has none to choose
  Tags tags;
};
struct DescribeInstances {
  std::vector<std::string> instance_ids;
  Filters filters;
  int page_size = 1000;  ///< 5 to 1000, as EC2 has it
  bool ahead = true;     ///< the next page is fetched while one is read: faster, and the memory of two
};
struct StateChange {
  std::string instance_id;
  std::string previous;
  std::string current;
};

/// EC2 in one region. Cheap to copy; thread-safe as its Client is. Every call may fail with the classes of
/// aws/errors.h.
class Ec2 {
 public:
  Ec2(Client& client, std::string region) : client_(&client), region_(std::move(region)) {}
  const std::string& region() const { return region_; }
  /// The same, whose calls give up at `deadline` (the clock's steady time).
  Ec2 by(Duration deadline) const {
    Ec2 hurried = *this;
    hurried.deadline_ = deadline;
    return hurried;
  }

  Result<std::vector<RegionInfo>> describe_regions(bool all = false);  ///< enabled ones only, unless `all`
  Result<std::vector<Zone>> describe_zones();  ///< of the region proper, and of its outposts in other towns
  /// Those named, which must all exist in the region; all of its types if none is.
  Result<std::vector<TypeInfo>> describe_instance_types(const std::vector<std::string>& types = {});
  /// Where in the region types are offered: all, or those named (EC2's wildcards work).
  Result<std::vector<TypeOffering>> describe_type_offerings(const std::vector<std::string>& types = {});
  /// Each change of price in the time, and the price with which it begins; not sorted.
  Result<std::vector<SpotPricePoint>> spot_price_history(const SpotPriceHistory& request);
  Result<std::vector<PlacementScore>> spot_placement_scores(const SpotPlacementScores& request);
  Result<std::vector<Image>> describe_images(const DescribeImages& request);
  Result<std::vector<Subnet>> describe_subnets(const Filters& filters);
  Result<std::string> create_default_vpc();  ///< its id

  Result<void> import_key_pair(const std::string& name, const std::string& public_key, const Tags& tags);
  Result<std::vector<std::string>> describe_key_pairs(const Filters& filters);  ///< names
  Result<void> delete_key_pair(const std::string& name);

  Result<std::string> create_security_group(const CreateSecurityGroup& request);  ///< its id
  Result<std::vector<SecurityGroup>> describe_security_groups(const Filters& filters);
  Result<void> authorize_ingress(const std::string& group_id, const Permission& permission);
  Result<void> revoke_ingress(const std::string& group_id, const Permission& permission);
  Result<void> delete_security_group(const std::string& group_id);

  Result<Instance> run_instance(const RunInstances& request);  ///< exactly one
  /// All pages, together.
  Result<std::vector<Instance>> describe_instances(const DescribeInstances& request);
  /// Each instance as its page arrives, while the next page is fetched: memory does not grow with their number. A
  /// deadline holds for the first page. After an error some have been given.
  Result<void> each_instance(const DescribeInstances& request, const std::function<void(Instance instance)>& take);
  /// The request as a template for fleets, which say type, place and market themselves; its id. Idempotent: the client
  /// token is the request's.
  Result<std::string> create_launch_template(const std::string& name, const RunInstances& request, const Tags& tags);
  Result<std::vector<LaunchTemplate>> describe_launch_templates(const Filters& filters);
  Result<void> delete_launch_template(const std::string& id);
  /// An outcome without an instance is no error here.
  Result<FleetOutcome> create_fleet(const CreateFleet& request);
  Result<std::vector<Volume>> describe_volumes(const Filters& filters);
  Result<StateChange> start_instance(const std::string& id);
  /// `force`: without the orderly shutdown that may hang (Force and SkipOsShutdown).
  Result<StateChange> stop_instance(const std::string& id, bool force = false);
  Result<void> reboot_instance(const std::string& id);
  Result<StateChange> terminate_instance(const std::string& id);
  /// Takes away the protection against TerminateInstances.
  Result<void> allow_termination(const std::string& id);
  Result<std::string> user_data(const std::string& id);  ///< decoded; "" if it has none
  /// Raw. Only of a stopped instance.
  Result<void> set_user_data(const std::string& id, const std::string& user_data);
  /// What a shutdown from inside does: "stop" or "terminate".
  Result<void> set_shutdown_behavior(const std::string& id, const std::string& behavior);
  Result<std::string> console_output(const std::string& id, bool latest = true);  ///< decoded; "" if there is none yet

  Result<void> create_tags(const std::vector<std::string>& resource_ids, const Tags& tags);
  Result<void> delete_tags(const std::vector<std::string>& resource_ids, const std::vector<std::string>& keys);

 private:
  Result<void> modify_attribute(const std::string& id, const std::string& name, const std::string& value);
  Call call_of(const char* action, std::vector<std::pair<std::string, std::string>> parameters, bool idempotent) const {
    return {"ec2", region_, action, std::move(parameters), idempotent, false, deadline_};
  }

  Client* client_;
  std::string region_;
  std::optional<Duration> deadline_;
};

struct Identity {
  std::string account;
  std::string arn;
  std::string user_id;
};
/// STS GetCallerIdentity.
Result<Identity> caller_identity(Client& client, const std::string& region);

}  // namespace hotaru::aws
