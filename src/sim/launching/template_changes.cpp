#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/fleets/fleet_xml.h"
#include "sim/fleets/template_data.h"
#include "sim/instances/life.h"
#include "sim/launching/actions.h"

namespace hotaru::sim::launching {

namespace {

struct Asked {
  std::string id;
  std::string name;
};
Asked read_template(const Parameters& parameters) {
  return {parameters.text("LaunchTemplateId"), parameters.text("LaunchTemplateName")};
}

struct Deletion {
  std::string version;
  std::string code;  ///< "" if it was deleted
  std::string message;
};

Deletion delete_version(Context& context, const std::string& id, const std::string& version) {
  const LaunchTemplate& one = *context.state.launch_templates.find(id);
  const auto number = parse_integer(version).value_or(0);
  if (number == one.default_version)
    return {version, "unexpectedError", "Cannot delete the default version of the launch template."};
  if (std::ranges::find(one.versions, number, &LaunchTemplateVersion::number) == one.versions.end())
    return {version, "launchTemplateVersionDoesNotExist",
            fmt::format("The version {} of the launch template {} does not exist.", version, id)};
  context.state.launch_templates.modify(id, [&](LaunchTemplate& changed) {
    std::erase_if(changed.versions, [&](const LaunchTemplateVersion& old) { return old.number == number; });
  });
  return {version, "", ""};
}

void write_devices(LaunchForm& form, const RegionState& state, const Instance& instance) {
  int number = 0;
  for (const SharedText& id : instance.volume_ids) {
    const Volume* volume = state.volumes.find(id);
    if (!volume || volume->attachments.empty()) continue;
    const std::string prefix = fmt::format("BlockDeviceMapping.{}.", ++number);
    form[prefix + "DeviceName"] = volume->attachments.front().device;
    form[prefix + "Ebs.DeleteOnTermination"] = volume->attachments.front().delete_on_termination ? "true" : "false";
    form[prefix + "Ebs.Encrypted"] = volume->encrypted ? "true" : "false";
    form[prefix + "Ebs.VolumeSize"] = std::to_string(volume->size_gib);
    form[prefix + "Ebs.VolumeType"] = volume->type;
  }
}

/// An instance as a launch template would make it.
LaunchForm form_of(const RegionState& state, const Instance& instance) {
  LaunchForm form = {
      {"ImageId", instance.image_id},
      {"InstanceType", instance.instance_type},
      {"EbsOptimized", instance.ebs_optimized ? "true" : "false"},
      {"Monitoring.Enabled", instance.monitoring ? "true" : "false"},
      {"Placement.AvailabilityZone", instance.zone},
      {"Placement.Tenancy", instance.options.tenancy},
      {"DisableApiTermination", instance.disable_api_termination ? "true" : "false"},
      {"DisableApiStop", instance.disable_api_stop ? "true" : "false"},
      {"InstanceInitiatedShutdownBehavior", instance.shutdown_behavior},
      {"MetadataOptions.HttpEndpoint", instance.metadata_http_endpoint},
      {"MetadataOptions.HttpPutResponseHopLimit", std::to_string(instance.metadata_hop_limit)},
      {"MetadataOptions.HttpTokens", instance.metadata_http_tokens},
      {"NetworkInterface.1.DeviceIndex", "0"},
      {"NetworkInterface.1.SubnetId", instance.subnet_id},
  };
  if (!instance.key_name.empty()) form["KeyName"] = instance.key_name;
  if (!instance.user_data.empty()) form["UserData"] = instance.user_data;
  if (!instance.iam_profile_arn.empty()) form["IamInstanceProfile.Arn"] = instance.iam_profile_arn;
  int number = 0;
  for (const SharedText& group : instance.group_ids)
    form[fmt::format("NetworkInterface.1.SecurityGroupId.{}", ++number)] = group;
  number = 0;
  for (const auto& [key, value] : state.tags_of(instance.id)) {
    if (key.starts_with("aws:")) continue;
    form["TagSpecification.1.ResourceType"] = "instance";
    form[fmt::format("TagSpecification.1.Tag.{}.Key", ++number)] = key;
    form[fmt::format("TagSpecification.1.Tag.{}.Value", number)] = value;
  }
  write_devices(form, state, instance);
  return form;
}

}  // namespace

ApiResult<Xml> modify_launch_template(Context& context, const Parameters& parameters) {
  const Asked asked = read_template(parameters);
  const std::string version = parameters.text("SetDefaultVersion");
  parameters.ignore("ClientToken");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_launch_template(context, asked.id, asked.name);
  if (!found) return std::unexpected(found.error());
  const std::string id = (*found)->id;
  if (!version.empty()) {
    const auto wanted = find_version(**found, version);
    if (!wanted)
      return refuse(
          "InvalidLaunchTemplateId.VersionNotFound",
          fmt::format("The launch template version {} is not found for the specified launch template.", version));
    if (auto no = dry_run(parameters)) return std::unexpected(*no);
    const int number = (*wanted)->number;
    context.state.launch_templates.modify(id, [&](LaunchTemplate& one) { one.default_version = number; });
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const LaunchTemplate& now = *context.state.launch_templates.find(id);
  return Xml{}.element("launchTemplate", [&](Xml& item) { write_launch_template(context, now, item); });
}

ApiResult<Xml> delete_launch_template_versions(Context& context, const Parameters& parameters) {
  const Asked asked = read_template(parameters);
  const auto versions = parameters.list("LaunchTemplateVersion");
  if (versions.empty())
    parameters.refuse("MissingParameter", "The request must contain the parameter LaunchTemplateVersion");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_launch_template(context, asked.id, asked.name);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string id = (*found)->id;
  const std::string name = (*found)->name;
  std::vector<Deletion> done;
  std::vector<Deletion> failed;
  for (const std::string& version : versions) {
    Deletion one = delete_version(context, id, version);
    (one.code.empty() ? done : failed).push_back(std::move(one));
  }
  const auto write_one = [&](const Deletion& one, Xml& item) {
    item.text("launchTemplateId", id)
        .text("launchTemplateName", name)
        .number("versionNumber", parse_integer(one.version).value_or(0));
    if (!one.code.empty()) item.element("responseError", Xml{}.text("code", one.code).text("message", one.message));
  };
  return Xml{}
      .set("successfullyDeletedLaunchTemplateVersionSet", done, write_one)
      .set("unsuccessfullyDeletedLaunchTemplateVersionSet", failed, write_one);
}

ApiResult<Xml> get_launch_template_data(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InstanceId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  const auto found = find_by_id(context.state.instances, id_forms::instance, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Xml xml;
  write_template_data(xml, form_of(context.state, **found));
  return xml;
}

}  // namespace hotaru::sim::launching
