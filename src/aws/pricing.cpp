#include "aws/pricing.h"

#include <nlohmann/json.hpp>

#include "aws/endpoints.h"
#include "aws/json.h"

namespace hotaru::aws {

using nlohmann::json;

namespace {

json filter(const char* field, const std::string& value) {
  return {{"Type", "TERM_MATCH"}, {"Field", field}, {"Value", value}};
}

/// What an ordinary Linux instance is in the list: no dedicated hardware, no database, no reserved capacity.
json linux_instances() {
  return json::array({filter("operatingSystem", "Linux"), filter("tenancy", "Shared"), filter("preInstalledSw", "NA"),
                      filter("capacitystatus", "Used"), filter("locationType", "AWS Region"),
                      filter("marketoption", "OnDemand")});
}

/// The list has rows of the same names for other things: a filter that an endpoint ignores must not let them in.
bool is_plain_linux(const json& attributes) {
  constexpr std::pair<const char*, const char*> expected[] = {
      {"operatingSystem", "Linux"}, {"tenancy", "Shared"},          {"preInstalledSw", "NA"},
      {"capacitystatus", "Used"},   {"locationType", "AWS Region"}, {"marketoption", "OnDemand"}};
  for (const auto& [name, value] : expected) {
    const std::string said = text_in(attributes, name);
    if (!said.empty() && said != value) return false;
  }
  return true;
}

/// Dollars for one of `unit`; 0 if the offer has no such price (China's has yuan).
double price_for(const json& product, std::string_view unit) {
  for (const auto& term : object_in(object_in(product, "terms"), "OnDemand")) {
    for (const auto& dimension : object_in(term, "priceDimensions")) {
      if (text_in(dimension, "unit") != unit) continue;
      const double price = number_in(object_in(dimension, "pricePerUnit"), "USD");
      if (price > 0) return price;
    }
  }
  return 0;
}

template <class Price>
Result<std::vector<Price>> prices(Client& client, const std::string& near, json filters) {
  const json body{
      {"ServiceCode", "AmazonEC2"}, {"FormatVersion", "aws_v1"}, {"Filters", std::move(filters)}, {"MaxResults", 100}};
  std::vector<Price> found;
  auto asked = ask_json_pages(client, json_call("pricing", pricing_region(near), "GetProducts", true), body,
                              [&](const json& page) {
                                for (const auto& product : list_in(page, "PriceList"))
                                  if (product.is_string()) read_product(product.get<std::string>(), found);
                              });
  if (!asked) return pass(asked);
  return found;
}

/// Usage types begin with a code of the region, except in us-east-1: "APN1-EBS:VolumeUsage.gp3".
struct StorageKind {
  const char* usage;
  const char* kind;
  const char* unit;
  double share;  ///< of the unit, that the kind has
};
constexpr StorageKind storage_kinds[] = {{"EBS:VolumeUsage.gp3", "gp3", "GB-Mo", 1},
                                         {"EBS:VolumeP-IOPS.gp3", "iops", "IOPS-Mo", 1},
                                         {"EBS:VolumeP-Throughput.gp3", "throughput", "GiBps-mo", 1.0 / 1024},
                                         {"EBS:SnapshotUsage", "snapshot", "GB-Mo", 1}};

}  // namespace

void read_product(const std::string& text, std::vector<OnDemandPrice>& into) {
  const json product = json::parse(text, nullptr, false);
  const json& attributes = object_in(object_in(product, "product"), "attributes");
  OnDemandPrice price;
  price.region = text_in(attributes, "regionCode");
  price.type = text_in(attributes, "instanceType");
  price.usd_per_hour = price_for(product, "Hrs");
  price.as_of = text_in(product, "publicationDate").substr(0, 10);
  const bool complete = !price.region.empty() && !price.type.empty() && price.usd_per_hour > 0;
  if (complete && is_plain_linux(attributes)) into.push_back(std::move(price));
}

void read_product(const std::string& text, std::vector<StoragePrice>& into) {
  const json product = json::parse(text, nullptr, false);
  const json& attributes = object_in(object_in(product, "product"), "attributes");
  const std::string place = text_in(attributes, "locationType");
  const std::string region = text_in(attributes, "regionCode");
  if (region.empty() || (!place.empty() && place != "AWS Region")) return;
  const std::string usage = text_in(attributes, "usagetype");
  for (const StorageKind& one : storage_kinds) {
    if (usage != one.usage && !usage.ends_with(std::string("-") + one.usage)) continue;
    const double price = price_for(product, one.unit) * one.share;
    if (price > 0) into.push_back({region, one.kind, price, text_in(product, "publicationDate").substr(0, 10)});
  }
}

Result<std::vector<StoragePrice>> storage_prices_in(Client& client, const std::string& region) {
  auto volumes =
      prices<StoragePrice>(client, region, json::array({filter("volumeApiName", "gp3"), filter("regionCode", region)}));
  if (!volumes) return volumes;
  auto snapshots = prices<StoragePrice>(
      client, region, json::array({filter("productFamily", "Storage Snapshot"), filter("regionCode", region)}));
  if (!snapshots) return snapshots;
  volumes->insert(volumes->end(), snapshots->begin(), snapshots->end());
  return volumes;
}

Result<std::vector<OnDemandPrice>> on_demand_prices_in(Client& client, const std::string& region) {
  json filters = linux_instances();
  filters.push_back(filter("regionCode", region));
  return prices<OnDemandPrice>(client, region, std::move(filters));
}

Result<std::vector<OnDemandPrice>> on_demand_prices_of(Client& client, const std::string& near,
                                                       const std::string& type) {
  json filters = linux_instances();
  filters.push_back(filter("instanceType", type));
  return prices<OnDemandPrice>(client, near, std::move(filters));
}

}  // namespace hotaru::aws
