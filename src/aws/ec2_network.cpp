// Subnets, security groups, key pairs, tags.
#include <fmt/format.h>

#include "aws/ec2.h"
#include "aws/xml.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

std::vector<IpRange> ranges_of(pugi::xml_node permission, const char* set, const char* cidr) {
  std::vector<IpRange> ranges;
  for (const auto item : permission.child(set).children("item")) {
    ranges.push_back({text_of(item, cidr), text_of(item, "description")});
  }
  return ranges;
}

Permission permission_of(pugi::xml_node item) {
  Permission permission;
  permission.protocol = text_of(item, "ipProtocol");
  permission.from_port = number_of(item, "fromPort");
  permission.to_port = number_of(item, "toPort");
  permission.ranges = ranges_of(item, "ipRanges", "cidrIp");
  permission.ranges6 = ranges_of(item, "ipv6Ranges", "cidrIpv6");
  return permission;
}

SecurityGroup group_of(pugi::xml_node item) {
  SecurityGroup group;
  group.id = text_of(item, "groupId");
  group.name = text_of(item, "groupName");
  group.vpc_id = text_of(item, "vpcId");
  group.description = text_of(item, "groupDescription");
  for (const auto rule : item.child("ipPermissions").children("item")) group.ingress.push_back(permission_of(rule));
  group.tags = tags_of(item);
  return group;
}

void add_ranges(Parameters& parameters, const std::string& prefix, const char* cidr,
                const std::vector<IpRange>& ranges) {
  int number = 1;
  for (const auto& range : ranges) {
    const std::string name = fmt::format("{}.{}.", prefix, number++);
    parameters.emplace_back(name + cidr, range.cidr);
    if (!range.description.empty()) parameters.emplace_back(name + "Description", range.description);
  }
}

Call ingress_call(const std::string& region, const std::string& action, const std::string& group_id,
                  const Permission& permission) {
  Call call{"ec2", region, action, {{"GroupId", group_id}}, false};
  call.parameters.emplace_back("IpPermissions.1.IpProtocol", permission.protocol);
  call.parameters.emplace_back("IpPermissions.1.FromPort", std::to_string(permission.from_port));
  call.parameters.emplace_back("IpPermissions.1.ToPort", std::to_string(permission.to_port));
  add_ranges(call.parameters, "IpPermissions.1.IpRanges", "CidrIp", permission.ranges);
  add_ranges(call.parameters, "IpPermissions.1.Ipv6Ranges", "CidrIpv6", permission.ranges6);
  return call;
}

/// For calls that answer with <return>true</return> and nothing else of interest.
Result<void> do_it(Client& client, const Call& call) {
  auto answer = ask(client, call);
  if (!answer) return pass(answer);
  return {};
}

}  // namespace

Result<std::vector<Subnet>> Ec2::describe_subnets(const Filters& filters) {
  Call call = call_of("DescribeSubnets", {}, true);
  add_filters(call.parameters, filters);
  std::vector<Subnet> subnets;
  auto asked = ask_all_pages(*client_, call, [&](pugi::xml_node root) {
    for (const auto item : root.child("subnetSet").children("item")) {
      subnets.push_back({text_of(item, "subnetId"), text_of(item, "vpcId"), text_of(item, "availabilityZone"),
                         text_of(item, "availabilityZoneId"), is_true(item, "defaultForAz"),
                         number_of(item, "availableIpAddressCount")});
    }
  });
  if (!asked) return pass(asked);
  return subnets;
}

Result<std::string> Ec2::create_default_vpc() {
  auto answer = ask(*client_, call_of("CreateDefaultVpc", {}, false));
  if (!answer) return pass(answer);
  return text_of(answer->root().child("vpc"), "vpcId");
}

Result<void> Ec2::import_key_pair(const std::string& name, const std::string& public_key, const Tags& tags) {
  Call call = call_of("ImportKeyPair", {{"KeyName", name}}, false);
  call.parameters.emplace_back("PublicKeyMaterial", base64_encode(public_key));
  add_tag_specification(call.parameters, 1, "key-pair", tags);
  return do_it(*client_, call);
}

Result<std::vector<std::string>> Ec2::describe_key_pairs(const Filters& filters) {
  Call call = call_of("DescribeKeyPairs", {}, true);
  add_filters(call.parameters, filters);
  auto answer = ask(*client_, call);
  if (!answer) return pass(answer);
  std::vector<std::string> names;
  for (const auto item : answer->root().child("keySet").children("item")) names.push_back(text_of(item, "keyName"));
  return names;
}

Result<void> Ec2::delete_key_pair(const std::string& name) {
  return do_it(*client_, call_of("DeleteKeyPair", {{"KeyName", name}}, true));
}

Result<std::string> Ec2::create_security_group(const CreateSecurityGroup& request) {
  Call call = call_of("CreateSecurityGroup", {}, false);
  call.parameters.emplace_back("GroupName", request.name);
  call.parameters.emplace_back("GroupDescription", request.description);
  if (!request.vpc_id.empty()) call.parameters.emplace_back("VpcId", request.vpc_id);
  add_tag_specification(call.parameters, 1, "security-group", request.tags);
  auto answer = ask(*client_, call);
  if (!answer) return pass(answer);
  return text_of(answer->root(), "groupId");
}

Result<std::vector<SecurityGroup>> Ec2::describe_security_groups(const Filters& filters) {
  Call call = call_of("DescribeSecurityGroups", {}, true);
  add_filters(call.parameters, filters);
  std::vector<SecurityGroup> groups;
  auto asked = ask_all_pages(*client_, call, [&](pugi::xml_node root) {
    for (const auto item : root.child("securityGroupInfo").children("item")) groups.push_back(group_of(item));
  });
  if (!asked) return pass(asked);
  return groups;
}

Result<void> Ec2::authorize_ingress(const std::string& group_id, const Permission& permission) {
  return do_it(*client_, ingress_call(region_, "AuthorizeSecurityGroupIngress", group_id, permission));
}

Result<void> Ec2::revoke_ingress(const std::string& group_id, const Permission& permission) {
  return do_it(*client_, ingress_call(region_, "RevokeSecurityGroupIngress", group_id, permission));
}

Result<void> Ec2::delete_security_group(const std::string& group_id) {
  return do_it(*client_, call_of("DeleteSecurityGroup", {{"GroupId", group_id}}, true));
}

Result<void> Ec2::create_tags(const std::vector<std::string>& resource_ids, const Tags& tags) {
  Call call = call_of("CreateTags", {}, true);
  add_list(call.parameters, "ResourceId", resource_ids);
  int number = 1;
  for (const auto& tag : tags) {
    call.parameters.emplace_back(fmt::format("Tag.{}.Key", number), tag.key);
    call.parameters.emplace_back(fmt::format("Tag.{}.Value", number++), tag.value);
  }
  return do_it(*client_, call);
}

Result<void> Ec2::delete_tags(const std::vector<std::string>& resource_ids, const std::vector<std::string>& keys) {
  Call call = call_of("DeleteTags", {}, true);
  add_list(call.parameters, "ResourceId", resource_ids);
  int number = 1;
  for (const auto& key : keys) call.parameters.emplace_back(fmt::format("Tag.{}.Key", number++), key);
  return do_it(*client_, call);
}

}  // namespace hotaru::aws
