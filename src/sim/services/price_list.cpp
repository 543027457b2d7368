#include "sim/services/price_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "sim/json_object.h"
#include "sim/prices.h"
#include "sim/scenario/script.h"

namespace hotaru::sim::services {

namespace {

/// Codes of the price list that are the same for all products: what kind of term, and what rate of it.
constexpr auto on_demand_term = "JRTCKXETXF";
constexpr auto hourly_rate = "6YS6EN2CT7";

/// What usage types of a region begin with (the Billing guide calls it the region's code); us-east-1 has none.
std::string usage_prefix(const std::string& region) {
  static const std::map<std::string, std::string> codes{
      {"us-east-1", ""},           {"us-east-2", "USE2-"},      {"us-west-1", "USW1-"},
      {"us-west-2", "USW2-"},      {"ca-central-1", "CAN1-"},   {"ca-west-1", "CAN2-"},
      {"sa-east-1", "SAE1-"},      {"eu-west-1", "EU-"},        {"eu-west-2", "EUW2-"},
      {"eu-west-3", "EUW3-"},      {"eu-central-1", "EUC1-"},   {"eu-central-2", "EUC2-"},
      {"eu-north-1", "EUN1-"},     {"eu-south-1", "EUS1-"},     {"eu-south-2", "EUS2-"},
      {"ap-northeast-1", "APN1-"}, {"ap-northeast-2", "APN2-"}, {"ap-northeast-3", "APN3-"},
      {"ap-southeast-1", "APS1-"}, {"ap-southeast-2", "APS2-"}, {"ap-southeast-3", "APS4-"},
      {"ap-southeast-4", "APS6-"}, {"ap-south-1", "APS3-"},     {"ap-south-2", "APS5-"},
      {"ap-east-1", "APE1-"},      {"af-south-1", "AFS1-"},     {"me-south-1", "MES1-"},
      {"me-central-1", "MEC1-"},   {"il-central-1", "ILC1-"}};
  const auto found = codes.find(region);
  if (found != codes.end()) return found->second;
  return region + "-";
}

/// "Asia Pacific (Tokyo)"
std::string location_of(const std::string& region) {
  static const std::map<std::string, std::string> parts{
      {"us-east", "US East"},  {"us-west", "US West"}, {"ap", "Asia Pacific"}, {"eu", "EU"},     {"ca", "Canada"},
      {"sa", "South America"}, {"af", "Africa"},       {"me", "Middle East"},  {"il", "Israel"}, {"mx", "Mexico"}};
  const std::string_view place = catalog::place_of(region);
  for (const auto& [start, part] : parts)
    if (region.starts_with(start + "-")) return fmt::format("{} ({})", part, place);
  return std::string(place);
}

std::string family_of(const Product& product) {
  if (product.type->has_gpu()) return "GPU instance";
  const char letter = product.type->name.front();
  if (letter == 'c') return "Compute optimized";
  return letter == 'r' || letter == 'x' ? "Memory optimized" : "General purpose";
}

std::string storage_of(const Product& product) {
  return product.type->local_nvme_gb > 0 ? fmt::format("{} GB NVMe SSD", product.type->local_nvme_gb) : "EBS only";
}

using Attribute = std::string (*)(const Product&);

const std::map<std::string, Attribute, std::less<>>& attributes() {
  using P = const Product&;
  static const std::map<std::string, Attribute, std::less<>> table{
      {"availabilityzone", [](P) -> std::string { return "NA"; }},
      {"capacitystatus", [](P) -> std::string { return "Used"; }},
      {"currentGeneration", [](P one) -> std::string { return one.type->current_generation ? "Yes" : "No"; }},
      {"gpu", [](P one) { return std::to_string(one.type->gpu_count); }},
      {"instanceFamily", [](P one) { return family_of(one); }},
      {"instanceType", [](P one) { return std::string(one.type->name); }},
      {"licenseModel", [](P) -> std::string { return "No License required"; }},
      {"location", [](P one) { return location_of(one.region); }},
      {"locationType", [](P) -> std::string { return "AWS Region"; }},
      {"marketoption", [](P) -> std::string { return "OnDemand"; }},
      {"memory", [](P one) { return fmt::format("{} GiB", one.type->memory_mib / 1024.0); }},
      {"networkPerformance", [](P one) { return std::string(one.type->network); }},
      {"operatingSystem", [](P) -> std::string { return "Linux"; }},
      {"operation", [](P) -> std::string { return "RunInstances"; }},
      {"preInstalledSw", [](P) -> std::string { return "NA"; }},
      {"processorArchitecture", [](P) -> std::string { return "64-bit"; }},
      {"productFamily",
       [](P one) -> std::string {
         return one.type->bare_metal ? "Compute Instance (bare metal)" : "Compute Instance";
       }},
      {"regionCode", [](P one) { return one.region; }},
      {"servicecode", [](P) -> std::string { return "AmazonEC2"; }},
      {"servicename", [](P) -> std::string { return "Amazon Elastic Compute Cloud"; }},
      {"storage", [](P one) { return storage_of(one); }},
      {"tenancy", [](P) -> std::string { return "Shared"; }},
      {"usagetype", [](P one) { return fmt::format("{}BoxUsage:{}", usage_prefix(one.region), one.type->name); }},
      {"vcpu", [](P one) { return std::to_string(one.type->vcpus); }},
  };
  return table;
}

/// How the list writes a kind of storage.
struct StorageWords {
  const char* family;
  const char* usage;
  const char* unit;
  double share;  ///< of the unit, that the kind has
};

const StorageWords& words_of(const Product& product) {
  static const std::map<std::string, StorageWords, std::less<>> table{
      {"gp3", {"Storage", "EBS:VolumeUsage.gp3", "GB-Mo", 1}},
      {"iops", {"System Operation", "EBS:VolumeP-IOPS.gp3", "IOPS-Mo", 1}},
      {"snapshot", {"Storage Snapshot", "EBS:SnapshotUsage", "GB-Mo", 1}},
      {"throughput", {"Provisioned Throughput", "EBS:VolumeP-Throughput.gp3", "GiBps-mo", 1.0 / 1024}}};
  return table.at(product.kind);
}

const std::map<std::string, Attribute, std::less<>>& storage_attributes() {
  using P = const Product&;
  static const std::map<std::string, Attribute, std::less<>> table{
      {"location", [](P one) { return location_of(one.region); }},
      {"locationType", [](P) -> std::string { return "AWS Region"; }},
      {"productFamily", [](P one) -> std::string { return words_of(one).family; }},
      {"regionCode", [](P one) { return one.region; }},
      {"servicecode", [](P) -> std::string { return "AmazonEC2"; }},
      {"servicename", [](P) -> std::string { return "Amazon Elastic Compute Cloud"; }},
      {"usagetype", [](P one) { return usage_prefix(one.region) + words_of(one).usage; }},
      {"volumeApiName", [](P one) -> std::string { return one.kind == "snapshot" ? "" : "gp3"; }},
  };
  return table;
}

const std::map<std::string, Attribute, std::less<>>& attributes_of(const Product& product) {
  return product.type != nullptr ? attributes() : storage_attributes();
}

/// Sixteen digits and capitals.
std::string sku_of(const Product& product) {
  std::string sku = hex_encode(sha256(product.key())).substr(0, 16);
  std::ranges::transform(sku, sku.begin(),
                         [](char one) { return one >= 'a' ? static_cast<char>(one - 'a' + 'A') : one; });
  return sku;
}

std::string description_of(const Product& product, double usd, const std::string& unit) {
  if (product.type != nullptr) return fmt::format("${} per On Demand Linux {} Instance Hour", usd, product.type->name);
  return fmt::format("${} per {} of {} in {}{}", usd, unit, product.kind, location_of(product.region),
                     product.made_up ? " (made up by the simulator)" : "");
}

/// The list has days; what is known of a year is its first.
std::string day_of(const Product& product) {
  return product.as_of.size() == 4 ? product.as_of + "-01-01" : product.as_of;
}

JsonObject terms_of(const Product& product, const std::string& sku) {
  const std::string term = sku + "." + on_demand_term;
  const std::string rate = term + "." + hourly_rate;
  const bool hourly = product.type != nullptr;
  const double usd = hourly ? product.usd : product.usd / words_of(product).share;
  const std::string unit = hourly ? "Hrs" : words_of(product).unit;
  JsonObject dimension;
  dimension.text("unit", unit)
      .text("endRange", "Inf")
      .text("description", description_of(product, usd, unit))
      .texts("appliesTo", std::vector<std::string>{})
      .text("rateCode", rate)
      .text("beginRange", "0")
      .object("pricePerUnit", JsonObject{}.text("USD", fmt::format("{:.10f}", usd)));
  JsonObject offer;
  offer.object("priceDimensions", JsonObject{}.object(rate, dimension))
      .text("sku", sku)
      .text("effectiveDate", day_of(product) + "T00:00:00Z")
      .text("offerTermCode", on_demand_term)
      .object("termAttributes", JsonObject{});
  return JsonObject{}.object("OnDemand", JsonObject{}.object(term, offer));
}

}  // namespace

std::optional<Product> product_of(const World& world, const catalog::PriceRow& row) {
  Product product{std::string(row.region), catalog::find_type(row.type), row.usd_per_hour, std::string(row.as_of)};
  if (product.type == nullptr) return std::nullopt;
  const Script* script = world.script();
  const auto scripted =
      script != nullptr ? script->on_demand_price(product.region, std::string(row.type)) : std::nullopt;
  if (scripted) product.usd = *scripted;
  return product;
}

std::vector<Product> storage_products() {
  std::set<std::string> regions;
  for (const catalog::PriceRow& row : catalog::built_in().tables().prices) regions.emplace(row.region);
  std::vector<Product> products;
  for (const std::string& region : regions) {
    for (const char* kind : {"gp3", "iops", "snapshot", "throughput"}) {
      const StorageRate rate = storage_price(region, kind);
      products.push_back({region, nullptr, rate.usd_per_month, rate.as_of, kind, rate.made_up});
    }
  }
  return products;
}

std::vector<std::string> attribute_names() {
  std::vector<std::string> names;
  for (const auto& [name, attribute] : attributes()) names.push_back(name);
  for (const auto& [name, attribute] : storage_attributes())
    if (!attributes().contains(name)) names.push_back(name);
  std::ranges::sort(names);
  return names;
}

std::optional<std::string> attribute_of(const Product& product, std::string_view name) {
  const auto& known = attributes_of(product);
  const auto found = known.find(name);
  return found == known.end() ? std::nullopt : std::optional(found->second(product));
}

std::string price_list_entry(const Product& product) {
  const std::string sku = sku_of(product);
  JsonObject told;
  for (const auto& [name, attribute] : attributes_of(product))
    if (name != "productFamily") told.text(name, attribute(product));
  JsonObject entry;
  entry
      .object("product", JsonObject{}
                             .text("productFamily", attribute_of(product, "productFamily").value_or(""))
                             .object("attributes", told)
                             .text("sku", sku))
      .text("serviceCode", "AmazonEC2")
      .object("terms", terms_of(product, sku))
      .text("version", "simulated")
      .text("publicationDate", day_of(product) + "T00:00:00Z");
  return entry.str();
}

}  // namespace hotaru::sim::services
