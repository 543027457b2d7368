#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/network/new_interface.h"
#include "sim/network/shared.h"

namespace hotaru::sim::actions {

namespace {

/// What ModifyNetworkInterfaceAttribute is to change: one thing at a time.
struct InterfaceChange {
  std::optional<std::string> description;
  std::optional<bool> source_dest_check;
  std::vector<std::string> group_ids;
  std::string attachment_id;
  std::optional<bool> delete_on_termination;
  int given() const {
    return int{description.has_value()} + int{source_dest_check.has_value()} + int{!group_ids.empty()} +
           int{delete_on_termination.has_value()};
  }
};

InterfaceChange read_change(const Parameters& parameters) {
  InterfaceChange change;
  change.description = parameters.optional_text("Description.Value");
  change.source_dest_check = parameters.optional_flag("SourceDestCheck.Value");
  change.group_ids = parameters.list("SecurityGroupId");
  change.attachment_id = parameters.text("Attachment.AttachmentId");
  change.delete_on_termination = parameters.optional_flag("Attachment.DeleteOnTermination");
  if (change.delete_on_termination && change.attachment_id.empty()) parameters.required("Attachment.AttachmentId");
  for (const char* name : {"AssociatePublicIpAddress", "EnablePrimaryIpv6", "EnaSrdSpecification",
                           "ConnectionTrackingSpecification", "AssociatedSubnetId"}) {
    if (parameters.has(name))
      parameters.refuse("UnsupportedOperation", fmt::format("The simulator does not change {}.", name));
    parameters.ignore(name);
  }
  return change;
}

Refusal check_change(const RegionState& state, const NetworkInterface& one, const InterfaceChange& change) {
  if (change.given() != 1)
    return ApiError{400, "InvalidParameterCombination",
                    change.given() == 0 ? "No attributes specified." : "Only one attribute can be modified at a time"};
  if (change.delete_on_termination && one.attachment_id != change.attachment_id)
    return ApiError{400, "InvalidAttachmentID.NotFound",
                    fmt::format("The interface attachment '{}' does not exist.", change.attachment_id)};
  if (change.group_ids.empty()) return std::nullopt;
  const Subnet* subnet = state.subnets.find(one.subnet_id);
  auto groups = interface_groups(state, change.group_ids, *subnet);
  return groups ? Refusal{} : Refusal{groups.error()};
}

/// An instance shows what its first interface has.
void change_instance(Context& context, const NetworkInterface& one, const InterfaceChange& change) {
  if (one.device_index != 0 || one.instance_id.empty()) return;
  context.state.instances.modify(one.instance_id, [&](Instance& instance) {
    if (change.source_dest_check) instance.source_dest_check = *change.source_dest_check;
    if (!change.group_ids.empty()) instance.group_ids = one.group_ids;
  });
}

}  // namespace

ApiResult<Xml> modify_network_interface_attribute(Context& context, const Parameters& parameters) {
  refuse_unsupported(parameters, {"Attachment.DefaultEnaQueueCount", "Attachment.EnaQueueCount"});
  const std::string id = parameters.required("NetworkInterfaceId");
  const InterfaceChange change = read_change(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto found = find_by_id(context.state.network_interfaces, id_forms::network_interface, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = check_change(context.state, **found, change)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.network_interfaces.modify(id, [&](NetworkInterface& one) {
    if (change.description) one.description = *change.description;
    if (change.source_dest_check) one.source_dest_check = *change.source_dest_check;
    if (change.delete_on_termination) one.delete_on_termination = *change.delete_on_termination;
    if (!change.group_ids.empty()) one.group_ids.assign(change.group_ids.begin(), change.group_ids.end());
  });
  const NetworkInterface& now = *context.state.network_interfaces.find(id);
  change_instance(context, now, change);
  if (!change.group_ids.empty()) {
    update_later(context, std::string(now.instance_id));
    refresh_firewalls_later(context, std::string(now.vpc_id));
  }
  return done();
}

ApiResult<Xml> reset_network_interface_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("NetworkInterfaceId");
  parameters.text("SourceDestCheck");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.network_interfaces, id_forms::network_interface, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  InterfaceChange change;
  change.source_dest_check = true;
  context.state.network_interfaces.modify(id, [](NetworkInterface& one) { one.source_dest_check = true; });
  change_instance(context, *context.state.network_interfaces.find(id), change);
  return done();
}

ApiResult<Xml> describe_network_interface_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("NetworkInterfaceId");
  const std::string attribute = parameters.required("Attribute");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto found = find_by_id(context.state.network_interfaces, id_forms::network_interface, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const NetworkInterface& one = **found;
  Xml xml;
  xml.text("networkInterfaceId", id);
  if (attribute == "description") {
    xml.element("description", Xml{}.text("value", one.description));
  } else if (attribute == "sourceDestCheck") {
    xml.element("sourceDestCheck", Xml{}.flag("value", source_dest_check(context.state, one)));
  } else if (attribute == "groupSet") {
    write_groups(xml, context.state, one.group_ids);
  } else if (attribute == "attachment") {
    if (!one.attachment_id.empty()) xml.element("attachment", attachment_xml(context.state, one, true));
  } else if (attribute == "associatePublicIpAddress") {
    xml.flag("associatePublicIpAddress", !one.public_ip.empty());
  } else {
    return refuse(
        "InvalidParameterValue",
        fmt::format("Value ({}) for parameter attribute is invalid. Unknown network interface attribute.", attribute));
  }
  return xml;
}

}  // namespace hotaru::sim::actions
