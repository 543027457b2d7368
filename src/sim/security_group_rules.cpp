#include "sim/security_group_rules.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <map>
#include <tuple>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/instances/addresses.h"

namespace hotaru::sim {

namespace {

/// EC2 gives these four back by name, whatever they were asked as.
std::optional<std::string> protocol_of(const std::string& text) {
  static const std::map<std::string, std::string> names = {
      {"tcp", "tcp"}, {"6", "tcp"},         {"udp", "udp"},   {"17", "udp"}, {"icmp", "icmp"},
      {"1", "icmp"},  {"icmpv6", "icmpv6"}, {"58", "icmpv6"}, {"-1", "-1"},  {"all", "-1"}};
  const auto found = names.find(to_lower(text));
  if (found != names.end()) return found->second;
  const auto number = parse_integer(text);
  return number && *number >= 0 && *number <= 255 ? std::optional(std::to_string(*number)) : std::nullopt;
}

/// "10.1.2.3/8" becomes "10.0.0.0/8", as EC2 keeps it.
std::optional<std::string> canonical_cidr(const std::string& text) {
  const auto slash = text.find('/');
  if (slash != std::string::npos && text.substr(slash) == "/0" && parse_ipv4(text.substr(0, slash))) return "0.0.0.0/0";
  const auto network = parse_network(text);
  return network ? std::optional(fmt::format("{}/{}", ipv4_text(network->first), network->prefix)) : std::nullopt;
}

std::unexpected<ApiError> invalid(std::string message) { return refuse("InvalidParameterValue", std::move(message)); }

}  // namespace

std::optional<std::string> canonical_cidr6(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  std::array<unsigned char, 16> address{};
  const auto prefix = parse_integer(text.substr(slash + 1));
  if (!prefix || *prefix < 0 || *prefix > 128) return std::nullopt;
  if (inet_pton(AF_INET6, text.substr(0, slash).c_str(), address.data()) != 1) return std::nullopt;
  for (std::int64_t bit = *prefix; bit < 128; ++bit) {
    address[static_cast<std::size_t>(bit / 8)] &= static_cast<unsigned char>(~(0x80 >> (bit % 8)));
  }
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(AF_INET6, address.data(), out.data(), out.size());
  return fmt::format("{}/{}", out.data(), *prefix);
}

namespace {

/// Sets the ports by the protocol's rules: TCP and UDP need a range, ICMP has type and code, all others have none.
Refusal set_ports(SecurityGroupRule& rule, const PermissionText& text) {
  const auto from = parse_integer(text.from_port);
  const auto to = parse_integer(text.to_port);
  const auto no = [](std::string message) { return ApiError{400, "InvalidParameterValue", std::move(message)}; };
  if ((!text.from_port.empty() && !from) || (!text.to_port.empty() && !to)) {
    return no(fmt::format("Invalid value '{}-{}' for portRange.", text.from_port, text.to_port));
  }
  const bool ports = rule.protocol == "tcp" || rule.protocol == "udp";
  const bool icmp = rule.protocol == "icmp" || rule.protocol == "icmpv6";
  if (!ports && !icmp) return std::nullopt;  // EC2 ignores the ports of other protocols
  if (ports && (!from || !to)) {
    return no("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.");
  }
  const std::int64_t first = from.value_or(-1);
  const std::int64_t last = to.value_or(-1);
  if (ports && (first < 0 || last < 0 || first > 65535 || last > 65535)) {
    return no(fmt::format("TCP/UDP port ({}) out of range", first < 0 || first > 65535 ? first : last));
  }
  if (ports && first > last) return no("Invalid TCP/UDP port range.");
  if (icmp && (first < -1 || first > 255 || last < -1 || last > 255)) {
    return no(fmt::format("ICMP type ({}) or code ({}) out of range", first, last));
  }
  rule.from_port = static_cast<int>(first);
  rule.to_port = static_cast<int>(last);
  return std::nullopt;
}

/// Sets the one other side.
Refusal set_source(SecurityGroupRule& rule, const RegionState& state, const std::string& vpc_id,
                   const PermissionText::Source& source) {
  rule.description = source.description;
  if (source.description.size() > 255) {
    return ApiError{400, "InvalidParameterValue", "Invalid rule description. At most 255 characters."};
  }
  if (!source.cidr.empty()) {
    const auto cidr = canonical_cidr(source.cidr);
    if (!cidr) return ApiError{400, "InvalidParameterValue", fmt::format("CIDR block {} is malformed", source.cidr)};
    rule.cidr = *cidr;
  } else if (!source.cidr6.empty()) {
    const auto cidr = canonical_cidr6(source.cidr6);
    if (!cidr) return ApiError{400, "InvalidParameterValue", fmt::format("CIDR block {} is malformed", source.cidr6)};
    rule.cidr6 = *cidr;
  } else {
    auto group = find_group(state, source.group_id, source.group_name, vpc_id);
    if (!group) return group.error();
    if ((*group)->vpc_id != vpc_id) {
      return ApiError{400, "InvalidGroup.NotFound",
                      fmt::format("You have specified two resources that belong to different networks.")};
    }
    rule.group_id = (*group)->id;
  }
  return std::nullopt;
}

bool has_ports(const SecurityGroupRule& rule) { return rule.protocol != "-1"; }

}  // namespace

std::vector<PermissionText> read_permissions(const Parameters& parameters) {
  std::vector<PermissionText> all;
  for (const Parameters& one : parameters.structures("IpPermissions")) {
    PermissionText text{one.required("IpProtocol"), one.text("FromPort"), one.text("ToPort"), {}};
    for (const Parameters& range : one.structures("IpRanges")) {
      text.sources.push_back({range.required("CidrIp"), "", "", "", range.text("Description")});
    }
    for (const Parameters& range : one.structures("Ipv6Ranges")) {
      text.sources.push_back({"", range.required("CidrIpv6"), "", "", range.text("Description")});
    }
    for (const Parameters& group : one.structures("Groups")) {
      group.ignore("UserId");  // there is one account
      group.ignore("VpcId");
      text.sources.push_back({"", "", group.text("GroupId"), group.text("GroupName"), group.text("Description")});
    }
    all.push_back(std::move(text));
  }
  const bool flat =
      std::ranges::any_of(std::initializer_list<const char*>{"IpProtocol", "CidrIp", "FromPort", "ToPort",
                                                             "SourceSecurityGroupName", "SourceSecurityGroupOwnerId"},
                          [&](const char* name) { return parameters.has(name); });
  if (flat) {
    PermissionText text{parameters.text("IpProtocol"), parameters.text("FromPort"), parameters.text("ToPort"), {}};
    const std::string cidr = parameters.text("CidrIp");
    const std::string group_name = parameters.text("SourceSecurityGroupName");
    parameters.ignore("SourceSecurityGroupOwnerId");
    // A group alone means all traffic from it.
    if (text.protocol.empty() && !group_name.empty()) text.protocol = "-1";
    if (text.protocol.empty()) parameters.required("IpProtocol");
    if (!cidr.empty()) text.sources.push_back({cidr, "", "", "", ""});
    if (!group_name.empty()) text.sources.push_back({"", "", "", group_name, ""});
    all.push_back(std::move(text));
  }
  return all;
}

ApiResult<std::vector<SecurityGroupRule>> resolve_permissions(const RegionState& state, const std::string& vpc_id,
                                                              bool egress,
                                                              const std::vector<PermissionText>& permissions) {
  std::vector<SecurityGroupRule> rules;
  for (const PermissionText& text : permissions) {
    SecurityGroupRule rule;
    rule.egress = egress;
    const auto protocol = protocol_of(text.protocol);
    if (!protocol) return invalid(fmt::format("Invalid value '{}' for IP protocol. Unknown protocol.", text.protocol));
    rule.protocol = *protocol;
    if (auto no = set_ports(rule, text)) return std::unexpected(*no);
    auto sources = text.sources;
    // dstack opens every new group to all destinations by naming none, and takes no answer but yes and Duplicate.
    if (sources.empty() && egress) sources.push_back({"0.0.0.0/0", "", "", "", ""});
    if (sources.empty()) {
      return refuse("MissingParameter",
                    "Missing source specification: include source security group or CIDR information");
    }
    for (const auto& source : sources) {
      SecurityGroupRule one = rule;
      if (auto no = set_source(one, state, vpc_id, source)) return std::unexpected(*no);
      const auto same = [&](const SecurityGroupRule& other) { return same_traffic(one, other); };
      if (std::ranges::any_of(rules, same)) {
        return invalid("The same permission must not appear multiple times");
      }
      rules.push_back(std::move(one));
    }
  }
  return rules;
}

bool same_traffic(const SecurityGroupRule& one, const SecurityGroupRule& other) {
  const auto key = [](const SecurityGroupRule& rule) {
    return std::tie(rule.egress, rule.protocol, rule.from_port, rule.to_port, rule.cidr, rule.cidr6, rule.group_id);
  };
  return key(one) == key(other);
}

std::string rule_in_words(const SecurityGroupRule& rule) {
  const std::string peer = !rule.cidr.empty() ? rule.cidr : !rule.cidr6.empty() ? rule.cidr6 : rule.group_id;
  std::string protocol = rule.protocol == "-1" ? "ALL" : rule.protocol;
  for (char& c : protocol) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  if (!has_ports(rule)) return fmt::format("peer: {}, {}, ALLOW", peer, protocol);
  return fmt::format("peer: {}, {}, from port: {}, to port: {}, ALLOW", peer, protocol, rule.from_port, rule.to_port);
}

void write_permissions(Xml& xml, const std::string& name, const Context& context,
                       const std::vector<SecurityGroupRule>& rules, bool egress) {
  struct Sources {
    Xml groups, ranges, ranges6;
  };
  std::map<std::tuple<std::string, int, int>, Sources> permissions;
  for (const SecurityGroupRule& rule : rules) {
    if (rule.egress != egress) continue;
    Sources& sources = permissions[{rule.protocol, rule.from_port, rule.to_port}];
    Xml item;
    if (!rule.cidr.empty()) {
      item.text("cidrIp", rule.cidr).text_unless_empty("description", rule.description);
      sources.ranges.element("item", item);
    } else if (!rule.cidr6.empty()) {
      item.text("cidrIpv6", rule.cidr6).text_unless_empty("description", rule.description);
      sources.ranges6.element("item", item);
    } else {
      item.text("userId", context.account_id)
          .text("groupId", rule.group_id)
          .text_unless_empty("description", rule.description);
      sources.groups.element("item", item);
    }
  }
  xml.set(name, permissions, [](const auto& entry, Xml& item) {
    const auto& [protocol, from, to] = entry.first;
    item.text("ipProtocol", protocol);
    if (protocol != "-1") item.number("fromPort", from).number("toPort", to);
    item.element("groups", entry.second.groups)
        .element("ipRanges", entry.second.ranges)
        .element("ipv6Ranges", entry.second.ranges6)
        .element("prefixListIds", Xml{});
  });
}

void write_rule(Xml& item, const Context& context, const SecurityGroup& group, const SecurityGroupRule& rule) {
  item.text("securityGroupRuleId", rule.id)
      .text("groupId", group.id)
      .text("groupOwnerId", context.account_id)
      .flag("isEgress", rule.egress)
      .text("ipProtocol", rule.protocol)
      .number("fromPort", rule.from_port)
      .number("toPort", rule.to_port)
      .text_unless_empty("cidrIpv4", rule.cidr)
      .text_unless_empty("cidrIpv6", rule.cidr6);
  if (!rule.group_id.empty()) {
    item.element("referencedGroupInfo",
                 Xml{}.text("groupId", rule.group_id).text("userId", context.account_id).text("vpcId", group.vpc_id));
  }
  item.text_unless_empty("description", rule.description)
      .text("securityGroupRuleArn", arn(context, "security-group-rule", rule.id));
  write_tags(item, context.state.tags_of(rule.id));
}

ApiResult<const SecurityGroup*> find_group(const RegionState& state, const std::string& id, const std::string& name,
                                           std::string vpc_id) {
  if (!id.empty()) return find_by_id(state.security_groups, id_forms::security_group, id);
  if (name.empty()) return refuse("MissingParameter", "The request must contain the parameter groupName or groupId");
  if (vpc_id.empty()) {
    const Vpc* vpc = state.default_vpc();
    if (!vpc) {
      return refuse("VPCIdNotSpecified",
                    "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.");
    }
    vpc_id = vpc->id;
  }
  for (const auto& [group_id, group] : state.security_groups.all()) {
    if (group.name == name && group.vpc_id == vpc_id) return &group;
  }
  return refuse("InvalidGroup.NotFound",
                fmt::format("The security group '{}' does not exist in default VPC '{}'", name, vpc_id));
}

}  // namespace hotaru::sim
