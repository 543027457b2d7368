#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/network/actions.h"
#include "sim/network/shared.h"
#include "sim/network/vpc_ids.h"

namespace hotaru::sim::actions {

namespace {

/// The region's own set, as EC2 makes it.
DhcpOptions usual(const Context& context) {
  const std::string domain =
      context.region == "us-east-1" ? "ec2.internal" : fmt::format("{}.compute.internal", context.region);
  return {std::string(usual_dhcp_options), {{"domain-name", {domain}}, {"domain-name-servers", {"AmazonProvidedDNS"}}}};
}

std::vector<DhcpOptions> all_options(const Context& context) {
  std::vector<DhcpOptions> all = {usual(context)};
  for (const auto& [id, one] : context.state.dhcp_options.all()) all.push_back(one);
  return all;
}

Values keys_of(const DhcpOptions& options) {
  Values keys;
  for (const DhcpOption& one : options.options) keys.push_back(one.key);
  return keys;
}

Values values_within(const DhcpOptions& options) {
  Values values;
  for (const DhcpOption& one : options.options) values.insert(values.end(), one.values.begin(), one.values.end());
  return values;
}

Description<DhcpOptions> description(const Context& context) {
  const std::string account = context.account_id;
  return {"DhcpOptionsId",
          id_forms::dhcp_options,
          {{"dhcp-options-id", [](const DhcpOptions& one) { return Values{one.id}; }},
           {"key", keys_of},
           {"value", values_within},
           {"owner-id", [account](const DhcpOptions&) { return Values{account}; }}}};
}

void write(const Context& context, const DhcpOptions& options, Xml& item) {
  item.text("dhcpOptionsId", options.id).text("ownerId", context.account_id);
  item.set("dhcpConfigurationSet", options.options, [](const DhcpOption& one, Xml& entry) {
    entry.text("key", one.key).set("valueSet", one.values, [](const std::string& value, Xml& inside) {
      inside.text("value", value);
    });
  });
  write_tags(item, context.state.tags_of(options.id));
}

std::vector<DhcpOption> read_options(const Parameters& parameters) {
  static const std::set<std::string> known = {"domain-name",       "domain-name-servers",
                                              "ntp-servers",       "netbios-name-servers",
                                              "netbios-node-type", "ipv6-address-preferred-lease-time"};
  std::vector<DhcpOption> options;
  for (const Parameters& one : parameters.structures("DhcpConfiguration")) {
    DhcpOption option{one.required("Key"), one.list("Value")};
    if (!known.contains(option.key))
      parameters.refuse("InvalidParameterValue",
                        fmt::format("Value ({}) for parameter {} is invalid. Unknown DHCP option",
                                    option.values.empty() ? "" : option.values.front(), option.key));
    if (option.values.size() > 4)
      parameters.refuse("InvalidParameterValue", fmt::format("Too many values for the DHCP option {}.", option.key));
    static const std::set<std::string> node_types = {"1", "2", "4", "8"};  // RFC 2132
    if (option.key == "netbios-node-type" &&
        !std::ranges::all_of(option.values, [](const std::string& value) { return node_types.contains(value); }))
      parameters.refuse("InvalidParameterValue",
                        fmt::format("Value ({}) for parameter value is invalid. Unknown NetBIOS node type.",
                                    fmt::join(option.values, ", ")));
    options.push_back(std::move(option));
  }
  if (options.empty()) parameters.required("DhcpConfiguration.1.Key");
  return options;
}

}  // namespace

ApiResult<Xml> create_dhcp_options(Context& context, const Parameters& parameters) {
  auto options = read_options(parameters);
  const auto tags = read_tag_specifications(parameters, {"dhcp-options"});
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const DhcpOptions& made = context.state.dhcp_options.put({context.new_id("dopt"), std::move(options)});
  tag_made(context, tags, "dhcp-options", made.id);
  Xml inside;
  write(context, made, inside);
  return Xml{}.element("dhcpOptions", inside);
}

ApiResult<Xml> delete_dhcp_options(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("DhcpOptionsId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const bool its_own = id != usual_dhcp_options;
  if (auto found = find_by_id(context.state.dhcp_options, id_forms::dhcp_options, id); its_own && !found)
    return std::unexpected(found.error());
  for (const auto& [vpc_id, vpc] : context.state.vpcs.all())
    if (dhcp_options_id(vpc) == id || !its_own)
      return refuse("DependencyViolation",
                    fmt::format("The dhcpOptions '{}' has dependencies and cannot be deleted.", id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.dhcp_options.erase(id);
  context.state.remove_tags(id);
  return done();
}

ApiResult<Xml> describe_dhcp_options(Context& context, const Parameters& parameters) {
  const auto rows = all_options(context);
  auto page = describe_rows(context, parameters, rows, description(context));
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("dhcpOptionsSet", page->items, [&](const DhcpOptions* one, Xml& item) { write(context, *one, item); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> associate_dhcp_options(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("DhcpOptionsId");
  const std::string vpc_id = parameters.required("VpcId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const bool named = id != "default" && id != usual_dhcp_options;
  if (auto found = find_by_id(context.state.dhcp_options, id_forms::dhcp_options, id); named && !found)
    return std::unexpected(found.error());
  auto vpc = find_by_id(context.state.vpcs, id_forms::vpc, vpc_id);
  if (!vpc) return std::unexpected(vpc.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.vpcs.modify(vpc_id, [&](Vpc& one) { one.dhcp_options_id = id == usual_dhcp_options ? "" : id; });
  return done();
}

}  // namespace hotaru::sim::actions
