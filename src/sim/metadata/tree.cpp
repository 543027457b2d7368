#include "sim/metadata/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "sim/iam/sessions.h"

namespace hotaru::sim {
namespace {

// As http://169.254.169.254/ lists them. EC2 keeps every old version; here each shows the same tree.
constexpr std::array versions = {"1.0",        "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15",
                                 "2008-02-01", "2008-09-01", "2009-04-04", "2011-01-01", "2011-05-01", "2012-01-12",
                                 "2014-02-25", "2014-11-05", "2015-10-20", "2016-04-19", "2016-06-30", "2016-09-02",
                                 "2018-03-28", "2018-08-17", "2018-09-24", "2019-10-01", "2020-10-27", "2021-01-03",
                                 "2021-03-23", "2021-07-15", "2022-07-09", "2022-09-24", "2024-04-11", "latest"};

// Not a leaf: keeps the key pair's name for the listing of `public-keys`.
constexpr std::string_view key_name_entry = "meta-data/public-keys/0=";

std::string seconds_form(TimePoint time) { return iso8601(time, false); }

void add_identity(MetadataTree& tree, const MachineSpec& spec) {
  const std::string m = "meta-data/";
  tree[m + "ami-id"] = spec.image_id;
  tree[m + "ami-launch-index"] = "0";
  tree[m + "ami-manifest-path"] = "(unknown)";
  tree[m + "instance-action"] = "none";
  tree[m + "instance-id"] = spec.instance_id;
  tree[m + "instance-life-cycle"] = spec.lifecycle.empty() ? "on-demand" : spec.lifecycle;
  tree[m + "instance-type"] = spec.instance_type;
  tree[m + "mac"] = spec.mac;
  tree[m + "profile"] = "default-hvm";
  tree[m + "reservation-id"] = spec.reservation_id;
  tree[m + "system"] = "nitro";
  tree[m + "events/maintenance/history"] = "[]";
  tree[m + "events/maintenance/scheduled"] = "[]";
  tree[m + "metrics/vhostmd"] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
}

void add_names(MetadataTree& tree, const MachineSpec& spec) {
  const std::string m = "meta-data/";
  tree[m + "hostname"] = spec.private_dns;
  tree[m + "local-hostname"] = spec.private_dns;
  tree[m + "local-ipv4"] = spec.private_ip;
  if (!spec.public_ip.empty()) {
    tree[m + "public-hostname"] = spec.public_dns;
    tree[m + "public-ipv4"] = spec.public_ip;
  }
  tree[m + "security-groups"] = join(spec.security_groups, "\n");
}

void add_place(MetadataTree& tree, const MachineSpec& spec) {
  const bool china = spec.region.starts_with("cn-");
  tree["meta-data/placement/availability-zone"] = spec.zone;
  tree["meta-data/placement/availability-zone-id"] = spec.zone_id;
  tree["meta-data/placement/region"] = spec.region;
  if (!spec.placement_group.empty()) tree["meta-data/placement/group-name"] = spec.placement_group;
  if (spec.partition > 0) tree["meta-data/placement/partition-number"] = std::to_string(spec.partition);
  tree["meta-data/services/domain"] = china ? "amazonaws.com.cn" : "amazonaws.com";
  tree["meta-data/services/partition"] = china ? "aws-cn" : spec.region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

void add_devices(MetadataTree& tree, const MachineSpec& spec) {
  const std::string root = spec.root_device_name.empty() ? "/dev/sda1" : spec.root_device_name;
  const std::string m = "meta-data/block-device-mapping/";
  tree[m + "ami"] = root.starts_with("/dev/") ? root.substr(5) : root;
  tree[m + "root"] = root;
  for (std::size_t index = 0; index < spec.disks.size(); ++index) {
    const std::string& device = spec.disks[index].device;
    tree[m + fmt::format("ebs{}", index + 1)] = device.starts_with("/dev/") ? device.substr(5) : device;
  }
  if (spec.local_nvme_gb > 0) tree[m + "ephemeral0"] = "sdb";
}

void add_vpc(MetadataTree& tree, const std::string& m, const MachineSpec& spec) {
  std::vector<std::string> cidrs = spec.further_cidrs;
  cidrs.insert(cidrs.begin(), spec.vpc_cidr);
  tree[m + "vpc-id"] = spec.vpc_id;
  tree[m + "vpc-ipv4-cidr-block"] = spec.vpc_cidr;
  tree[m + "vpc-ipv4-cidr-blocks"] = join(cidrs, "\n");
}

/// Those of one interface: its first private address, and the secondary ones.
void add_addresses(MetadataTree& tree, const std::string& m, const std::string& private_ip,
                   const std::string& public_ip, const std::vector<std::pair<std::string, std::string>>& secondary) {
  auto all = secondary;
  all.insert(all.begin(), {private_ip, public_ip});
  std::vector<std::string> private_ips;
  std::vector<std::string> public_ips;
  for (const auto& [inside, outside] : all) {
    private_ips.push_back(inside);
    if (outside.empty()) continue;
    public_ips.push_back(outside);
    tree[m + "ipv4-associations/" + outside] = inside;
  }
  tree[m + "local-ipv4s"] = join(private_ips, "\n");
  if (!public_ips.empty()) tree[m + "public-ipv4s"] = join(public_ips, "\n");
}

void add_network(MetadataTree& tree, const MachineSpec& spec) {
  const std::string m = "meta-data/network/interfaces/macs/" + spec.mac + "/";
  tree[m + "device-number"] = "0";
  tree[m + "interface-id"] = spec.network_interface_id;
  tree[m + "local-hostname"] = spec.private_dns;
  tree[m + "mac"] = spec.mac;
  tree[m + "owner-id"] = spec.account_id;
  tree[m + "security-group-ids"] = join(spec.security_group_ids, "\n");
  tree[m + "security-groups"] = join(spec.security_groups, "\n");
  tree[m + "subnet-id"] = spec.subnet_id;
  tree[m + "subnet-ipv4-cidr-block"] = spec.subnet_cidr;
  add_vpc(tree, m, spec);
  add_addresses(tree, m, spec.private_ip, spec.public_ip, spec.secondary);
  if (!spec.public_ip.empty() && !spec.public_dns.empty()) tree[m + "public-hostname"] = spec.public_dns;
}

/// Interfaces beyond the first.
void add_further(MetadataTree& tree, const MachineSpec& spec) {
  for (const MachineInterface& one : spec.interfaces) {
    const std::string m = "meta-data/network/interfaces/macs/" + one.mac + "/";
    tree[m + "device-number"] = std::to_string(one.device_index);
    tree[m + "interface-id"] = one.id;
    tree[m + "mac"] = one.mac;
    tree[m + "owner-id"] = spec.account_id;
    tree[m + "subnet-id"] = one.subnet_id;
    tree[m + "subnet-ipv4-cidr-block"] = one.subnet_cidr;
    add_vpc(tree, m, spec);
    add_addresses(tree, m, one.private_ip, one.public_ip, one.secondary);
  }
}

void add_key(MetadataTree& tree, const MachineSpec& spec) {
  if (spec.public_key.empty()) return;
  // EC2 ends the key's line; the folder `public-keys` lists "0=NAME", see folder_listing.
  tree["meta-data/public-keys/0/openssh-key"] = trim(spec.public_key) + "\n";
  tree[std::string(key_name_entry)] = spec.key_name;
}

// Names that a path cannot carry are refused by EC2 when tags in metadata are allowed; here they are left out.
void add_tags(MetadataTree& tree, const MachineSpec& spec) {
  if (!spec.metadata_tags) return;
  for (const auto& [key, value] : spec.tags) {
    const bool a_path = key.empty() || key.find_first_of("/ ") != std::string::npos;
    if (!a_path && key != "." && key != ".." && key != "_index") tree["meta-data/tags/instance/" + key] = value;
  }
}

// Credentials of a role last six hours, and new ones are there long before (EC2 User Guide, "Retrieve security
// credentials from instance metadata"); here each hour has its own.
constexpr Duration renewal = std::chrono::hours(1);
constexpr Duration credentials_last = std::chrono::hours(6);

std::string credentials_document(const MachineSpec& spec, TimePoint since) {
  const Session session{session_key_id(spec.session_key + spec.iam_role_id + iso8601(since)),
                        "role",
                        spec.iam_role,
                        spec.iam_role_id,
                        spec.instance_id,
                        "",
                        spec.instance_id,
                        since + credentials_last};
  const SessionCredentials made = make_session(spec.session_key, session);
  return fmt::format(
      "{{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : \"{}\",\n  \"Type\" : \"AWS-HMAC\",\n  \"AccessKeyId\" : "
      "\"{}\",\n  \"SecretAccessKey\" : \"{}\",\n  \"Token\" : \"{}\",\n  \"Expiration\" : \"{}\"\n}}",
      seconds_form(since), made.access_key_id, made.secret_access_key, made.token, seconds_form(made.expires));
}

void add_role(MetadataTree& tree, const MachineSpec& spec, TimePoint now) {
  if (spec.iam_profile_arn.empty()) return;
  const TimePoint since{now.time_since_epoch() - now.time_since_epoch() % renewal};
  tree["meta-data/iam/info"] = fmt::format(
      "{{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : \"{}\",\n  \"InstanceProfileArn\" : \"{}\",\n"
      "  \"InstanceProfileId\" : \"{}\"\n}}",
      seconds_form(since), spec.iam_profile_arn, spec.iam_profile_id);
  if (!spec.iam_role.empty())
    tree["meta-data/iam/security-credentials/" + spec.iam_role] = credentials_document(spec, since);
}

/// What EC2 Instance Connect's part of an image asks for: the keys of a user that are good now.
void add_pushed_keys(MetadataTree& tree, const MachineSpec& spec, TimePoint now) {
  for (const SpecKey& one : spec.pushed_keys)
    if (now < one.until) tree["meta-data/managed-ssh-keys/active-keys/" + one.user] += trim(one.key) + "\n";
}

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html. Only the document: its
// signatures (pkcs7, rsa2048, signature) are AWS's to make.
std::string identity_document(const MachineSpec& spec, TimePoint pending_since) {
  const auto text = [](const std::string& value) { return "\"" + value + "\""; };
  const std::vector<std::pair<std::string, std::string>> entries = {
      {"accountId", text(spec.account_id)},
      {"architecture", text(spec.architecture)},
      {"availabilityZone", text(spec.zone)},
      {"billingProducts", "null"},
      {"devpayProductCodes", "null"},
      {"marketplaceProductCodes", "null"},
      {"imageId", text(spec.image_id)},
      {"instanceId", text(spec.instance_id)},
      {"instanceType", text(spec.instance_type)},
      {"kernelId", "null"},
      {"pendingTime", text(seconds_form(pending_since))},
      {"privateIp", text(spec.private_ip)},
      {"ramdiskId", "null"},
      {"region", text(spec.region)},
      {"version", text("2017-09-30")},
  };
  std::vector<std::string> written;
  for (const auto& [name, value] : entries) written.push_back(fmt::format("  \"{}\" : {}", name, value));
  return "{\n" + join(written, ",\n") + "\n}";
}

std::optional<std::string> folder_listing(const MetadataTree& tree, std::string_view path) {
  // EC2 lists keys by number and name, though each is a folder by its number: "0=my-key".
  if (path == "meta-data/public-keys") {
    const auto key = tree.find(std::string(key_name_entry));
    return key == tree.end() ? std::nullopt : std::optional("0=" + key->second);
  }
  const std::string prefix = path.empty() ? "" : std::string(path) + "/";
  std::set<std::string> names;
  for (auto leaf = tree.lower_bound(prefix); leaf != tree.end() && leaf->first.starts_with(prefix); ++leaf) {
    const std::string rest = leaf->first.substr(prefix.size());
    const std::size_t slash = rest.find('/');
    // At the top, EC2 writes `dynamic` and `meta-data` without the slash.
    names.insert(path.empty() ? rest.substr(0, slash) : rest.substr(0, slash == rest.npos ? slash : slash + 1));
  }
  if (names.empty()) return std::nullopt;
  return join({names.begin(), names.end()}, "\n");
}

}  // namespace

MetadataTree metadata_tree(const MachineSpec& spec, TimePoint pending_since, TimePoint now) {
  MetadataTree tree;
  add_identity(tree, spec);
  add_names(tree, spec);
  add_place(tree, spec);
  add_devices(tree, spec);
  add_network(tree, spec);
  add_further(tree, spec);
  add_key(tree, spec);
  add_tags(tree, spec);
  add_role(tree, spec, now);
  add_pushed_keys(tree, spec, now);
  tree["dynamic/instance-identity/document"] = identity_document(spec, pending_since);
  if (!spec.user_data.empty()) tree["user-data"] = spec.user_data;
  return tree;
}

std::optional<std::string> metadata_answer(const MetadataTree& tree, std::string_view path) {
  const auto leaf = tree.find(std::string(path));
  if (leaf != tree.end() && path != key_name_entry) return leaf->second;
  return folder_listing(tree, path);
}

std::string metadata_versions() { return join({versions.begin(), versions.end()}, "\n"); }

bool is_metadata_version(std::string_view version) { return std::ranges::find(versions, version) != versions.end(); }

}  // namespace hotaru::sim
