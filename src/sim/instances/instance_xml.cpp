#include "sim/instances/instance_xml.h"

#include <fmt/format.h>

#include "catalog/catalog.h"
#include "sim/describe.h"
#include "sim/instances/cpu_options.h"
#include "sim/instances/transitions.h"
#include "sim/network/lookups.h"
#include "sim/network/placement_groups.h"

namespace hotaru::sim {

namespace {

/// Of whom an address is, and (in the interface's own description) by which association.
Xml association_xml(const RegionState& state, std::string_view public_ip, std::string_view public_dns, bool described) {
  const ElasticAddress* elastic = elastic_address(state, public_ip);
  Xml xml;
  if (elastic && described) xml.text("allocationId", elastic->id).text("associationId", elastic->association_id);
  return xml.text("publicIp", public_ip)
      .text("publicDnsName", public_dns)
      .text("ipOwnerId", elastic ? state.account : "amazon");
}

void write_private_address(Xml& xml, const RegionState& state, const PrivateAddress& one, bool primary,
                           bool described) {
  xml.element("item", [&](Xml& item) {
    item.text("privateIpAddress", one.private_ip).text("privateDnsName", one.private_dns).flag("primary", primary);
    if (!one.public_ip.empty())
      item.element("association", association_xml(state, one.public_ip, one.public_dns, described));
  });
}

void write_interfaces(Xml& xml, const RegionState& state, const Instance& instance) {
  xml.element("networkInterfaceSet", [&](Xml& items) {
    for (const NetworkInterface* one : interfaces_of(state, instance))
      items.element("item", [&](Xml& item) { write_interface(item, state, *one, InterfaceForm::of_instance); });
  });
}

void write_network(Xml& xml, const RegionState& state, const Instance& instance) {
  xml.text("privateDnsName", instance.private_dns)
      .text("dnsName", instance.public_dns)
      .text_unless_empty("privateIpAddress", instance.private_ip)
      .text_unless_empty("ipAddress", instance.public_ip)
      .text_unless_empty("vpcId", instance.vpc_id)
      .text_unless_empty("subnetId", instance.subnet_id);
  if (!instance.vpc_id.empty()) xml.flag("sourceDestCheck", instance.source_dest_check);
  write_groups(xml, state, instance.group_ids);
  write_interfaces(xml, state, instance);
}

void write_hardware(Xml& xml, const Instance& instance) {
  xml.text("architecture", instance.architecture)
      .text("rootDeviceType", "ebs")
      .text("rootDeviceName", instance.root_device_name)
      .text("virtualizationType", "hvm")
      .text("hypervisor", "xen")
      .flag("ebsOptimized", instance.ebs_optimized)
      .flag("enaSupport", true);
  const catalog::InstanceType* type = catalog::find_type(instance.instance_type);
  if (!type) return;
  const bool asked = instance.options.cpu_cores > 0;
  const int threads = threads_per_core(*type);
  xml.element("cpuOptions", Xml{}
                                .number("coreCount", asked ? instance.options.cpu_cores : type->vcpus / threads)
                                .number("threadsPerCore", asked ? instance.options.cpu_threads : threads));
}

Xml placement_xml(const RegionState& state, const Instance& instance) {
  Xml xml;
  xml.text("availabilityZone", instance.zone)
      .text("availabilityZoneId", instance.zone_id)
      .text("groupName", instance.placement_group);
  if (!instance.placement_group.empty()) xml.text("groupId", placement_group_id(state, instance.placement_group));
  if (instance.partition > 0) xml.number("partitionNumber", instance.partition);
  return xml.text("tenancy", instance.options.tenancy);
}

}  // namespace

void write_state(Xml& xml, std::string_view name, std::string_view state) {
  xml.element(name, Xml{}.number("code", state_code(state)).text("name", state));
}

void write_groups(Xml& xml, const RegionState& state, const std::vector<SharedText>& group_ids) {
  xml.set("groupSet", group_ids, [&](const SharedText& id, Xml& item) {
    const SecurityGroup* group = state.security_groups.find(id);
    item.text("groupId", id).text("groupName", group ? group->name : "");
  });
}

bool source_dest_check(const RegionState& state, const NetworkInterface& one) {
  const Instance* instance = one.device_index == 0 ? state.instances.find(one.instance_id) : nullptr;
  return instance ? instance->source_dest_check : one.source_dest_check;
}

Xml attachment_xml(const RegionState& state, const NetworkInterface& one, bool described) {
  Xml xml;
  xml.text("attachmentId", one.attachment_id)
      .number("deviceIndex", one.device_index)
      .number("networkCardIndex", 0)
      .text("status", "attached")
      .time("attachTime", one.attach_time)
      .flag("deleteOnTermination", one.delete_on_termination);
  if (described) xml.text("instanceId", one.instance_id).text("instanceOwnerId", state.account);
  return xml;
}

void write_interface(Xml& xml, const RegionState& state, const NetworkInterface& one, InterfaceForm form) {
  const bool described = form == InterfaceForm::described;
  xml.text("networkInterfaceId", one.id)
      .text("subnetId", one.subnet_id)
      .text("vpcId", one.vpc_id)
      .text("description", one.description)
      .text("ownerId", state.account)
      .text("status", one.status)
      .text("macAddress", one.mac)
      .text("privateIpAddress", one.private_ip)
      .text("privateDnsName", one.private_dns)
      .text("interfaceType", "interface");
  xml.flag("sourceDestCheck", source_dest_check(state, one));
  write_groups(xml, state, one.group_ids);
  if (!one.attachment_id.empty()) xml.element("attachment", attachment_xml(state, one, described));
  if (!one.public_ip.empty())
    xml.element("association", association_xml(state, one.public_ip, one.public_dns, described));
  xml.element("ipv6AddressesSet", Xml{}).element("privateIpAddressesSet", [&](Xml& set) {
    write_private_address(set, state, {one.private_ip, one.private_dns, one.public_ip, one.public_dns}, true,
                          described);
    for (const PrivateAddress& more : one.secondary) write_private_address(set, state, more, false, described);
  });
  if (!described) return;
  xml.text("availabilityZone", one.zone).flag("requesterManaged", false);
  write_tags(xml, state.tags_of(one.id));
}

Xml metadata_options_xml(const Instance& instance) {
  Xml xml;
  xml.text("state", "applied")
      .text("httpTokens", instance.metadata_http_tokens)
      .number("httpPutResponseHopLimit", instance.metadata_hop_limit)
      .text("httpEndpoint", instance.metadata_http_endpoint)
      .text("httpProtocolIpv6", instance.metadata_ipv6)
      .text("instanceMetadataTags", instance.metadata_tags);
  return xml;
}

void write_devices(Xml& xml, const RegionState& state, const Instance& instance) {
  std::vector<std::pair<SharedText, const VolumeAttachment*>> attachments;
  for (const SharedText& id : instance.volume_ids)
    if (const Volume* volume = state.volumes.find(id))
      for (const VolumeAttachment& one : volume->attachments)
        if (one.instance_id == instance.id) attachments.emplace_back(id, &one);
  xml.set("blockDeviceMapping", attachments, [](const auto& entry, Xml& item) {
    const VolumeAttachment& one = *entry.second;
    Xml ebs;
    ebs.text("volumeId", entry.first)
        .text("status", one.state)
        .time("attachTime", one.attach_time)
        .flag("deleteOnTermination", one.delete_on_termination);
    item.text("deviceName", one.device).element("ebs", ebs);
  });
}

void write_instance(Xml& xml, const RegionState& state, const Instance& instance) {
  xml.text("instanceId", instance.id).text("imageId", instance.image_id);
  write_state(xml, "instanceState", instance.state);
  xml.text("reason", instance.transition_reason)
      .text_unless_empty("keyName", instance.key_name)
      .number("amiLaunchIndex", instance.launch_index)
      .element("productCodes", Xml{})
      .text("instanceType", instance.instance_type)
      .time("launchTime", instance.launch_time)
      .time("usageOperationUpdateTime", instance.usage_operation_update_time)
      .text("usageOperation", "RunInstances")
      .text("platformDetails", "Linux/UNIX")
      .element("placement", placement_xml(state, instance))
      .element("monitoring", Xml{}.text("state", instance.monitoring ? "enabled" : "disabled"))
      .text("clientToken", instance.client_token)
      .text_unless_empty("instanceLifecycle", instance.lifecycle)
      .text_unless_empty("spotInstanceRequestId", instance.spot_request_id);
  write_hardware(xml, instance);
  write_network(xml, state, instance);
  write_devices(xml, state, instance);
  if (!instance.state_reason_code.empty())
    xml.element("stateReason",
                Xml{}.text("code", instance.state_reason_code).text("message", instance.state_reason_message));
  write_tags_if_any(xml, state.tags_of(instance.id));
  if (!instance.iam_profile_arn.empty())
    xml.element("iamInstanceProfile", Xml{}.text("arn", instance.iam_profile_arn).text("id", instance.iam_profile_id));
  xml.element("metadataOptions", metadata_options_xml(instance))
      .element("hibernationOptions", Xml{}.flag("configured", false))
      .element("enclaveOptions", Xml{}.flag("enabled", false))
      .element("maintenanceOptions", Xml{}.text("autoRecovery", instance.options.auto_recovery))
      .element("capacityReservationSpecification", Xml{}.text("capacityReservationPreference", "open"))
      .text("currentInstanceBootMode", "uefi");
}

void write_reservation(Xml& xml, const RegionState& state, const std::vector<const Instance*>& instances) {
  xml.text("reservationId", instances.front()->reservation_id)
      .text("ownerId", state.account)
      .element("groupSet", Xml{})  // of EC2-Classic
      .set("instancesSet", instances, [&](const Instance* one, Xml& item) { write_instance(item, state, *one); });
}

}  // namespace hotaru::sim
