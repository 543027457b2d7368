#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/network/shared.h"

namespace hotaru::sim::actions {

namespace {

Values attachment(const InternetGateway& gateway, const std::string& value) {
  return gateway.vpc_id.empty() ? Values{} : Values{value};
}

Description<InternetGateway> description(const Context& context) {
  const std::string account = context.account_id;
  return {"InternetGatewayId",
          id_forms::internet_gateway,
          {{"attachment.state", [](const InternetGateway& one) { return attachment(one, "available"); }},
           {"attachment.vpc-id", [](const InternetGateway& one) { return attachment(one, one.vpc_id); }},
           {"internet-gateway-id", [](const InternetGateway& one) { return Values{one.id}; }},
           {"owner-id", [account](const InternetGateway&) { return Values{account}; }}}};
}

void write(const Context& context, const InternetGateway& gateway, Xml& item) {
  Xml attachments;
  if (!gateway.vpc_id.empty()) {
    attachments.element("item", Xml{}.text("vpcId", gateway.vpc_id).text("state", "available"));
  }
  item.text("internetGatewayId", gateway.id).text("ownerId", context.account_id).element("attachmentSet", attachments);
  write_tags(item, context.state.tags_of(gateway.id));
}

}  // namespace

ApiResult<Xml> describe_internet_gateways(Context& context, const Parameters& parameters) {
  auto page = describe(context, parameters, context.state.internet_gateways, description(context));
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("internetGatewaySet", page->items,
          [&](const InternetGateway* one, Xml& item) { write(context, *one, item); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> create_internet_gateway(Context& context, const Parameters& parameters) {
  const auto tags = read_tag_specifications(parameters, {"internet-gateway"});
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const InternetGateway& made = context.state.internet_gateways.put({context.new_id("igw"), ""});
  tag_made(context, tags, "internet-gateway", made.id);
  Xml inside;
  write(context, made, inside);
  return Xml{}.element("internetGateway", inside);
}

ApiResult<Xml> attach_internet_gateway(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InternetGatewayId");
  const std::string vpc_id = parameters.required("VpcId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto gateway = find_by_id(context.state.internet_gateways, id_forms::internet_gateway, id);
  if (!gateway) return std::unexpected(gateway.error());
  auto vpc = find_by_id(context.state.vpcs, id_forms::vpc, vpc_id);
  if (!vpc) return std::unexpected(vpc.error());
  if (!(*gateway)->vpc_id.empty())
    return refuse("Resource.AlreadyAssociated",
                  fmt::format("resource {} is already attached to network {}", id, (*gateway)->vpc_id));
  for (const auto& [other, one] : context.state.internet_gateways.all())
    if (one.vpc_id == vpc_id)
      return refuse("InvalidParameterValue",
                    fmt::format("Network {} already has an internet gateway attached", vpc_id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.internet_gateways.modify(id, [&](InternetGateway& one) { one.vpc_id = vpc_id; });
  refresh_firewalls_later(context, vpc_id);
  return done();
}

ApiResult<Xml> detach_internet_gateway(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InternetGatewayId");
  const std::string vpc_id = parameters.required("VpcId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto gateway = find_by_id(context.state.internet_gateways, id_forms::internet_gateway, id);
  if (!gateway) return std::unexpected(gateway.error());
  if (!is_id("vpc", vpc_id)) return std::unexpected(malformed_id(id_forms::vpc, vpc_id));
  if ((*gateway)->vpc_id != vpc_id) {
    return refuse("Gateway.NotAttached", fmt::format("resource {} is not attached to network {}", id, vpc_id));
  }
  if (context.state.network_interfaces.index().public_in_vpc(vpc_id) > 0) {
    return refuse("DependencyViolation",
                  fmt::format("Network {} has some mapped public address(es). Please unmap those public address(es) "
                              "before detaching the gateway.",
                              vpc_id));
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.internet_gateways.modify(id, [](InternetGateway& one) { one.vpc_id.clear(); });
  refresh_firewalls_later(context, vpc_id);
  return done();
}

ApiResult<Xml> delete_internet_gateway(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InternetGatewayId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto gateway = find_by_id(context.state.internet_gateways, id_forms::internet_gateway, id);
  if (!gateway) return std::unexpected(gateway.error());
  if (!(*gateway)->vpc_id.empty()) {
    return refuse("DependencyViolation",
                  fmt::format("The internetGateway '{}' has dependencies and cannot be deleted.", id));
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.internet_gateways.erase(id);
  context.state.remove_tags(id);
  return done();
}

}  // namespace hotaru::sim::actions
