#include "sim/describe.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"

namespace hotaru::sim {

// The codes are those of the EC2 API Reference, "Error codes"; their spelling follows no rule.
namespace id_forms {
const IdForm vpc{"vpc", "InvalidVpcID.Malformed", "InvalidVpcID.NotFound", "vpc ID"};
const IdForm subnet{"subnet", "InvalidSubnetID.Malformed", "InvalidSubnetID.NotFound", "subnet ID"};
const IdForm internet_gateway{"igw", "InvalidInternetGatewayId.Malformed", "InvalidInternetGatewayID.NotFound",
                              "internetGateway ID"};
const IdForm route_table{"rtb", "InvalidRouteTableId.Malformed", "InvalidRouteTableID.NotFound", "routeTable ID"};
const IdForm security_group{"sg", "InvalidGroupId.Malformed", "InvalidGroup.NotFound", "security group"};
const IdForm security_group_rule{"sgr", "InvalidSecurityGroupRuleId.Malformed", "InvalidSecurityGroupRuleId.NotFound",
                                 "security group rule ID"};
const IdForm key_pair{"key", "InvalidKeyPair.NotFound", "InvalidKeyPair.NotFound", "key pair"};
const IdForm image{"ami", "InvalidAMIID.Malformed", "InvalidAMIID.NotFound", "image id"};
const IdForm launch_template{"lt", "InvalidLaunchTemplateId.Malformed", "InvalidLaunchTemplateId.NotFound",
                             "launch template ID"};
const IdForm instance{"i", "InvalidInstanceID.Malformed", "InvalidInstanceID.NotFound", "instance ID"};
const IdForm volume{"vol", "InvalidVolumeID.Malformed", "InvalidVolume.NotFound", "volume", true};
const IdForm snapshot{"snap", "InvalidSnapshotID.Malformed", "InvalidSnapshot.NotFound", "snapshot", true};
const IdForm network_interface{"eni", "InvalidNetworkInterfaceId.Malformed", "InvalidNetworkInterfaceID.NotFound",
                               "networkInterface ID"};
const IdForm allocation{"eipalloc", "InvalidAllocationID.NotFound", "InvalidAllocationID.NotFound", "allocation ID"};
const IdForm dhcp_options{"dopt", "InvalidDhcpOptionsId.Malformed", "InvalidDhcpOptionID.NotFound", "dhcpOption ID"};
const IdForm network_acl{"acl", "InvalidNetworkAclID.Malformed", "InvalidNetworkAclID.NotFound", "networkAcl ID"};
const IdForm placement_group{"pg", "InvalidPlacementGroupId.Malformed", "InvalidPlacementGroup.Unknown",
                             "placement group"};
}  // namespace id_forms

bool is_id(const std::string& prefix, const std::string& id) {
  if (!id.starts_with(prefix + "-")) return false;
  const std::string digits = id.substr(prefix.size() + 1);
  return (digits.size() == 8 || digits.size() == 17) &&
         digits.find_first_not_of("0123456789abcdef") == std::string::npos;
}

ApiError malformed_id(const IdForm& form, const std::string& id) {
  return {400, form.malformed_code, fmt::format("Invalid id: \"{}\" (expecting \"{}-...\")", id, form.prefix)};
}

ApiError no_such_id(const IdForm& form, const std::vector<std::string>& ids) {
  const bool many = ids.size() > 1;
  return {400, form.not_found_code,
          fmt::format("The {}{} '{}' {} not exist{}", form.noun, many ? "s" : "", join(ids, ", "), many ? "do" : "does",
                      form.full_stop ? "." : "")};
}

std::vector<Filter> read_filters(const Parameters& parameters, const std::set<std::string>& known, bool tagged) {
  std::vector<Filter> filters;
  for (const Parameters& one : parameters.structures("Filter")) {
    Filter filter{one.required("Name"), one.list("Value")};
    const bool of_tags = filter.name.starts_with("tag:") || filter.name == "tag-key" || filter.name == "tag-value";
    if (!known.contains(filter.name) && !(tagged && of_tags)) {
      parameters.refuse("InvalidParameterValue", fmt::format("The filter '{}' is invalid", filter.name));
    }
    if (filter.values.empty()) parameters.refuse("InvalidParameterValue", "The filter value must not be empty");
    if (filter.values.size() > 200) {
      parameters.refuse("FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200");
    }
    filters.push_back(std::move(filter));
  }
  return filters;
}

std::optional<std::vector<std::string>> exact_values(const std::vector<Filter>& filters, const std::string& name) {
  for (const Filter& filter : filters) {
    const bool exact = std::ranges::none_of(
        filter.values, [](const std::string& one) { return one.find_first_of("*?\\") != std::string::npos; });
    if (filter.name != name || !exact) continue;
    auto values = filter.values;
    in_order(values);
    return values;
  }
  return std::nullopt;
}

bool matches_any(const std::vector<std::string>& patterns, const std::vector<std::string>& values) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return std::ranges::any_of(values, [&](const std::string& value) { return matches_wildcard(pattern, value); });
  });
}

bool passes_tag_filter(const Filter& filter, const std::map<std::string, std::string>& tags) {
  std::vector<std::string> values;
  if (filter.name.starts_with("tag:")) {
    const auto found = tags.find(filter.name.substr(4));
    if (found == tags.end()) return false;
    values.push_back(found->second);
  } else {
    for (const auto& [key, value] : tags) values.push_back(filter.name == "tag-key" ? key : value);
  }
  return matches_any(filter.values, values);
}

PageRequest read_page(const Parameters& parameters, std::int64_t least, std::int64_t most) {
  PageRequest page;
  page.max_results = parameters.optional_integer("MaxResults");
  if (page.max_results && (*page.max_results < least || *page.max_results > most)) {
    parameters.refuse(
        "InvalidParameterValue",
        fmt::format("Value ( {} ) for parameter maxResults is invalid. Expecting a value between {} and {}.",
                    *page.max_results, least, most));
  }
  const std::string token = parameters.text("NextToken");
  if (token.empty()) return page;
  static const std::string mark = "after:";
  const auto decoded = base64_decode(token);
  if (decoded && decoded->starts_with(mark)) {
    page.after = decoded->substr(mark.size());
  } else {
    parameters.refuse("InvalidParameterValue", "Unable to parse pagination token");
  }
  return page;
}

std::string next_token(const std::string& last_key) { return base64_encode("after:" + last_key); }

void write_tags(Xml& xml, const std::map<std::string, std::string>& tags) {
  xml.set("tagSet", tags, [](const auto& tag, Xml& item) { item.text("key", tag.first).text("value", tag.second); });
}

void write_tags_if_any(Xml& xml, const std::map<std::string, std::string>& tags) {
  if (!tags.empty()) write_tags(xml, tags);
}

std::map<std::string, std::string> read_tags(const Parameters& parameters) {
  std::map<std::string, std::string> tags;
  for (const Parameters& one : parameters.structures("Tag")) {
    const std::string key = one.text("Key");
    const std::string value = one.text("Value");
    if (key.empty()) {
      parameters.refuse("InvalidParameterValue", "Tag key cannot be null or empty.");
    } else if (key.size() > 128 * 4 || value.size() > 256 * 4) {  // counted in characters, of up to 4 bytes
      parameters.refuse("InvalidParameterValue", "Tag key exceeds 128 or tag value exceeds 256 characters.");
    } else if (to_lower(key).starts_with("aws:")) {
      parameters.refuse("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use");
    } else {
      tags[key] = value;
    }
  }
  if (tags.size() > 50) parameters.refuse("TagLimitExceeded", "The maximum number of tags for a resource is 50.");
  return tags;
}

namespace {

// What is made is tagged with each key once; CreateTags takes a key twice, and the last is kept (SkyPilot sends them
// so).
void refuse_repeated_keys(const Parameters& specification) {
  std::set<std::string> keys;
  for (const Parameters& one : specification.structures("Tag"))
    if (const std::string key = one.text("Key"); !keys.insert(key).second)
      specification.refuse("InvalidParameterValue", fmt::format("Duplicate tag key '{}' specified.", key));
}

/// What EC2 answers to a wrong tag specification: the calls on networks have a code of their own.
const char* code_for_tags(const std::vector<std::string>& resource_types) {
  static const std::set<std::string> networks = {"vpc",         "subnet",       "internet-gateway", "route-table",
                                                 "network-acl", "dhcp-options", "network-interface"};
  const bool all = std::ranges::all_of(resource_types, [](const std::string& one) { return networks.contains(one); });
  return all ? "InvalidParameter" : "InvalidParameterValue";
}

}  // namespace

std::map<std::string, std::map<std::string, std::string>> read_tag_specifications(
    const Parameters& parameters, const std::vector<std::string>& resource_types) {
  std::map<std::string, std::map<std::string, std::string>> by_type;
  const std::string code = code_for_tags(resource_types);
  for (const Parameters& one : parameters.structures("TagSpecification")) {
    const std::string type = one.text("ResourceType");
    if (type.empty()) {
      parameters.refuse(code, "Tag specification resource type must have a value");
    } else if (std::ranges::find(resource_types, type) == resource_types.end()) {
      parameters.refuse(code, fmt::format("'{}' is not a valid taggable resource type for this operation.", type));
    }
    auto tags = read_tags(one);
    refuse_repeated_keys(one);
    if (tags.empty()) parameters.refuse(code, "Tag specification must have at least one tag");
    if (!by_type.emplace(type, std::move(tags)).second)
      parameters.refuse(code, fmt::format("Duplicate resource type '{}' in tag specifications", type));
  }
  return by_type;
}

std::string resource_type_of(const std::string& id) {
  static const std::map<std::string, std::string> types = {{"i", "instance"},
                                                           {"vol", "volume"},
                                                           {"eni", "network-interface"},
                                                           {"sg", "security-group"},
                                                           {"vpc", "vpc"},
                                                           {"subnet", "subnet"},
                                                           {"igw", "internet-gateway"},
                                                           {"eipalloc", "elastic-ip"},
                                                           {"dopt", "dhcp-options"},
                                                           {"acl", "network-acl"},
                                                           {"pg", "placement-group"},
                                                           {"rtb", "route-table"},
                                                           {"key", "key-pair"},
                                                           {"ami", "image"},
                                                           {"sgr", "security-group-rule"},
                                                           {"snap", "snapshot"},
                                                           {"lt", "launch-template"},
                                                           {"fleet", "fleet"},
                                                           {"sir", "spot-instances-request"}};
  const auto found = types.find(id.substr(0, id.find('-')));
  return found == types.end() ? "" : found->second;
}

std::string arn(const Context& context, const std::string& resource_type, const std::string& id) {
  return fmt::format("arn:aws:ec2:{}:{}:{}/{}", context.region, context.account_id, resource_type, id);
}

}  // namespace hotaru::sim
