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
  std::string platform;  ///< "windows" or ""
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
  Tags tags;  ///< put on instance, volumes and network interfaces
  bool dry_run = false;
};

struct Instance {
  std::string id;
  std::string type;
  std::string state;  ///< "pending", "running", "shutting-down", "terminated", "stopping", "stopped"
  std::string state_reason_code;
  std::string state_reason_message;
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

  Result<std::vector<RegionInfo>> describe_regions();  ///< enabled ones only
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
  Result<StateChange> start_instance(const std::string& id);
  Result<StateChange> stop_instance(const std::string& id, bool force = false);
  Result<void> reboot_instance(const std::string& id);
  Result<StateChange> terminate_instance(const std::string& id);
  Result<std::string> console_output(const std::string& id, bool latest = true);  ///< decoded; "" if there is none yet

  Result<void> create_tags(const std::vector<std::string>& resource_ids, const Tags& tags);
  Result<void> delete_tags(const std::vector<std::string>& resource_ids, const std::vector<std::string>& keys);

 private:
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
