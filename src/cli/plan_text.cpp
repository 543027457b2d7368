#include "cli/plan_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "catalog/catalog.h"
#include "cli/limit_options.h"
#include "cli/offers.h"
#include "cli/talk.h"
#include "cli/words.h"
#include "lifecycle/limits.h"
#include "store/preferences.h"

namespace hotaru::cli {

namespace {

constexpr std::size_t best_few = 5;

/// "$0.526 instance + $0.007 disk + $0.005 address".
std::string sum_text(const price::FullPrice& price, const price::Taste& taste) {
  std::vector<std::string> parts;
  for (const price::Item& item : price.items) {
    if (!item.usd_per_hour) continue;
    parts.push_back(
        fmt::format("{}{} {}", item.estimated ? "~" : "", price::amount_text(*item.usd_per_hour, taste), item.what));
  }
  return join(parts, " + ");
}

std::string dates_of(const price::FullPrice& price) {
  std::vector<std::string> dates;
  for (const price::Item& item : price.items)
    if (!item.as_of.empty() && std::ranges::find(dates, item.as_of) == dates.end()) dates.push_back(item.as_of);
  return join(dates, " and ");
}

/// The most that the limits let it cost, and what goes on billing after that.
std::string most_text(const lifecycle::LaunchPlan& plan, const price::FullPrice& price, const price::Taste& taste,
                      TimePoint now) {
  const guard::Limits limits = lifecycle::planned_limits(plan, now);
  const auto most = lifecycle::most_usd(limits, price.running(), price.stopped(), now);
  if (!most && !limits.any()) return "nothing limits it: it bills until you end it (hotaru down)";
  if (!most) return "as long as it is busy it bills: neither --for nor --budget bounds it";
  std::string text =
      fmt::format("{}{}", price.complete() || limits.budget ? "" : "about ", price::amount_text(*most, taste));
  if (limits.then == guard::End::stop)
    text += fmt::format(", then {} a month for its disk until you end it",
                        price::amount_text(price.stopped() * price::hours_per_month, taste));
  if (limits.until) text += "; traffic out to the internet besides";
  return text;
}

/// Proposed ones say how to have others.
std::string planned_limits_text(const lifecycle::LaunchPlan& plan, TimePoint now) {
  std::string text = limits_text(lifecycle::planned_limits(plan, now), now);
  if (plan.request.limits.proposed) text += " (proposed; say --for, --until, --idle, --budget or --no-limits)";
  return text;
}

std::vector<std::pair<std::string, std::string>> price_lines(const lifecycle::LaunchPlan& plan,
                                                             const price::FullPrice& price, const price::Taste& taste,
                                                             TimePoint now, bool simulated) {
  const double running = price.running();
  const std::string least = price.complete() ? "" : "at least ";
  std::vector<std::pair<std::string, std::string>> rows;
  rows.emplace_back("Price", fmt::format("{}{}/h, {} a day, {} a month{}", least, price::amount_text(running, taste),
                                         price::amount_text(running * 24, taste),
                                         price::amount_text(running * price::hours_per_month, taste),
                                         simulated ? " (simulated: nothing is billed)" : ""));
  rows.emplace_back("  of which", sum_text(price, taste));
  if (!price.complete()) rows.emplace_back("  not known", join(price.unknown(), ", "));
  if (plan.request.spot)
    rows.emplace_back("  stopped", "not possible: a one-time spot instance ends instead");
  else if (price.complete())
    rows.emplace_back("  stopped", fmt::format("{}/h, {} a month: the disk", price::amount_text(price.stopped(), taste),
                                               price::amount_text(price.stopped() * price::hours_per_month, taste)));
  rows.emplace_back("  at most", most_text(plan, price, taste, now));
  rows.emplace_back("  as of", dates_of(price) + ", " + price::taste_text(taste));
  return rows;
}

std::string local_disk_text(const std::string& name) {
  const catalog::InstanceType* type = catalog::find_type(name);
  if (type == nullptr || type->local_nvme_gb == 0) return "";
  return fmt::format("{} GB of local NVMe: a stop erases it, a reboot does not", type->local_nvme_gb);
}

/// Which of the offers that may be taken instead costs most is said before anything is launched.
std::string others_text(const lifecycle::LaunchPlan& plan, const price::Taste& taste) {
  if (plan.places.size() < 2) return "";
  const std::size_t count = plan.places.size() - 1;
  std::string text =
      fmt::format("{} further offer{}, one after the other, where this one has no room", count, count == 1 ? "" : "s");
  double most = 0;
  for (const lifecycle::Place& place : plan.places)
    if (place.price) most = std::max(most, place.price->usd);
  if (plan.price && most > plan.price->usd)
    text += fmt::format("; up to {}/h (--max-price says how much)", price::amount_text(most, taste));
  return text;
}

std::string existing_text(const lifecycle::LaunchPlan& plan) {
  const auto& there = *plan.existing;
  const bool stopped = there.state == "stopped" || there.state == "stopping";
  return fmt::format("{} is there already: {} {} in {}, {}. Nothing would be launched{}.\n", plan.request.name,
                     there.type, there.id, plan.request.region, there.state, stopped ? "; it would be started" : "");
}

}  // namespace

Result<price::Taste> taste_of(const Context& context) {
  auto preferences = store::read_preferences(context.folders());
  if (!preferences) return pass(preferences);
  price::Taste taste;
  const auto number = [&](const char* key, double otherwise) {
    const auto found = preferences->find(key);
    return found == preferences->end() ? otherwise : parse_number(found->second).value_or(otherwise);
  };
  taste.tax_percent = number("tax", 0);
  if (!preferences->contains("currency") || !preferences->contains("rate")) return taste;
  taste.currency = preferences->at("currency");
  taste.rate = number("rate", 1);
  if (const auto day = preferences->find("rate_as_of"); day != preferences->end()) taste.rate_as_of = day->second;
  return taste;
}

price::FullPrice price_of(const lifecycle::LaunchPlan& plan, const catalog::Catalog& catalog) {
  price::Purchase purchase{.type = plan.request.type,
                           .region = plan.request.region,
                           .usd_per_hour = std::nullopt,
                           .price_as_of = "",
                           .spot = plan.request.spot,
                           .disk_gib = plan.disk_gib,
                           .product = plan.image.marketplace};
  if (plan.price) {
    purchase.usd_per_hour = plan.price->usd;
    purchase.price_as_of = plan.price->as_of;
    purchase.estimated = plan.price->estimated;
  }
  return price::full_price(purchase, catalog);
}

std::string offers_text(const Chosen& chosen) {
  std::vector<OfferRow> rows = rows_of(chosen.choice.offers);
  const std::size_t all = rows.size();
  if (rows.size() > best_few) rows.resize(best_few);
  std::string text = offers_table(rows);
  if (all > best_few) text += fmt::format("and {} more.\n", all - best_few);
  for (const market::Note& note : chosen.survey.notes) text += fmt::format("note: {}: {}\n", note.region, note.text);
  return text + "\n";
}

std::string plan_text(const lifecycle::LaunchPlan& plan, const price::FullPrice& price, const price::Taste& taste,
                      TimePoint now, bool simulated, Language language) {
  const auto& request = plan.request;
  if (plan.existing) return existing_text(plan);
  std::string zone = plan.subnet.zone;
  if (!plan.subnet.zone_id.empty()) zone += zone.empty() ? plan.subnet.zone_id : " (" + plan.subnet.zone_id + ")";
  const std::string place(catalog::place_of(request.region));
  std::vector<std::pair<std::string, std::string>> rows{
      {"Name", request.name},
      {"Instance type", request.type + (request.spot ? ", spot" : "")},
      {"GPU", plan.gpu.empty() ? "none" : plan.gpu},
      {"Region", request.region + (place.empty() ? "" : " (" + place + ")")},
      {"Zone", zone},
      {"Or else", others_text(plan, taste)},
      {"Image", plan.image.name + " (" + plan.image.id + ")"},
      {"Disk", fmt::format("{} GiB gp3, encrypted, deleted with the instance", plan.disk_gib)},
      {"Local disk", local_disk_text(request.type)},
      {"Open to", join(plan.from, ", ") + " on port 22"}};
  rows.emplace_back("Limits", planned_limits_text(plan, now));
  for (const std::string& note : plan.limit_notes) rows.emplace_back("", note);
  const auto prices = price_lines(plan, price, taste, now, simulated);
  rows.insert(rows.end(), prices.begin(), prices.end());
  std::string text = fact_lines(rows, language);
  for (const auto& sentence : plan.creates) text += "  + " + sentence + "\n";
  for (const auto& sentence : plan.exists) text += "  = " + sentence + "\n";
  return text;
}

}  // namespace hotaru::cli
