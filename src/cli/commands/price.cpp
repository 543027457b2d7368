// What a type costs, everywhere, now and over time.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ostream>

#include "base/file.h"
#include "base/text.h"
#include "catalog/gpus.h"
#include "cli/asked_regions.h"
#include "cli/command.h"
#include "cli/offers.h"
#include "cli/plan_text.h"
#include "cli/plot.h"
#include "cli/render_market.h"
#include "cli/talk.h"

namespace hotaru::cli {
namespace {

struct PriceOptions {
  std::string type;
  bool spot = false;
  std::string history;
  std::string svg;
};

void declare_options(Options& options, PriceOptions& values) {
  options.argument("TYPE", values.type, true, "instance type, such as g5.xlarge");
  options.flag("--spot", values.spot, "the cheapest on the spot market first");
  options.text("--history", "TIME", values.history, "spot prices of so long, from EC2: 12h, 30d, 4w; at most 90d");
  options.text("--svg", "FILE", values.svg, "write the history as a picture");
}

Result<Duration> duration_of(const std::string& text) {
  const auto number = text.empty() ? std::nullopt : parse_integer(text.substr(0, text.size() - 1));
  const int hours = text.ends_with('h') ? 1 : text.ends_with('d') ? 24 : text.ends_with('w') ? 7 * 24 : 0;
  if (number && hours > 0 && *number >= 1 && *number <= 90 * 24 && *number * hours <= 90 * 24) {
    return std::chrono::hours(*number * hours);
  }
  return fail(ErrorClass::invalid, fmt::format("\"{}\" is no time that EC2 remembers prices for.", text),
              "Say it as 12h, 30d or 4w; EC2 keeps 90 days.");
}

Result<const catalog::InstanceType*> find_type(Context& context, const catalog::Catalog& catalog,
                                               const std::string& name) {
  plan::Wish wish;
  wish.type = name;
  wish.regions = context.globals().regions;
  if (auto known = check_names(wish, catalog); !known) return pass(known);
  const catalog::InstanceType* type = catalog.find_type(name);
  if (type != nullptr) return type;
  return fail(ErrorClass::invalid, fmt::format("\"{}\" means several types.", name),
              fmt::format("For all of them: hotaru find --type '{}' --all", name));
}

double figure(const PriceFacts& price, bool spot) {
  const auto usd = spot ? price.spot_usd : price.on_demand_usd;
  return usd.value_or(std::numeric_limits<double>::max());
}

std::vector<PriceFacts> prices_of(const Context& context, const catalog::Catalog& catalog,
                                  const catalog::InstanceType& type, bool by_spot) {
  const auto& wanted = context.globals().regions;
  const bool sold_on_spot = type.usage_classes.find("spot") != std::string_view::npos;
  std::vector<PriceFacts> prices;
  for (const catalog::Offering& offering : catalog.tables().offerings) {
    const std::string_view region = offering.region;
    if (offering.type != type.name) continue;
    if (!wanted.empty() && std::ranges::find(wanted, region) == wanted.end()) continue;
    PriceFacts facts{.region = std::string(region), .place = std::string(catalog::place_of(region))};
    if (const auto price = catalog.on_demand_price(region, type.name)) {
      facts.on_demand_usd = price->usd_per_hour;
      facts.on_demand_as_of = price->as_of;
    }
    if (const auto spot = sold_on_spot ? catalog.spot_price(region, type.name) : std::nullopt) {
      facts.spot_usd = spot->usd_per_hour;
      facts.spot_as_of = spot->as_of;
      facts.estimated = spot->estimated;
    }
    if (const auto advice = catalog.spot_advice(region, type.name)) facts.interruption = advice->interruption;
    prices.push_back(std::move(facts));
  }
  std::ranges::sort(prices, {},
                    [&](const PriceFacts& price) { return std::pair(figure(price, by_spot), price.region); });
  return prices;
}

std::string saving_text(const PriceFacts& price) {
  if (!price.spot_usd || !price.on_demand_usd) return "-";
  return fmt::format("{:.0f} %", 100 * (1 - *price.spot_usd / *price.on_demand_usd));
}

std::string dashed(const std::string& text) { return text.empty() ? "-" : text; }

std::string prices_table(const std::vector<PriceFacts>& prices, const price::Taste& taste) {
  std::vector<std::vector<std::string>> rows{
      {"REGION", "ON DEMAND /H", "AS OF", "SPOT /H", "AS OF", "SAVES", "INTERRUPTED A MONTH"}};
  for (const PriceFacts& price : prices) {
    const std::string spot = price.spot_usd ? price::amount_text(*price.spot_usd, taste) : "-";
    rows.push_back({trim(price.region + " " + price.place),
                    price.on_demand_usd ? price::amount_text(*price.on_demand_usd, taste) : "-",
                    dashed(price.on_demand_as_of), (price.estimated ? "~" : "") + spot, dashed(price.spot_as_of),
                    saving_text(price), dashed(price.interruption)});
  }
  return table(rows);
}

Result<int> tell_prices(const PriceOptions& values, Context& context, const catalog::Catalog& catalog,
                        const catalog::InstanceType& type) {
  const auto prices = prices_of(context, catalog, type, values.spot);
  if (prices.empty()) {
    return fail(ErrorClass::not_found, fmt::format("{} is offered in none of these regions.", values.type),
                "Leave out --region to see where it is.");
  }
  if (context.json()) {
    context.out() << json_text(values.type, prices);
    return 0;
  }
  auto taste = taste_of(context);
  if (!taste) return pass(taste);
  context.out() << prices_table(prices, *taste);
  const std::string gpu = catalog::gpu_text(type);
  context.err() << fmt::format("{}: {} vCPUs, {:.10g} GiB{}. Linux, {}.\n", type.name, type.vcpus,
                               type.memory_mib / 1024.0, gpu.empty() ? "" : ", " + gpu, price::taste_text(*taste));
  if (std::ranges::any_of(prices, &PriceFacts::estimated)) {
    context.err() << "~ is estimated by EC2's usual savings on spot; of today: hotaru catalog refresh\n";
  }
  return 0;
}

using Histories = std::vector<market::SpotHistory>;

/// Where a terminal can show them: a picture for each zone, all to one scale.
void draw(Context& context, const Histories& histories) {
  double lowest = std::numeric_limits<double>::max();
  double highest = 0;
  for (const auto& one : histories) {
    lowest = std::min(lowest, one.lowest());
    highest = std::max(highest, one.highest());
  }
  for (const auto& one : histories) {
    context.out() << fmt::format("\n{} {}\n{}", printable(one.zone), printable(one.zone_id),
                                 braille_plot(one, lowest, highest, {}));
  }
}

/// A terminal whose characters are Unicode's.
bool can_draw(const Context& context) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string locale = to_lower(context.environment().get_or(name, ""));
    if (!locale.empty()) return context.interactive() && locale.find("utf") != std::string::npos;
  }
  return false;
}

std::string histories_table(const Histories& histories, const price::Taste& taste) {
  std::vector<std::vector<std::string>> rows{{"ZONE", "ID", "NOW /H", "LOWEST", "MEAN", "HIGHEST", "CHANGES"}};
  for (const auto& one : histories) {
    rows.push_back({printable(one.zone), dashed(printable(one.zone_id)), price::amount_text(one.now(), taste),
                    price::amount_text(one.lowest(), taste), price::amount_text(one.mean(), taste),
                    price::amount_text(one.highest(), taste), std::to_string(one.steps.size() - 1)});
  }
  return table(rows);
}

Result<void> write_picture(const PriceOptions& values, Context& context, const Histories& histories) {
  if (values.svg.empty()) return {};
  const std::string title =
      fmt::format("{}, spot, Linux, dollars an hour{}", values.type, context.on_sim() ? " (simulated)" : "");
  if (auto written = write_file(values.svg, svg_plot(title, histories)); !written) return written;
  context.err() << "Wrote " << values.svg << "\n";
  return {};
}

Result<int> tell_history(const PriceOptions& values, Context& context) {
  auto time = duration_of(values.history);
  if (!time) return pass(time);
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto regions = asked_regions(context, **cloud, false);
  if (!regions) return pass(regions);
  const TimePoint now = context.clock().now();
  auto told = ask_each_region<Histories>(**cloud, *regions, [&](const std::string& region) {
    return market::spot_history((*cloud)->ec2(region), values.type, now - *time, now);
  });
  if (!told) return pass(told);
  Histories histories;
  for (auto& [region, some] : told->answers) std::ranges::move(some, std::back_inserter(histories));
  auto taste = taste_of(context);
  if (!taste) return pass(taste);
  if (context.json()) {
    context.out() << json_text(values.type, histories, told->errors);
  } else {
    context.out() << histories_table(histories, *taste);
    if (can_draw(context)) draw(context, histories);
    context.err() << fmt::format("{} on the spot market, Linux, {}{}\n", values.type, price::taste_text(*taste),
                                 context.on_sim() ? "; simulated." : ".");
  }
  tell_region_errors(context, told->errors);
  if (auto written = write_picture(values, context, histories); !written) return pass(written);
  return 0;
}

Result<int> run_command(const PriceOptions& values, Context& context) {
  if (!values.svg.empty() && values.history.empty()) {
    return fail(ErrorClass::invalid, "--svg draws a history, and none was asked for.", "Add --history 30d.");
  }
  auto catalog = context.catalog();
  if (!catalog) return pass(catalog);
  auto type = find_type(context, **catalog, values.type);
  if (!type) return pass(type);
  if (!values.history.empty()) return tell_history(values, context);
  return tell_prices(values, context, **catalog, **type);
}

constexpr Example examples[] = {
    {"hotaru price g5.xlarge", "in all regions, the cheapest first; offline"},
    {"hotaru price g5.xlarge --spot", "the cheapest on the spot market first"},
    {"hotaru price g5.xlarge --history 30d --region us-east-1", "how the spot price went in each zone"},
    {"hotaru price g5.xlarge --history 90d --svg prices.svg", "the same as a picture"},
};

}  // namespace

extern const Command price_command{
    .name = "price",
    .summary = "Show what a type costs in every region, and on spot over time",
    .arguments = "TYPE",
    .about =
        "Prices stand with their dates: those built in, or what `hotaru catalog refresh` brought. Without --history "
        "no\n"
        "call is made. With it EC2 tells the spot prices of the region that hotaru works in, or of those of --region\n"
        "(permission: ec2:DescribeSpotPriceHistory).",
    .examples = examples,
    .make = bound<PriceOptions>,
};

}  // namespace hotaru::cli
