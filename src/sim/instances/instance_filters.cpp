#include "sim/instances/instance_filters.h"

#include "base/text.h"
#include "sim/instances/transitions.h"
#include "sim/network/lookups.h"

namespace hotaru::sim {

namespace {

Values one(std::string_view value) { return value.empty() ? Values{} : Values{std::string(value)}; }
std::string flag(bool value) { return value ? "true" : "false"; }

/// A filter on a text member; an empty one matches nothing, as EC2's absent element does.
auto text(SharedText Instance::* member) {
  return [member](const Instance& instance) { return one(instance.*member); };
}

void add_identity(FilterTable<Instance>& table, const RegionState& state) {
  table["instance-id"] = text(&Instance::id);
  table["reservation-id"] = text(&Instance::reservation_id);
  table["owner-id"] = [&state](const Instance&) { return one(state.account); };
  table["client-token"] = text(&Instance::client_token);
  table["image-id"] = text(&Instance::image_id);
  table["instance-type"] = text(&Instance::instance_type);
  table["key-name"] = text(&Instance::key_name);
  table["instance-lifecycle"] = text(&Instance::lifecycle);
  table["spot-instance-request-id"] = text(&Instance::spot_request_id);
  table["launch-index"] = [](const Instance& instance) { return Values{std::to_string(instance.launch_index)}; };
  table["launch-time"] = [](const Instance& instance) { return Values{iso8601(instance.launch_time)}; };
  table["architecture"] = text(&Instance::architecture);
  table["hypervisor"] = [](const Instance&) { return Values{"xen"}; };
  table["virtualization-type"] = [](const Instance&) { return Values{"hvm"}; };
  table["root-device-type"] = [](const Instance&) { return Values{"ebs"}; };
  table["root-device-name"] = text(&Instance::root_device_name);
  table["tenancy"] = [](const Instance& instance) { return one(instance.options.tenancy); };
  table["platform-details"] = [](const Instance&) { return Values{"Linux/UNIX"}; };
  table["monitoring-state"] = [](const Instance& instance) {
    return Values{instance.monitoring ? "enabled" : "disabled"};
  };
}

void add_profile(FilterTable<Instance>& table) {
  table["iam-instance-profile.arn"] = text(&Instance::iam_profile_arn);
  table["iam-instance-profile.id"] = text(&Instance::iam_profile_id);
  table["iam-instance-profile.name"] = [](const Instance& instance) {
    const std::string arn = instance.iam_profile_arn;
    return arn.empty() ? Values{} : Values{arn.substr(arn.rfind('/') + 1)};
  };
}

void add_state(FilterTable<Instance>& table) {
  table["instance-state-name"] = text(&Instance::state);
  table["instance-state-code"] = [](const Instance& instance) {
    return Values{std::to_string(state_code(instance.state))};
  };
  table["state-reason-code"] = text(&Instance::state_reason_code);
  table["reason"] = text(&Instance::transition_reason);
  table["metadata-options.http-tokens"] = text(&Instance::metadata_http_tokens);
  table["metadata-options.http-endpoint"] = text(&Instance::metadata_http_endpoint);
}

void add_place(FilterTable<Instance>& table, const RegionState& state) {
  table["availability-zone"] = text(&Instance::zone);
  table["availability-zone-id"] = text(&Instance::zone_id);
  table["placement-group-name"] = text(&Instance::placement_group);
  table["placement-partition-number"] = [](const Instance& instance) {
    return instance.partition > 0 ? Values{std::to_string(instance.partition)} : Values{};
  };
  table["vpc-id"] = text(&Instance::vpc_id);
  table["subnet-id"] = text(&Instance::subnet_id);
  table["private-ip-address"] = text(&Instance::private_ip);
  table["private-dns-name"] = text(&Instance::private_dns);
  table["ip-address"] = text(&Instance::public_ip);
  table["dns-name"] = text(&Instance::public_dns);
  table["source-dest-check"] = [](const Instance& instance) { return Values{flag(instance.source_dest_check)}; };
  for (const char* name : {"instance.group-id", "group-id"})
    table[name] = [](const Instance& instance) { return values_of(instance.group_ids); };
  for (const char* name : {"instance.group-name", "group-name"})
    table[name] = [&state](const Instance& instance) { return group_names(state, instance.group_ids); };
}

/// A filter on the volumes of the instance.
template <class Read>
auto devices(const RegionState& state, Read read) {
  return [&state, read](const Instance& instance) {
    Values values;
    for (const SharedText& id : instance.volume_ids) {
      const Volume* volume = state.volumes.find(id);
      if (volume && !volume->attachments.empty()) values.push_back(read(*volume, volume->attachments.front()));
    }
    return values;
  };
}

void add_devices(FilterTable<Instance>& table, const RegionState& state) {
  table["block-device-mapping.volume-id"] =
      devices(state, [](const Volume& volume, const VolumeAttachment&) { return volume.id; });
  table["block-device-mapping.device-name"] =
      devices(state, [](const Volume&, const VolumeAttachment& attachment) { return attachment.device; });
  table["block-device-mapping.status"] =
      devices(state, [](const Volume&, const VolumeAttachment& attachment) { return attachment.state; });
  table["block-device-mapping.attach-time"] =
      devices(state, [](const Volume&, const VolumeAttachment& attachment) { return iso8601(attachment.attach_time); });
  table["block-device-mapping.delete-on-termination"] = devices(
      state, [](const Volume&, const VolumeAttachment& attachment) { return flag(attachment.delete_on_termination); });
}

}  // namespace

std::vector<std::string> group_names(const RegionState& state, const std::vector<SharedText>& group_ids) {
  std::vector<std::string> names;
  for (const SharedText& id : group_ids)
    if (const SecurityGroup* group = state.security_groups.find(id)) names.push_back(group->name);
  return names;
}

std::optional<std::vector<std::string>> instances_among(const RegionState& state, const std::vector<Filter>& filters) {
  if (auto ids = exact_values(filters, "instance-id")) return ids;
  const auto looked_up = [&](const Lookup& lookup, const char* name) -> std::optional<std::vector<std::string>> {
    const auto texts = exact_values(filters, name);
    if (!texts) return std::nullopt;
    std::vector<std::string> ids;
    for (const std::string& text : *texts)
      for (const SharedText& id : lookup.ids(text)) ids.emplace_back(id);
    return ids;
  };
  const auto& index = state.instances.index();
  if (auto ids = looked_up(index.by_token(), "client-token")) return ids;
  for (const char* name : {"instance.group-id", "group-id", "network-interface.group-id"})
    if (auto ids = looked_up(index.by_group(), name)) return ids;
  return std::nullopt;
}

FilterTable<Instance> instance_filters(const RegionState& state) {
  FilterTable<Instance> table;
  add_identity(table, state);
  add_profile(table);
  add_state(table);
  add_place(table, state);
  add_interface_filters(table, state);
  add_devices(table, state);
  add_option_filters(table);
  return table;
}

}  // namespace hotaru::sim
