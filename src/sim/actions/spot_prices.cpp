#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/actions/actions.h"
#include "sim/describe.h"
#include "sim/prices.h"

namespace hotaru::sim::actions {

namespace {

constexpr auto linux_product = "Linux/UNIX";

struct PriceRow {
  std::string type;
  Zone zone;
  SpotPoint point;
  /// By type and zone, in each the newest first. A space comes before all that names are made of.
  std::string key() const {
    return fmt::format("{} {} {:020}", type, zone.name, INT64_MAX - point.since.time_since_epoch().count());
  }
  std::string price() const { return fmt::format("{:.6f}", point.usd_per_hour); }
};

const FilterTable<PriceRow>& price_filters() {
  static const FilterTable<PriceRow> table = {
      {"availability-zone", [](const PriceRow& one) { return Values{one.zone.name}; }},
      {"availability-zone-id", [](const PriceRow& one) { return Values{one.zone.id}; }},
      {"instance-type", [](const PriceRow& one) { return Values{one.type}; }},
      {"product-description",
       [](const PriceRow&) { return std::vector<std::string>{linux_product, "Linux/UNIX (Amazon VPC)"}; }},
      {"spot-price", [](const PriceRow& one) { return Values{one.price()}; }},
      {"timestamp", [](const PriceRow& one) { return Values{iso8601(one.point.since)}; }},
  };
  return table;
}

struct PriceQuery {
  std::vector<std::string> types;
  std::vector<std::string> products;
  std::string zone;
  std::string zone_id;
  TimePoint start;
  TimePoint end;
  std::vector<Filter> filters;
  PageRequest page;
};

std::optional<TimePoint> read_time(const Parameters& parameters, const std::string& name) {
  const auto text = parameters.optional_text(name);
  if (!text) return std::nullopt;
  const auto time = parse_iso8601(*text);
  if (!time) parameters.invalid_value(name, *text, "Expecting a time such as 2026-01-31T23:59:59Z.");
  return time;
}

PriceQuery read_query(const Context& context, const Parameters& parameters) {
  PriceQuery query;
  query.types = parameters.list("InstanceType");
  query.products = parameters.list("ProductDescription");
  query.zone = parameters.text("AvailabilityZone");
  query.zone_id = parameters.text("AvailabilityZoneId");
  query.start = read_time(parameters, "StartTime").value_or(TimePoint{});
  query.end = read_time(parameters, "EndTime").value_or(context.now());
  query.filters = read_filters(parameters, names_of(price_filters()), /*tagged=*/false);
  query.page = read_page(parameters, 1, 1000);
  if (query.start > query.end && parameters.has("EndTime"))
    parameters.refuse("InvalidParameterValue", "The start time must be before the end time.");
  // What is older is forgotten, and nobody knows what comes.
  query.start = std::clamp(query.start, context.now() - spot_history_length, context.now());
  query.end = std::clamp(query.end, query.start, context.now());
  if (!query.page.max_results) query.page.max_results = 1000;
  return query;
}

Refusal check(const Context& context, const PriceQuery& query) {
  const auto zones = zones_of(context.region);
  if (!query.zone.empty() && std::ranges::find(zones, query.zone, &Zone::name) == zones.end())
    return ApiError{400, "InvalidParameterValue", fmt::format("Invalid availability zone: [{}]", query.zone)};
  if (!query.zone_id.empty() && std::ranges::find(zones, query.zone_id, &Zone::id) == zones.end())
    return ApiError{400, "InvalidParameterValue", fmt::format("Invalid availability zone-id: [{}]", query.zone_id)};
  for (const std::string& type : query.types)
    if (!catalog::find_type(type) && !catalog::find_retired(type))
      return ApiError{400, "InvalidParameterValue", fmt::format("Invalid instance type: [{}]", type)};
  return std::nullopt;
}

bool asks_for_linux(const PriceQuery& query) {
  return query.products.empty() || std::ranges::any_of(query.products, [](const std::string& one) {
           return one == linux_product || one == "Linux/UNIX (Amazon VPC)";
         });
}

/// The rows of a page and one more, if there are more.
std::vector<PriceRow> rows_of(const Context& context, const PriceQuery& query) {
  std::vector<PriceRow> rows;
  auto types = query.types;
  if (types.empty())
    for (const auto& type : catalog::types()) types.emplace_back(type.name);
  in_order(types);
  const auto exact = exact_values(query.filters, "instance-type");
  for (const std::string& name : types) {
    const catalog::InstanceType* type = catalog::find_type(name);
    if (!type || (exact && !std::ranges::binary_search(*exact, name))) continue;
    for (const Zone& zone : zones_of(context.region)) {
      const bool named =
          (query.zone.empty() || zone.name == query.zone) && (query.zone_id.empty() || zone.id == query.zone_id);
      // A page that begins behind this type and zone: '!' is the character after the space.
      if (!named || fmt::format("{} {}!", name, zone.name) <= query.page.after) continue;
      for (const SpotPoint& point : spot_history(context.world, context.region, zone, *type, query.start, query.end)) {
        PriceRow row{name, zone, point};
        if (row.key() <= query.page.after || !passes(query.filters, price_filters(), row, {})) continue;
        rows.push_back(std::move(row));
        if (rows.size() > query.page.most()) return rows;
      }
    }
  }
  return rows;
}

}  // namespace

ApiResult<Xml> describe_spot_price_history(Context& context, const Parameters& parameters) {
  const PriceQuery query = read_query(context, parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (auto no = check(context, query)) return std::unexpected(*no);
  std::vector<PriceRow> rows;
  if (asks_for_linux(query)) rows = rows_of(context, query);
  std::string token;
  if (rows.size() > query.page.most()) {
    rows.pop_back();
    token = next_token(rows.back().key());
  }
  Xml xml;
  xml.set("spotPriceHistorySet", rows, [](const PriceRow& row, Xml& item) {
    item.text("instanceType", row.type)
        .text("productDescription", linux_product)
        .text("spotPrice", row.price())
        .time("timestamp", row.point.since)
        .text("availabilityZone", row.zone.name)
        .text("availabilityZoneId", row.zone.id);
  });
  return xml.text("nextToken", token);  // EC2 writes it on the last page too, empty
}

}  // namespace hotaru::sim::actions
