#include "price/price.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace hotaru::price {

namespace {

constexpr const char* rates_date = "2025";

Item instance_item(const Purchase& purchase) {
  return {.what = fmt::format("instance {}{}", purchase.type, purchase.spot ? " (spot)" : ""),
          .usd_per_hour = purchase.usd_per_hour,
          .usd_when_stopped = 0,
          .as_of = purchase.price_as_of,
          .estimated = purchase.estimated};
}

Item disk_item(const Purchase& purchase, const catalog::Catalog& catalog) {
  Item item{.what = fmt::format("disk of {} GiB (gp3)", purchase.disk_gib),
            .usd_per_hour = std::nullopt,
            .usd_when_stopped = std::nullopt,
            .as_of = ""};
  const catalog::StoragePrice* rate = catalog.storage_price(purchase.region, "gp3");
  if (rate == nullptr) return item;
  item.usd_per_hour = purchase.disk_gib * rate->usd_per_month / hours_per_month;
  item.usd_when_stopped = item.usd_per_hour;
  item.as_of = rate->as_of;
  return item;
}

double sum_of(const std::vector<Item>& items, std::optional<double> Item::* amount) {
  double sum = 0;
  for (const Item& item : items) sum += (item.*amount).value_or(0);
  return sum;
}

std::string sign_of(const std::string& currency) {
  if (currency == "usd") return "$";
  if (currency == "jpy") return "¥";
  if (currency == "eur") return "€";
  return currency == "gbp" ? "£" : "";
}

std::string grouped(double amount, int decimals) {
  std::string text = fmt::format("{:.{}f}", amount, decimals);
  const auto point = std::min(text.find('.'), text.size());
  for (auto place = static_cast<std::ptrdiff_t>(point) - 3; place > 0; place -= 3)
    text.insert(static_cast<std::size_t>(place), ",");
  return text;
}

}  // namespace

double FullPrice::running() const { return sum_of(items, &Item::usd_per_hour); }
double FullPrice::stopped() const { return sum_of(items, &Item::usd_when_stopped); }

bool FullPrice::complete() const { return unknown().empty(); }

std::vector<std::string> FullPrice::unknown() const {
  std::vector<std::string> names;
  for (const Item& item : items)
    if (!item.usd_per_hour) names.push_back(item.what);
  return names;
}

FullPrice full_price(const Purchase& purchase, const catalog::Catalog& catalog) {
  FullPrice price;
  price.items.push_back(instance_item(purchase));
  price.items.push_back(disk_item(purchase, catalog));
  if (purchase.public_address)
    price.items.push_back(
        {.what = "public IPv4 address", .usd_per_hour = address_rate, .usd_when_stopped = 0, .as_of = rates_date});
  if (purchase.product)
    price.items.push_back({.what = "software of the Marketplace product",
                           .usd_per_hour = std::nullopt,
                           .usd_when_stopped = std::nullopt,
                           .as_of = ""});
  return price;
}

std::string amount_text(double usd, const Taste& taste) {
  const double amount = usd * (1 + taste.tax_percent / 100) * taste.rate;
  const std::string sign = sign_of(taste.currency);
  int decimals = amount < 10 ? 3 : amount < 1000 ? 2 : 0;
  if (taste.currency == "jpy") decimals = amount < 10 ? 2 : amount < 100 ? 1 : 0;
  const std::string text = grouped(amount, decimals);
  return sign.empty() ? text + " " + taste.currency : sign + text;
}

std::string taste_text(const Taste& taste) {
  std::string text = taste.tax_percent > 0 ? fmt::format("with {:g} % tax", taste.tax_percent) : "before tax";
  if (taste.currency != "usd")
    text += fmt::format(", at {:g} {} to the dollar{}", taste.rate, taste.currency,
                        taste.rate_as_of.empty() ? "" : " (as of " + taste.rate_as_of + ")");
  return text;
}

}  // namespace hotaru::price
