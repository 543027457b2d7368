#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/network/acls.h"
#include "sim/network/actions.h"
#include "sim/network/lookups.h"
#include "sim/security_group_rules.h"

namespace hotaru::sim::actions {

namespace {

constexpr int entries_per_direction = 20;  // Amazon VPC quotas, "Rules per network ACL"

/// Which rule of which ACL.
struct Place {
  std::string acl_id;
  int number = 0;
  bool egress = false;
};

Place read_place(const Parameters& parameters) {
  Place place;
  place.acl_id = parameters.required("NetworkAclId");
  parameters.required("RuleNumber");
  const std::int64_t number = parameters.integer("RuleNumber", 1);
  if (number < 1 || number >= last_acl_entry)
    parameters.invalid_value("ruleNumber", std::to_string(number), "Expecting a value from 1 to 32766.");
  else
    place.number = static_cast<int>(number);
  place.egress = parameters.flag("Egress");
  return place;
}

std::optional<int> read_number(const Parameters& parameters, const std::string& name, int least, int most) {
  const auto number = parameters.optional_integer(name);
  if (!number) return std::nullopt;
  if (*number < least || *number > most) {
    parameters.invalid_value(name, std::to_string(*number),
                             fmt::format("Expecting a value from {} to {}.", least, most));
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

std::string protocol_number(const Parameters& parameters) {
  const std::string text = to_lower(parameters.required("Protocol"));
  if (text == "tcp") return "6";
  if (text == "udp") return "17";
  if (text == "icmp") return "1";
  if (text == "all") return "-1";
  const auto number = parse_integer(text);
  if (!text.empty() && (!number || *number < -1 || *number > 255))
    parameters.refuse("InvalidParameterValue", fmt::format("Invalid value '{}' for IP protocol.", text));
  return text;
}

NetworkAclEntry read_entry(const Parameters& parameters, const Place& place) {
  NetworkAclEntry entry;
  entry.number = place.number;
  entry.egress = place.egress;
  entry.protocol = protocol_number(parameters);
  parameters.required("RuleAction");
  entry.action = parameters.one_of("RuleAction", {"allow", "deny"}, "deny");
  const std::string cidr = parameters.text("CidrBlock");
  const std::string cidr6 = parameters.text("Ipv6CidrBlock");
  if (cidr.empty() == cidr6.empty())
    parameters.refuse(cidr.empty() ? "MissingParameter" : "InvalidParameterCombination",
                      "The request must contain exactly one of cidrBlock and ipv6CidrBlock");
  entry.cidr = cidr.empty() ? "" : canonical_cidr(cidr);
  entry.cidr6 = cidr6.empty() ? "" : canonical_cidr6(cidr6).value_or("");
  if (!cidr.empty() && entry.cidr.empty())
    parameters.invalid_value("cidrBlock", cidr, "This is not a valid CIDR block.");
  if (!cidr6.empty() && entry.cidr6.empty())
    parameters.invalid_value("ipv6CidrBlock", cidr6, "This is not a valid CIDR block.");
  entry.from_port = read_number(parameters, "PortRange.From", 0, 65'535);
  entry.to_port = read_number(parameters, "PortRange.To", 0, 65'535);
  entry.icmp_type = read_number(parameters, "Icmp.Type", -1, 255);
  entry.icmp_code = read_number(parameters, "Icmp.Code", -1, 255);
  const bool ports = entry.protocol == "6" || entry.protocol == "17";
  if (ports && (!entry.from_port || !entry.to_port))
    parameters.refuse("MissingParameter", "The request must contain the parameter portRange");
  if (entry.protocol == "1" && !entry.icmp_type)
    parameters.refuse("MissingParameter", "The request must contain the parameter icmpTypeCode");
  if (ports && entry.from_port > entry.to_port)
    parameters.refuse("InvalidParameterValue", "Invalid TCP/UDP port range.");
  return entry;
}

ApiResult<NetworkAcl> acl_of(const Context& context, const Place& place) {
  if (!is_id("acl", place.acl_id)) return std::unexpected(malformed_id(id_forms::network_acl, place.acl_id));
  auto acl = find_acl(context.state, place.acl_id);
  if (!acl) return std::unexpected(no_such_id(id_forms::network_acl, {place.acl_id}));
  return *std::move(acl);
}

auto find_entry(NetworkAcl& acl, const Place& place) {
  return std::ranges::find_if(acl.entries, [&](const NetworkAclEntry& one) {
    return one.number == place.number && one.egress == place.egress;
  });
}

ApiError no_such_entry(const Place& place) {
  return {400, "InvalidNetworkAclEntry.NotFound",
          fmt::format("The network acl entry identified by {} does not exist.", place.number)};
}

/// Associations that nobody moved are not kept with a default ACL: they follow from the subnets.
void keep(Context& context, NetworkAcl acl) {
  const NetworkAcl* stored = context.state.network_acls.find(acl.id);
  if (acl.is_default)
    acl.associations = stored != nullptr ? stored->associations : std::vector<NetworkAclAssociation>{};
  std::ranges::sort(acl.entries, {}, [](const NetworkAclEntry& one) { return std::pair(!one.egress, one.number); });
  context.state.network_acls.put(std::move(acl));
}

}  // namespace

ApiResult<Xml> create_network_acl_entry(Context& context, const Parameters& parameters) {
  const Place place = read_place(parameters);
  const NetworkAclEntry entry = read_entry(parameters, place);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto acl = acl_of(context, place);
  if (!acl) return std::unexpected(acl.error());
  if (find_entry(*acl, place) != acl->entries.end())
    return refuse("NetworkAclEntryAlreadyExists",
                  fmt::format("The network acl entry identified by {} already exists.", place.number));
  // The last rule of all, "*", does not count.
  if (std::ranges::count(acl->entries, place.egress, &NetworkAclEntry::egress) > entries_per_direction)
    return refuse("NetworkAclEntryLimitExceeded",
                  fmt::format("The maximum number of entries of network acl {} has been reached.", place.acl_id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  acl->entries.push_back(entry);
  keep(context, *std::move(acl));
  return done();
}

ApiResult<Xml> replace_network_acl_entry(Context& context, const Parameters& parameters) {
  const Place place = read_place(parameters);
  const NetworkAclEntry entry = read_entry(parameters, place);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto acl = acl_of(context, place);
  if (!acl) return std::unexpected(acl.error());
  const auto found = find_entry(*acl, place);
  if (found == acl->entries.end()) return std::unexpected(no_such_entry(place));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  *found = entry;
  keep(context, *std::move(acl));
  return done();
}

ApiResult<Xml> delete_network_acl_entry(Context& context, const Parameters& parameters) {
  const Place place = read_place(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto acl = acl_of(context, place);
  if (!acl) return std::unexpected(acl.error());
  const auto found = find_entry(*acl, place);
  if (found == acl->entries.end()) return std::unexpected(no_such_entry(place));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  acl->entries.erase(found);
  keep(context, *std::move(acl));
  return done();
}

}  // namespace hotaru::sim::actions
