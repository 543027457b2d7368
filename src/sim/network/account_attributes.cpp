#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/network/actions.h"

namespace hotaru::sim::actions {

ApiResult<Xml> describe_account_attributes(Context& context, const Parameters& parameters) {
  const auto wanted = parameters.list("AttributeName");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const Vpc* vpc = context.state.default_vpc();
  // What EC2 tells a new account; the simulator keeps nobody from having more addresses.
  const std::vector<std::pair<std::string, std::string>> all = {
      {"vpc-max-security-groups-per-interface", "5"}, {"max-instances", "20"},  {"supported-platforms", "VPC"},
      {"default-vpc", vpc ? vpc->id : "none"},        {"max-elastic-ips", "5"}, {"vpc-max-elastic-ips", "5"}};
  for (const std::string& name : wanted)
    if (std::ranges::find(all, name, &std::pair<std::string, std::string>::first) == all.end())
      return refuse("InvalidParameterValue",
                    fmt::format("Value ({}) for parameter attributeName is invalid. Unknown account attribute.", name));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Xml items;
  for (const auto& [name, value] : all) {
    if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end()) continue;
    items.element("item",
                  Xml{}.text("attributeName", name).set_of_texts("attributeValueSet", "attributeValue", Values{value}));
  }
  return Xml{}.element("accountAttributeSet", items);
}

}  // namespace hotaru::sim::actions
