#include <fmt/format.h>

#include <algorithm>

#include "aws/endpoints.h"
#include "base/text.h"
#include "catalog/gpus.h"
#include "lifecycle/access.h"
#include "lifecycle/choose.h"

namespace hotaru::lifecycle {
namespace {

/// EC2's naming of types (User Guide, "Instance type naming conventions"): family letters, generation, then options, of
/// which g means Graviton: arm64. a1 is older than the rule.
std::string architecture_by_name(std::string_view type) {
  const std::string family = split(type, '.')[0];
  if (family == "a1") return "arm64";
  const auto generation = family.find_first_of("0123456789");
  if (generation == std::string::npos) return "x86_64";
  const auto options = family.find_first_not_of("0123456789", generation);
  return options != std::string::npos && family[options] == 'g' ? "arm64" : "x86_64";
}

std::vector<std::string> type_names() {
  std::vector<std::string> names;
  for (const catalog::InstanceType& type : catalog::types()) names.emplace_back(type.name);
  return names;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = nearest(word, candidates);
  return near ? "Did you mean " + *near + "?" : "";
}

bool family_is_known(std::string_view type) {
  const std::string family = split(type, '.')[0] + ".";
  return std::ranges::any_of(catalog::types(), [&](const auto& each) { return each.name.starts_with(family); });
}

/// "There are: g4dn.xlarge, g4dn.2xlarge, …", by their vCPUs.
std::string sizes_of_family(const std::string& type) {
  const std::string prefix = split(type, '.').front() + ".";
  std::vector<std::pair<int, std::string>> sizes;
  for (const catalog::InstanceType& each : catalog::types())
    if (each.name.starts_with(prefix)) sizes.emplace_back(each.vcpus, each.name);
  std::ranges::sort(sizes);
  std::vector<std::string> names;
  for (auto& [vcpus, name] : sizes) names.push_back(std::move(name));
  return fmt::format("There are: {}.", join(names, ", "));
}

Result<std::string> check_type(const std::string& type) {
  if (catalog::find_type(type) != nullptr) return type;
  for (const catalog::RetiredType& retired : catalog::retired_types())
    if (matches_wildcard(retired.pattern, type))
      return fail(ErrorClass::invalid, fmt::format("EC2 no longer offers {} ({}).", type, retired.gpu),
                  fmt::format("{} takes its place.", retired.successor));
  // The catalogue has all sizes of the families that it has; of other families EC2 itself is the judge.
  if (split(type, '.').size() == 2 && !family_is_known(type) && !nearest(type, type_names())) return type;
  return fail(ErrorClass::not_found, fmt::format("There is no instance type {}.", type),
              family_is_known(type) ? sizes_of_family(type) : did_you_mean(type, type_names()));
}

Result<std::string> type_with_gpu(const Request& request, const std::string& region) {
  const auto types = catalog::types_with_gpu(request.gpu, request.gpu_count, region);
  for (const catalog::InstanceType* type : types)
    if (!catalog::zones_offering(region, type->name).empty()) return std::string(type->name);
  if (!types.empty())
    return fail(ErrorClass::not_found,
                fmt::format("No type with {} × {} is offered in {}.", request.gpu_count, request.gpu, region),
                "Try another --region.");
  const auto names = catalog::gpu_names();
  const bool name_exists =
      std::ranges::any_of(names, [&](const auto& each) { return to_lower(each) == to_lower(request.gpu); });
  if (name_exists)
    return fail(ErrorClass::not_found,
                fmt::format("No instance type has exactly {} × {}.", request.gpu_count, request.gpu),
                "Try another count.");
  for (const catalog::RetiredType& retired : catalog::retired_types())
    if (to_lower(retired.gpu).ends_with(to_lower(request.gpu)))
      return fail(ErrorClass::invalid, fmt::format("EC2 no longer offers the {}.", retired.gpu),
                  fmt::format("{} takes its place.", retired.successor));
  return fail(ErrorClass::not_found, fmt::format("EC2 has no GPU called {}.", request.gpu),
              "There are: " + join(names, ", ") + ".");
}

}  // namespace

std::string gpu_text(std::string_view name) {
  const catalog::InstanceType* type = catalog::find_type(name);
  return type != nullptr ? catalog::gpu_text(*type) : "";
}

std::optional<HourlyPrice> price_of(std::string_view region, std::string_view type) {
  const auto price = catalog::on_demand_price(region, type);
  if (!price) return std::nullopt;
  return HourlyPrice{price->usd_per_hour, std::string(price->as_of), false};
}

std::optional<HourlyPrice> spot_price_of(std::string_view region, std::string_view type) {
  const auto price = catalog::built_in().spot_price(region, type);
  if (!price) return std::nullopt;
  return HourlyPrice{price->usd_per_hour, std::string(price->as_of), price->estimated};
}

Result<TypeChoice> choose_type(const Request& request, const std::string& region) {
  if (request.type.empty() && request.gpu.empty())
    return fail(ErrorClass::invalid, "No instance type was given.", "Say --type g4dn.xlarge, or --gpu T4.");
  auto name = request.type.empty() ? type_with_gpu(request, region) : check_type(request.type);
  if (!name) return pass(name);
  const catalog::InstanceType* type = catalog::find_type(*name);
  if (type != nullptr && !catalog::zone_ids(region).empty() && catalog::zones_offering(region, *name).empty())
    return fail(ErrorClass::not_found, fmt::format("{} is not offered in {}.", *name, region), "Try another --region.");
  return TypeChoice{.name = *name,
                    .architecture = type != nullptr ? std::string(type->arch) : architecture_by_name(*name),
                    .gpu = gpu_text(*name),
                    .price = price_of(region, *name)};
}

Result<void> check_region(const std::string& region, bool own_endpoint) {
  if (region.empty())
    return fail(ErrorClass::invalid, "No region was given.",
                "Say --region, or set AWS_REGION, or a region in ~/.aws/config.");
  // The catalogue has the regions of the usual partition alone.
  if (own_endpoint || catalog::is_region(region) || aws::in_another_partition(region)) return {};
  std::vector<std::string> names;
  for (const catalog::Region& each : catalog::regions()) names.emplace_back(each.name);
  return fail(ErrorClass::invalid, fmt::format("There is no region {}.", region), did_you_mean(region, names));
}

Result<void> check_region(const Context& context, const std::string& region) {
  const bool sim = context.scope.starts_with("sim/");
  return check_region(region, has_own_endpoint(context) && !sim);
}

}  // namespace hotaru::lifecycle
