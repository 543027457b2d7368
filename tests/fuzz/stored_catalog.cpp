// A refreshed catalogue's files. The first byte chooses the part.
#include <algorithm>

#include "base/file.h"
#include "catalog/stored.h"
#include "fuzz/fuzz.h"

namespace hotaru::catalog {
namespace {

using fuzz::require;

constexpr std::string_view parts[] = {part::types, part::offerings, part::prices, part::spot};

void check_reads(const Catalog& catalog) {
  const Tables& tables = catalog.tables();
  require(std::ranges::is_sorted(tables.types, {}, &InstanceType::name), "types are sorted");
  for (const Offering& row : tables.offerings)
    require(catalog.zones_offering(row.region, row.type) == row.zone_ids, "an offering is found");
  for (const PriceRow& row : tables.prices) {
    const auto found = catalog.on_demand_price(row.region, row.type);
    require(found && found->usd_per_hour > 0, "a price is found");
  }
  for (const SpotPrice& row : tables.spot)
    require(catalog.spot_price(row.region, row.type, row.zone_id).has_value(), "a spot price is found");
}

}  // namespace

HOTARU_FUZZ(input) {
  static const TemporaryFolder folder;
  static const Catalog empty({}, {}, nullptr);
  const std::string_view part = parts[fuzz::take_byte(input) % std::size(parts)];
  const auto file = folder.path() / (std::string(part) + ".txt");
  require(write_file(file, input).has_value(), "the file can be written");
  check_reads(with_stored(empty, folder.path(), [](const std::string&) {}));
  const auto regions = read_stored_part(folder.path(), part);
  if (regions) {
    require(write_stored_part(folder.path(), part, *regions).has_value(), "it can be written");
    const auto again = read_stored_part(folder.path(), part);
    require(again && again->size() == regions->size(), "what was written reads the same");
    for (const auto& [name, region] : *regions)
      require(again->at(name).rows == region.rows && again->at(name).as_of == region.as_of, "so do its rows");
  }
  std::filesystem::remove(file);
}

}  // namespace hotaru::catalog
