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

/// Dollars an hour; 0 if the offer has no such price (China's has yuan).
double hourly_price(const json& product) {
  for (const auto& term : object_in(object_in(product, "terms"), "OnDemand")) {
    for (const auto& dimension : object_in(term, "priceDimensions")) {
      if (text_in(dimension, "unit") != "Hrs") continue;
      const double price = number_in(object_in(dimension, "pricePerUnit"), "USD");
      if (price > 0) return price;
    }
  }
  return 0;
}

Result<std::vector<OnDemandPrice>> prices(Client& client, const std::string& near, json filters) {
  const json body{
      {"ServiceCode", "AmazonEC2"}, {"FormatVersion", "aws_v1"}, {"Filters", std::move(filters)}, {"MaxResults", 100}};
  std::vector<OnDemandPrice> found;
  auto asked = ask_json_pages(client, json_call("pricing", pricing_region(near), "GetProducts", true), body,
                              [&](const json& page) {
                                for (const auto& product : list_in(page, "PriceList"))
                                  if (product.is_string()) read_product(product.get<std::string>(), found);
                              });
  if (!asked) return pass(asked);
  return found;
}

}  // namespace

void read_product(const std::string& text, std::vector<OnDemandPrice>& into) {
  const json product = json::parse(text, nullptr, false);
  const json& attributes = object_in(object_in(product, "product"), "attributes");
  OnDemandPrice price;
  price.region = text_in(attributes, "regionCode");
  price.type = text_in(attributes, "instanceType");
  price.usd_per_hour = hourly_price(product);
  price.as_of = text_in(product, "publicationDate").substr(0, 10);
  const bool complete = !price.region.empty() && !price.type.empty() && price.usd_per_hour > 0;
  if (complete && is_plain_linux(attributes)) into.push_back(std::move(price));
}

Result<std::vector<OnDemandPrice>> on_demand_prices_in(Client& client, const std::string& region) {
  json filters = linux_instances();
  filters.push_back(filter("regionCode", region));
  return prices(client, region, std::move(filters));
}

Result<std::vector<OnDemandPrice>> on_demand_prices_of(Client& client, const std::string& near,
                                                       const std::string& type) {
  json filters = linux_instances();
  filters.push_back(filter("instanceType", type));
  return prices(client, near, std::move(filters));
}

}  // namespace hotaru::aws
