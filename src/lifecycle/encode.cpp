#include "lifecycle/encode.h"

#include "base/json.h"

namespace hotaru::lifecycle {
namespace {

using nlohmann::json;

/// Reads a field, or leaves the default.
template <class T>
void read(const json& from, const char* key, T& into) {
  if (auto field = from.find(key); field != from.end()) into = field->get<T>();
}

template <class T, class Read>
std::optional<T> decode(const std::string& text, Read read_value) {
  const json value = parse_own_json(text);
  if (value.is_discarded()) return std::nullopt;
  try {
    return read_value(value);
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

/// What EC2 said need not be UTF-8: a replacement character is better than an exception.
std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json to_json(const aws::Tags& tags) {
  json object = json::object();
  for (const aws::Tag& each : tags) object[each.key] = each.value;
  return object;
}

}  // namespace

std::string encode(const ImageChoice& image) {
  return text_of({{"id", image.id},
                  {"name", image.name},
                  {"family", image.family},
                  {"root_device", image.root_device},
                  {"root_gib", image.root_gib},
                  {"ebs_devices", image.ebs_devices},
                  {"architecture", image.architecture},
                  {"user", image.user},
                  {"boot_mode", image.boot_mode},
                  {"ena", image.ena},
                  {"marketplace", image.marketplace}});
}

std::optional<ImageChoice> decode_image(const std::string& text) {
  return decode<ImageChoice>(text, [](const json& from) {
    ImageChoice image;
    read(from, "id", image.id);
    read(from, "name", image.name);
    read(from, "family", image.family);
    read(from, "root_device", image.root_device);
    read(from, "root_gib", image.root_gib);
    read(from, "ebs_devices", image.ebs_devices);
    read(from, "architecture", image.architecture);
    read(from, "user", image.user);
    read(from, "boot_mode", image.boot_mode);
    read(from, "ena", image.ena);
    read(from, "marketplace", image.marketplace);
    return image;
  });
}

std::string encode(const std::vector<SubnetChoice>& subnets) {
  json array = json::array();
  for (const SubnetChoice& subnet : subnets)
    array.push_back({{"id", subnet.id}, {"vpc", subnet.vpc_id}, {"zone", subnet.zone}, {"zone_id", subnet.zone_id}});
  return text_of(array);
}

std::optional<std::vector<SubnetChoice>> decode_subnets(const std::string& text) {
  return decode<std::vector<SubnetChoice>>(text, [](const json& from) {
    std::vector<SubnetChoice> subnets;
    for (const json& each : from) {
      SubnetChoice& subnet = subnets.emplace_back();
      read(each, "id", subnet.id);
      read(each, "vpc", subnet.vpc_id);
      read(each, "zone", subnet.zone);
      read(each, "zone_id", subnet.zone_id);
    }
    return subnets;
  });
}

std::string encode(const aws::RunInstances& request) {
  json devices = json::array();
  for (const aws::BlockDevice& device : request.block_devices)
    devices.push_back({{"device", device.device_name},
                       {"gib", device.size_gib},
                       {"type", device.volume_type},
                       {"encrypted", device.encrypted},
                       {"delete_on_termination", device.delete_on_termination}});
  const json object{{"image", request.image_id},
                    {"type", request.instance_type},
                    {"key", request.key_name},
                    {"subnet", request.subnet_id},
                    {"zone", request.zone},
                    {"groups", request.security_group_ids},
                    {"public_address", request.public_address},
                    {"user_data", request.user_data},
                    {"client_token", request.client_token},
                    {"instance_profile", request.instance_profile},
                    {"shutdown_behavior", request.shutdown_behavior},
                    {"spot", request.spot},
                    {"max_price", request.max_price},
                    {"devices", devices},
                    {"tags", to_json(request.tags)}};
  return text_of(object);
}

std::string encode(const aws::CreateFleet& request) {
  json offers = json::array();
  for (const aws::FleetOverride& offer : request.overrides)
    offers.push_back({{"type", offer.type}, {"subnet", offer.subnet_id}});
  return text_of({{"template", request.launch_template_id},
                  {"offers", offers},
                  {"spot", request.spot},
                  {"client_token", request.client_token},
                  {"tags", to_json(request.tags)}});
}

std::string encode_parameters(const LaunchPlan& plan) {
  const json object{{"type", plan.request.type},    {"image", plan.image.id},    {"subnet", plan.subnet.id},
                    {"vpc", plan.subnet.vpc_id},    {"disk_gib", plan.disk_gib}, {"from", plan.from},
                    {"role", plan.request.role},    {"user", plan.image.user},   {"identity", plan.identity},
                    {"group_name", plan.group_name}};
  return text_of(object);
}

std::string encode_parameters(const std::string& instance_id, const std::string& group_id,
                              const std::string& operation) {
  return text_of({{"instance", instance_id}, {"group", group_id}, {"operation", operation}});
}

std::string parameter(const std::string& parameters, const std::string& key) {
  const auto found = decode<std::string>(parameters, [&](const json& from) { return from.value(key, ""); });
  return found.value_or("");
}

}  // namespace hotaru::lifecycle
