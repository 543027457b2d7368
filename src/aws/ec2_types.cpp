// Instance types, where they are offered, what they cost on the spot market.
#include <fmt/format.h>

#include "aws/ec2.h"
#include "aws/xml.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

/// The texts of `<NAME><item>…</item><item>…</item></NAME>`.
std::vector<std::string> items_of(pugi::xml_node node, const char* name) {
  std::vector<std::string> texts;
  for (const auto item : node.child(name).children("item")) texts.emplace_back(item.child_value());
  return texts;
}

/// Of several architectures that of 64 bits: the others are there for old images.
std::string main_architecture(const std::vector<std::string>& all) {
  for (const std::string& one : all) {
    if (one != "i386") return one;
  }
  return all.empty() ? "" : all.front();
}

double price_of(const std::string& text) {
  const auto price = parse_number(text);
  return price && *price > 0 && *price < 1e6 ? *price : 0;
}

void read_gpus(TypeInfo& info, pugi::xml_node gpus) {
  for (const auto gpu : gpus.children("item")) {
    const int whole = number_of(gpu, "count");
    // Moto and old endpoints know no fractions of GPUs.
    const bool tells_logical = static_cast<bool>(gpu.child("logicalGpuCount"));
    info.gpu_count += whole;
    info.logical_gpu_count += tells_logical ? number_of(gpu, "logicalGpuCount") : whole;
    if (!info.gpu_name.empty()) continue;  // no type has two kinds
    info.gpu_name = text_of(gpu, "name");
    info.gpu_manufacturer = text_of(gpu, "manufacturer");
    const auto partition = parse_number(text_of(gpu, "gpuPartitionSize"));
    info.gpu_partition = partition && *partition > 0 && *partition <= 1 ? *partition : 1;
    info.gpu_memory_mib = number_of(gpu.child("memoryInfo"), "sizeInMiB");
  }
}

TypeInfo type_of(pugi::xml_node item) {
  TypeInfo info;
  info.name = text_of(item, "instanceType");
  info.arch = main_architecture(items_of(item.child("processorInfo"), "supportedArchitectures"));
  info.vcpus = number_of(item.child("vCpuInfo"), "defaultVCpus");
  info.memory_mib = number_of(item.child("memoryInfo"), "sizeInMiB");
  read_gpus(info, item.child("gpuInfo").child("gpus"));
  info.local_nvme_gb = number_of(item.child("instanceStorageInfo"), "totalSizeInGB");
  const auto network = item.child("networkInfo");
  info.network = text_of(network, "networkPerformance");
  info.efa = is_true(network, "efaSupported");
  info.ena = text_of(network, "enaSupport");
  info.bare_metal = is_true(item, "bareMetal");
  info.virtualization = join(items_of(item, "supportedVirtualizationTypes"), "+");
  info.boot_modes = join(items_of(item, "supportedBootModes"), "+");
  info.usage_classes = join(items_of(item, "supportedUsageClasses"), "+");
  info.current_generation = is_true(item, "currentGeneration");
  return info;
}

}  // namespace

Result<std::vector<Zone>> Ec2::describe_zones() {
  auto answer = ask(*client_, call_of("DescribeAvailabilityZones", {}, true));
  if (!answer) return pass(answer);
  std::vector<Zone> zones;
  for (const auto item : answer->root().child("availabilityZoneInfo").children("item")) {
    zones.push_back(
        {text_of(item, "zoneName"), text_of(item, "zoneId"), text_of(item, "zoneType"), text_of(item, "zoneState")});
  }
  return zones;
}

Result<std::vector<TypeInfo>> Ec2::describe_instance_types(const std::vector<std::string>& types) {
  Call call = call_of("DescribeInstanceTypes", {}, true);
  add_list(call.parameters, "InstanceType", types);
  if (types.empty()) call.parameters.emplace_back("MaxResults", "100");
  std::vector<TypeInfo> infos;
  auto asked = ask_all_pages(*client_, call, [&](pugi::xml_node root) {
    for (const auto item : root.child("instanceTypeSet").children("item")) infos.push_back(type_of(item));
  });
  if (!asked) return pass(asked);
  return infos;
}

Result<std::vector<TypeOffering>> Ec2::describe_type_offerings(const std::vector<std::string>& types) {
  Call call = call_of("DescribeInstanceTypeOfferings", {{"LocationType", "availability-zone-id"}}, true);
  if (!types.empty()) add_filters(call.parameters, {{"instance-type", types}});
  call.parameters.emplace_back("MaxResults", "1000");
  std::vector<TypeOffering> offerings;
  auto asked = ask_all_pages(*client_, call, [&](pugi::xml_node root) {
    for (const auto item : root.child("instanceTypeOfferingSet").children("item")) {
      offerings.push_back({text_of(item, "instanceType"), text_of(item, "location")});
    }
  });
  if (!asked) return pass(asked);
  return offerings;
}

Result<std::vector<SpotPricePoint>> Ec2::spot_price_history(const SpotPriceHistory& request) {
  Call call = call_of("DescribeSpotPriceHistory", {{"ProductDescription.1", "Linux/UNIX"}}, true);
  add_list(call.parameters, "InstanceType", request.types);
  if (!request.zone.empty()) call.parameters.emplace_back("AvailabilityZone", request.zone);
  if (request.since) call.parameters.emplace_back("StartTime", iso8601(*request.since));
  if (request.until) call.parameters.emplace_back("EndTime", iso8601(*request.until));
  call.parameters.emplace_back("MaxResults", "1000");
  std::vector<SpotPricePoint> points;
  auto asked = ask_all_pages(*client_, call, [&](pugi::xml_node root) {
    for (const auto item : root.child("spotPriceHistorySet").children("item")) {
      const auto time = parse_iso8601(text_of(item, "timestamp"));
      const double price = price_of(text_of(item, "spotPrice"));
      if (!time || price <= 0) continue;
      points.push_back({text_of(item, "instanceType"), text_of(item, "availabilityZone"),
                        text_of(item, "availabilityZoneId"), price, *time});
    }
  });
  if (!asked) return pass(asked);
  return points;
}

Result<std::vector<PlacementScore>> Ec2::spot_placement_scores(const SpotPlacementScores& request) {
  Call call = call_of("GetSpotPlacementScores", {}, true);
  add_list(call.parameters, "InstanceType", request.types);
  call.parameters.emplace_back("TargetCapacity", std::to_string(request.capacity));
  call.parameters.emplace_back("TargetCapacityUnitType", "units");
  call.parameters.emplace_back("SingleAvailabilityZone", request.by_zone ? "true" : "false");
  add_list(call.parameters, "RegionName", request.regions);
  std::vector<PlacementScore> scores;
  auto asked = ask_all_pages(*client_, call, [&](pugi::xml_node root) {
    for (const auto item : root.child("spotPlacementScoreSet").children("item")) {
      scores.push_back({text_of(item, "region"), text_of(item, "availabilityZoneId"), number_of(item, "score")});
    }
  });
  if (!asked) return pass(asked);
  return scores;
}

}  // namespace hotaru::aws
