#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/action.h"

/// Security groups' rules in the two forms that EC2 has for them: permissions (grouped by protocol and ports) and rules
/// (one other side each).
namespace hotaru::sim {

/// IpPermissions.N of a call, or its flat form (IpProtocol, FromPort, ToPort, CidrIp), as rules without ids. Groups
/// that are named are looked up in the VPC. Refuses what EC2 refuses.
struct PermissionText {
  std::string protocol;
  std::string from_port;
  std::string to_port;
  struct Source {
    std::string cidr;
    std::string cidr6;
    std::string group_id;
    std::string group_name;
    std::string description;
  };
  std::vector<Source> sources;
};
std::vector<PermissionText> read_permissions(const Parameters& parameters);
ApiResult<std::vector<SecurityGroupRule>> resolve_permissions(const RegionState& state, const std::string& vpc_id,
                                                              bool egress,
                                                              const std::vector<PermissionText>& permissions);

/// "2001:db8::1/32" as EC2 keeps it, "2001:db8::/32"; nullopt for what is no IPv6 CIDR block.
std::optional<std::string> canonical_cidr6(const std::string& text);

/// Ids and descriptions apart.
bool same_traffic(const SecurityGroupRule& one, const SecurityGroupRule& other);

/// `peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW`
std::string rule_in_words(const SecurityGroupRule& rule);

/// <ipPermissions> or <ipPermissionsEgress>
void write_permissions(Xml& xml, const std::string& name, const Context& context,
                       const std::vector<SecurityGroupRule>& rules, bool egress);
/// The inside of a <securityGroupRuleSet> item.
void write_rule(Xml& item, const Context& context, const SecurityGroup& group, const SecurityGroupRule& rule);

/// By id; or by name in the default VPC (or the given one). EC2's errors for malformed, unknown and missing ones.
ApiResult<const SecurityGroup*> find_group(const RegionState& state, const std::string& id, const std::string& name,
                                           std::string vpc_id = "");

}  // namespace hotaru::sim
