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

std::vector<std::string> type_names(const catalog::Catalog& catalog) {
  std::vector<std::string> names;
  for (const catalog::InstanceType& type : catalog.types()) names.emplace_back(type.name);
  return names;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = nearest(word, candidates);
  return near ? "Did you mean " + *near + "?" : "If it is new: hotaru catalog refresh.";
}

bool family_is_known(const catalog::Catalog& catalog, std::string_view type) {
  const std::string family = split(type, '.')[0] + ".";
  return std::ranges::any_of(catalog.types(), [&](const auto& each) { return each.name.starts_with(family); });
}

/// "There are: g4dn.xlarge, g4dn.2xlarge, …", by their vCPUs.
std::string sizes_of_family(const catalog::Catalog& catalog, const std::string& type) {
  const std::string prefix = split(type, '.').front() + ".";
  std::vector<std::pair<int, std::string>> sizes;
  for (const catalog::InstanceType& each : catalog.types())
    if (each.name.starts_with(prefix)) sizes.emplace_back(each.vcpus, each.name);
  std::ranges::sort(sizes);
  std::vector<std::string> names;
  for (auto& [vcpus, name] : sizes) names.push_back(std::move(name));
  return fmt::format("There are: {}. If it is new: hotaru catalog refresh.", join(names, ", "));
}

Result<void> check_type(const catalog::Catalog& catalog, const std::string& type) {
  if (catalog.find_type(type) != nullptr) return {};
  for (const catalog::RetiredType& retired : catalog::retired_types())
    if (matches_wildcard(retired.pattern, type))
      return fail(ErrorClass::invalid, fmt::format("EC2 no longer offers {} ({}).", type, retired.gpu),
                  fmt::format("{} takes its place.", retired.successor));
  // The catalogue has all sizes of the families that it has; of other families EC2 itself is the judge.
  const bool known = family_is_known(catalog, type);
  const auto names = type_names(catalog);
  if (split(type, '.').size() == 2 && !known && !nearest(type, names)) return {};
  return fail(ErrorClass::not_found, fmt::format("There is no instance type {}.", type),
              known ? sizes_of_family(catalog, type) : did_you_mean(type, names));
}

bool has_region(const catalog::Catalog& catalog, std::string_view region) {
  return std::ranges::any_of(catalog.tables().offerings, [&](const auto& each) { return each.region == region; });
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

std::optional<HourlyPrice> spot_price_of(const catalog::Catalog& catalog, std::string_view region,
                                         std::string_view type) {
  const auto price = catalog.spot_price(region, type);
  if (!price) return std::nullopt;
  return HourlyPrice{price->usd_per_hour, std::string(price->as_of), price->estimated};
}

Result<TypeChoice> choose_type(const catalog::Catalog& catalog, const std::string& type, const std::string& region) {
  if (type.empty())
    return fail(ErrorClass::invalid, "No instance type was given.", "Say --type g4dn.xlarge, or --gpu T4.");
  if (auto good = check_type(catalog, type); !good) return pass(good);
  const catalog::InstanceType* known = catalog.find_type(type);
  if (known == nullptr)
    return TypeChoice{.name = type, .architecture = architecture_by_name(type), .gpu = "", .price = std::nullopt};
  if (has_region(catalog, region) && catalog.zones_offering(region, type).empty())
    return fail(ErrorClass::not_found, fmt::format("{} is not offered in {}.", type, region), "Try another --region.");
  TypeChoice choice{
      .name = type, .architecture = std::string(known->arch), .gpu = catalog::gpu_text(*known), .price = std::nullopt};
  if (const auto price = catalog.on_demand_price(region, type))
    choice.price = HourlyPrice{price->usd_per_hour, std::string(price->as_of), false};
  return choice;
}

Result<void> check_region(const catalog::Catalog& catalog, const std::string& region) {
  if (region.empty())
    return fail(ErrorClass::invalid, "No region was given.",
                "Say --region, or set AWS_REGION, or a region in ~/.aws/config.");
  // The catalogue has the regions of the usual partition alone.
  if (catalog::is_region(region) || aws::in_another_partition(region) || has_region(catalog, region)) return {};
  std::vector<std::string> names;
  for (const catalog::Region& each : catalog::regions()) names.emplace_back(each.name);
  return fail(ErrorClass::invalid, fmt::format("There is no region {}.", region), did_you_mean(region, names));
}

Result<void> check_region(const Context& context, const std::string& region) {
  const bool sim = context.scope.starts_with("sim/");
  const bool any = has_own_endpoint(context) && !sim;
  const bool usual = any || catalog::is_region(region);  // the catalogue is not read without need
  return usual && !region.empty() ? Result<void>{} : check_region(context.catalog(), region);
}

}  // namespace hotaru::lifecycle
