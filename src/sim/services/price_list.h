#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "sim/world.h"

/// EC2's part of AWS's price list: what an hour on demand costs, for Linux on shared hardware, and a month of EBS.
namespace hotaru::sim::services {

struct Product {
  std::string region;
  const catalog::InstanceType* type = nullptr;  ///< nullptr: storage
  double usd = 0;                               ///< of an hour, or of a month of storage
  std::string as_of;                            ///< the day of the price
  std::string kind = {};                        ///< of storage: "gp3", "iops", "snapshot", "throughput"
  bool made_up = false;
  /// Products are listed in the order of these: storage after all instances.
  std::string key() const {
    return type != nullptr ? region + " " + std::string(type->name) : "~" + region + " " + kind;
  }
};

/// Of a row of the catalogue, by the scenario's price where it has one; nullopt for a type that EC2 does not have now.
std::optional<Product> product_of(const World& world, const catalog::PriceRow& row);

/// Of all regions that have instances, in order.
std::vector<Product> storage_products();

/// The attributes that GetProducts filters by and GetAttributeValues knows.
std::vector<std::string> attribute_names();
/// nullopt: products have no such attribute.
std::optional<std::string> attribute_of(const Product& product, std::string_view name);

/// An entry of PriceList: JSON, in the form aws_v1.
std::string price_list_entry(const Product& product);

}  // namespace hotaru::sim::services
