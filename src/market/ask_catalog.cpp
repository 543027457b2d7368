#include "market/ask_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "aws/pricing.h"
#include "base/text.h"

namespace hotaru::market {

namespace {

catalog::StoredRegion region_of(const Clock& clock, std::string as_of, std::string rows) {
  const std::string now = iso8601(clock.now(), false);
  if (as_of.empty()) as_of = now.substr(0, 10);
  return {now, printable(std::move(as_of)), std::move(rows)};
}

/// A type's name is part of a line; one that EC2 would not give is left out.
bool is_name(const std::string& text) {
  return !text.empty() && text.size() < 64 && text.front() != '@' &&
         std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

/// By the name that this account has for a zone.
Result<std::map<std::string, std::string>> zone_ids(aws::Ec2 ec2, const std::vector<aws::SpotPricePoint>& points) {
  std::map<std::string, std::string> ids;
  if (std::ranges::all_of(points, [](const auto& point) { return !point.zone_id.empty(); })) return ids;
  auto zones = ec2.describe_zones();
  if (!zones) return pass(zones);
  for (const aws::Zone& zone : *zones) ids[zone.name] = zone.id;
  return ids;
}

}  // namespace

Result<catalog::StoredRegion> ask_offerings(aws::Client& client, const Clock& clock, const std::string& region) {
  auto offerings = aws::Ec2(client, region).describe_type_offerings();
  if (!offerings) return pass(offerings);
  std::map<std::string, std::set<std::string>> zones_of;
  for (const aws::TypeOffering& offering : *offerings) {
    if (is_name(offering.type) && is_name(offering.zone_id)) zones_of[offering.type].insert(offering.zone_id);
  }
  std::string rows;
  for (const auto& [type, zones] : zones_of) {
    const std::string joined = join({zones.begin(), zones.end()}, "+");
    rows += catalog::row_of(catalog::Offering{region, type, joined});
  }
  return region_of(clock, "", std::move(rows));
}

Result<catalog::StoredRegion> ask_prices(aws::Client& client, const Clock& clock, const std::string& region) {
  auto prices = aws::on_demand_prices_in(client, region);
  if (!prices) return pass(prices);
  std::map<std::string, double> price_of;
  std::string as_of;
  for (const aws::OnDemandPrice& price : *prices) {
    if (price.region != region || !is_name(price.type) || price.usd_per_hour >= 1e6) continue;
    // The list can hold a price twice while it changes: the higher one is the safer.
    double& known = price_of[price.type];
    known = std::max(known, price.usd_per_hour);
    as_of = as_of.empty() ? price.as_of : std::min(as_of, price.as_of);
  }
  if (price_of.empty()) {
    return fail(ErrorClass::not_found, fmt::format("The price list has nothing for {}.", region));
  }
  std::string rows;
  for (const auto& [type, usd] : price_of) rows += catalog::row_of(catalog::PriceRow{region, type, usd, ""});
  return region_of(clock, as_of, std::move(rows));
}

Result<catalog::StoredRegion> ask_storage(aws::Client& client, const Clock& clock, const std::string& region) {
  auto prices = aws::storage_prices_in(client, region);
  if (!prices) return pass(prices);
  std::map<std::string, double> price_of;
  std::string as_of;
  for (const aws::StoragePrice& price : *prices) {
    if (price.region != region || price.usd_per_month >= 1e6) continue;
    double& known = price_of[price.kind];
    known = std::max(known, price.usd_per_month);
    as_of = as_of.empty() ? price.as_of : std::min(as_of, price.as_of);
  }
  if (price_of.empty())
    return fail(ErrorClass::not_found, fmt::format("The price list has no storage for {}.", region));
  std::string rows;
  for (const auto& [kind, usd] : price_of) rows += catalog::row_of(catalog::StoragePrice{region, kind, usd, ""});
  return region_of(clock, as_of, std::move(rows));
}

Result<catalog::StoredRegion> ask_spot(aws::Client& client, const Clock& clock, const std::string& region) {
  const aws::Ec2 ec2(client, region);
  aws::SpotPriceHistory request;
  request.since = clock.now();
  auto points = aws::Ec2(ec2).spot_price_history(request);
  if (!points) return pass(points);
  auto ids = zone_ids(ec2, *points);
  if (!ids) return pass(ids);
  std::map<std::pair<std::string, std::string>, const aws::SpotPricePoint*> latest;
  for (const aws::SpotPricePoint& point : *points) {
    const std::string zone = point.zone_id.empty() ? (*ids)[point.zone] : point.zone_id;
    if (!is_name(point.type) || !is_name(zone)) continue;
    const aws::SpotPricePoint*& known = latest[{point.type, zone}];
    if (known == nullptr || known->time < point.time) known = &point;
  }
  std::string rows;
  for (const auto& [key, point] : latest) {
    rows += catalog::row_of(catalog::SpotPrice{region, key.first, key.second, point->usd_per_hour, ""});
  }
  return region_of(clock, "", std::move(rows));
}

std::string merge_types(const std::string& before, const std::vector<aws::TypeInfo>& infos) {
  std::map<std::string, std::string> lines_of;
  for (const std::string& line : lines(before)) lines_of[line.substr(0, line.find('\t'))] = line + "\n";
  for (const aws::TypeInfo& info : infos) {
    if (!is_name(info.name)) continue;
    lines_of[info.name] = catalog::row_of(catalog::InstanceType{
        info.name, info.arch, info.vcpus, info.memory_mib, info.gpu_manufacturer, info.gpu_name, info.gpu_count,
        info.logical_gpu_count, info.gpu_partition, info.gpu_memory_mib, info.local_nvme_gb, info.network, info.efa,
        info.ena, info.bare_metal, info.virtualization, info.boot_modes, info.usage_classes, info.current_generation});
  }
  std::string rows;
  for (const auto& [name, line] : lines_of) rows += line;
  return rows;
}

std::vector<std::string> names_in(const std::string& rows) {
  std::vector<std::string> names;
  for (const std::string& line : lines(rows)) names.push_back(line.substr(0, line.find('\t')));
  return names;
}

}  // namespace hotaru::market
