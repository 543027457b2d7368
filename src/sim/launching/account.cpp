#include "sim/describe.h"
#include "sim/launching/actions.h"

namespace hotaru::sim::launching {

namespace {

std::vector<std::pair<std::string, std::string>> attributes_of(const RegionState& state) {
  const Vpc* vpc = state.default_vpc();
  return {{"supported-platforms", "VPC"}, {"vpc-max-security-groups-per-interface", "5"},
          {"max-elastic-ips", "5"},       {"max-instances", "20"},
          {"vpc-max-elastic-ips", "5"},   {"default-vpc", vpc != nullptr ? std::string(vpc->id) : "none"}};
}

}  // namespace

ApiResult<Xml> describe_account_attributes(Context& context, const Parameters& parameters) {
  const auto names = parameters.list("AttributeName");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  auto attributes = attributes_of(context.state);
  for (const std::string& name : names)
    if (std::ranges::find(attributes, name, &std::pair<std::string, std::string>::first) == attributes.end())
      return refuse("InvalidParameterValue", "Value (" + name + ") for parameter attributeName is invalid.");
  std::erase_if(attributes,
                [&](const auto& one) { return !names.empty() && std::ranges::find(names, one.first) == names.end(); });
  return Xml{}.set("accountAttributeSet", attributes, [](const auto& one, Xml& item) {
    const std::vector<std::string> values{one.second};
    item.text("attributeName", one.first).set_of_texts("attributeValueSet", "attributeValue", values);
  });
}

ApiResult<Xml> get_serial_console_access_status(Context& /*context*/, const Parameters& parameters) {
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  return Xml{}.flag("serialConsoleAccessEnabled", false);
}

}  // namespace hotaru::sim::launching
