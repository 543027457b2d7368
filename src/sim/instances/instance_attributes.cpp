#include <fmt/format.h>
#include <algorithm>

#include "catalog/catalog.h"
#include "sim/describe.h"
#include "sim/images.h"
#include "sim/instances/actions.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/launch_request.h"
#include "sim/instances/life.h"
#include "sim/network/shared.h"

namespace hotaru::sim::actions {

namespace {

std::string text_of(bool value) { return value ? "true" : "false"; }

Xml value_xml(const std::string& value) { return value.empty() ? Xml{} : Xml{}.text("value", value); }

/// The attributes that have one plain value.
std::optional<std::string> plain_attribute(const Instance& instance, const std::string& name) {
  if (name == "instanceType") return instance.instance_type;
  if (name == "userData") return instance.user_data;
  if (name == "disableApiTermination") return text_of(instance.disable_api_termination);
  if (name == "disableApiStop") return text_of(instance.disable_api_stop);
  if (name == "instanceInitiatedShutdownBehavior") return instance.shutdown_behavior;
  if (name == "rootDeviceName") return instance.root_device_name;
  if (name == "sourceDestCheck") return text_of(instance.source_dest_check);
  if (name == "ebsOptimized") return text_of(instance.ebs_optimized);
  if (name == "enaSupport") return "true";
  if (name == "kernel" || name == "ramdisk" || name == "sriovNetSupport") return "";
  return std::nullopt;
}

/// What ModifyInstanceAttribute is to change; absent: stays.
struct Changes {
  std::optional<std::string> user_data;
  std::optional<std::string> instance_type;
  std::optional<std::string> shutdown_behavior;
  std::optional<bool> disable_api_termination;
  std::optional<bool> disable_api_stop;
  std::optional<bool> source_dest_check;
  std::optional<bool> ebs_optimized;
  bool nothing_new = false;  ///< EnaSupport and SriovNetSupport, which all instances have
  std::vector<std::string> group_ids;
  std::vector<std::pair<std::string, bool>> delete_on_termination;  ///< by device name
};

/// NAME.Value, or Value where Attribute says NAME. (The reference spells Attribute's words in lower camel case.)
class AttributeReader {
 public:
  explicit AttributeReader(const Parameters& parameters)
      : parameters_(parameters), attribute_(parameters.text("Attribute")) {}

  std::optional<std::string> text(const std::string& name) const {
    const std::string key = key_of(name);
    return key.empty() ? std::nullopt : parameters_.optional_text(key);
  }
  std::optional<bool> flag(const std::string& name) const {
    const std::string key = key_of(name);
    return key.empty() ? std::nullopt : parameters_.optional_flag(key);
  }
  std::optional<std::string> word(const std::string& name, const std::vector<std::string>& words) const {
    const std::string key = key_of(name);
    if (key.empty()) return std::nullopt;
    return parameters_.one_of(key, words, words.front());
  }

 private:
  std::string key_of(const std::string& name) const {
    if (parameters_.has(name)) return parameters_.has(name + ".Value") ? name + ".Value" : name;
    std::string lower = name;
    lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
    return attribute_ == lower ? "Value" : "";
  }
  const Parameters& parameters_;
  std::string attribute_;
};

Changes read_changes(const Parameters& parameters) {
  const AttributeReader reader(parameters);
  Changes changes;
  changes.user_data = reader.text("UserData");
  if (changes.user_data) check_user_data(parameters, *changes.user_data);
  changes.instance_type = reader.text("InstanceType");
  changes.shutdown_behavior = reader.word("InstanceInitiatedShutdownBehavior", {"stop", "terminate"});
  changes.disable_api_termination = reader.flag("DisableApiTermination");
  changes.disable_api_stop = reader.flag("DisableApiStop");
  changes.source_dest_check = reader.flag("SourceDestCheck");
  changes.ebs_optimized = reader.flag("EbsOptimized");
  const auto ena = reader.flag("EnaSupport");
  const auto sriov = reader.word("SriovNetSupport", {"simple"});
  changes.nothing_new = ena.has_value() || sriov.has_value();
  if (!ena.value_or(true)) parameters.refuse("UnsupportedOperation", "The simulator's instances all have ENA.");
  if (!parameters.text("Value").empty()) parameters.required("Attribute");
  refuse_unsupported(parameters, {"Kernel", "Ramdisk", "EnclaveOptions"});
  changes.group_ids = parameters.list("GroupId");
  for (const Parameters& one : parameters.structures("BlockDeviceMapping")) {
    one.ignore("Ebs.VolumeId");
    changes.delete_on_termination.emplace_back(one.required("DeviceName"), one.flag("Ebs.DeleteOnTermination", true));
  }
  return changes;
}

bool any(const Changes& changes) {
  return changes.nothing_new || changes.user_data || changes.instance_type || changes.shutdown_behavior ||
         changes.disable_api_termination || changes.disable_api_stop || changes.source_dest_check ||
         changes.ebs_optimized || !changes.group_ids.empty() || !changes.delete_on_termination.empty();
}

const VolumeAttachment* attachment(const RegionState& state, const Instance& instance, const std::string& device) {
  for (const SharedText& id : instance.volume_ids) {
    const Volume* volume = state.volumes.find(id);
    if (volume == nullptr) continue;
    for (const VolumeAttachment& one : volume->attachments)
      if (one.instance_id == instance.id && one.device == device) return &one;
  }
  return nullptr;
}

Refusal check_type(const Instance& instance, const std::string& name) {
  const catalog::InstanceType* type = catalog::find_type(name);
  if (!type)
    return ApiError{400, "InvalidInstanceAttributeValue", fmt::format("Invalid value '{}' for InstanceType.", name)};
  if (type->arch != instance.architecture)
    return ApiError{
        400, "InvalidInstanceAttributeValue",
        fmt::format("The architecture of the instance type '{}' does not match that of the instance.", name)};
  return std::nullopt;
}

Refusal check_changes(const Context& context, const Instance& instance, const Changes& changes) {
  const bool needs_stop = changes.user_data || changes.instance_type || changes.ebs_optimized;
  if (instance.state == "terminated" || instance.state == "shutting-down" ||
      (needs_stop && instance.state != "stopped"))
    return ApiError{400, "IncorrectInstanceState",
                    fmt::format("The instance '{}' is not in the 'stopped' state.", instance.id)};
  if (changes.instance_type) {
    if (auto no = check_type(instance, *changes.instance_type)) return no;
  }
  for (const std::string& id : changes.group_ids) {
    auto group = find_by_id(context.state.security_groups, id_forms::security_group, id);
    if (!group) return group.error();
    if ((*group)->vpc_id != instance.vpc_id)
      return ApiError{400, "InvalidGroup.NotFound",
                      fmt::format("The security group '{}' does not exist in VPC '{}'", id, instance.vpc_id)};
  }
  for (const auto& [device, flag] : changes.delete_on_termination)
    if (!attachment(context.state, instance, device))
      return ApiError{400, "InvalidInstanceAttributeValue", fmt::format("No device is currently mapped at {}", device)};
  return std::nullopt;
}

void change_devices(RegionState& state, const Instance& instance, const Changes& changes) {
  for (const auto& [device, flag] : changes.delete_on_termination)
    for (const SharedText& id : instance.volume_ids)
      state.volumes.modify(id, [&](Volume& volume) {
        for (VolumeAttachment& one : volume.attachments)
          if (one.instance_id == instance.id && one.device == device) one.delete_on_termination = flag;
      });
}

void change(Context& context, Instance instance, const Changes& changes) {
  if (changes.user_data) instance.user_data = *changes.user_data;
  if (changes.instance_type) instance.instance_type = *changes.instance_type;
  if (changes.shutdown_behavior) instance.shutdown_behavior = *changes.shutdown_behavior;
  if (changes.disable_api_termination) instance.disable_api_termination = *changes.disable_api_termination;
  if (changes.disable_api_stop) instance.disable_api_stop = *changes.disable_api_stop;
  if (changes.source_dest_check) instance.source_dest_check = *changes.source_dest_check;
  if (changes.ebs_optimized) instance.ebs_optimized = *changes.ebs_optimized;
  change_devices(context.state, instance, changes);
  if (!changes.group_ids.empty()) {
    instance.group_ids.assign(changes.group_ids.begin(), changes.group_ids.end());
    context.state.network_interfaces.modify(instance.network_interface_id,
                                            [&](NetworkInterface& one) { one.group_ids = instance.group_ids; });
    refresh_firewalls_later(context, instance.vpc_id);
  }
  update_later(context, context.state.instances.put(std::move(instance)).id);
}

}  // namespace

ApiResult<Xml> describe_instance_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InstanceId");
  const std::string attribute = parameters.required("Attribute");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto found = find_by_id(context.state.instances, id_forms::instance, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const Instance& instance = **found;
  Xml xml;
  xml.text("instanceId", id);
  if (const auto value = plain_attribute(instance, attribute)) return xml.element(attribute, value_xml(*value));
  if (attribute == "blockDeviceMapping") {
    write_devices(xml, context.state, instance);
  } else if (attribute == "groupSet") {
    write_groups(xml, context.state, instance.group_ids);
  } else if (attribute == "productCodes") {
    xml.element("productCodes", Xml{});
  } else if (attribute == "enclaveOptions") {
    xml.element("enclaveOptions", Xml{}.flag("enabled", false));
  } else {
    return refuse("InvalidParameterValue",
                  fmt::format("Value ({}) for parameter attribute is invalid. Unknown attribute.", attribute));
  }
  return xml;
}

ApiResult<Xml> modify_instance_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InstanceId");
  const Changes changes = read_changes(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!any(changes)) return refuse("InvalidParameterCombination", "No attributes specified.");
  settle(context);
  auto found = find_by_id(context.state.instances, id_forms::instance, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = check_changes(context, **found, changes)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  change(context, **found, changes);
  return done();
}

ApiResult<Xml> modify_instance_metadata_options(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InstanceId");
  const MetadataRequest request = read_metadata(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto found = find_by_id(context.state.instances, id_forms::instance, id);
  if (!found) return std::unexpected(found.error());
  if ((*found)->state == "terminated" || (*found)->state == "shutting-down")
    return refuse("IncorrectInstanceState", fmt::format("The instance '{}' is not in a modifiable state.", id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Instance instance = **found;
  apply(request, instance);
  update_later(context, id);
  Xml xml;
  return xml.text("instanceId", id)
      .element("instanceMetadataOptions", metadata_options_xml(context.state.instances.put(std::move(instance))));
}

ApiResult<Xml> describe_instance_credit_specifications(Context& context, const Parameters& parameters) {
  settle(context);
  Description<Instance> how{"InstanceId", id_forms::instance, {}};
  how.filters["instance-id"] = [](const Instance& one) { return Values{one.id}; };
  how.wanted = [](const Instance& one) { return one.instance_type.starts_with("t"); };
  auto page = describe(context, parameters, context.state.instances, how);
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("instanceCreditSpecificationSet", page->items, [](const Instance* one, Xml& item) {
    // T2 begins as standard, all later families as unlimited.
    const bool t2 = one->instance_type.starts_with("t2.");
    item.text("instanceId", one->id)
        .text("cpuCredits", !one->cpu_credits.empty() ? one->cpu_credits.view()
                            : t2                      ? "standard"
                                                      : "unlimited");
  });
  page->write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
