#include "cli/cost_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/talk.h"

namespace hotaru::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kinds[] = {"compute", "disk", "iops", "address", "alarms"};
constexpr const char* not_counted =
    "traffic out to the internet, snapshots and images, software of the Marketplace, and what was not made by hotaru";

const ledger::Line* same_line(const ledger::Bill& bill, const ledger::Line& line) {
  const auto found = std::ranges::find_if(bill.lines, [&](const ledger::Line& each) {
    return each.instance == line.instance && each.kind == line.kind && each.what == line.what;
  });
  return found == bill.lines.end() ? nullptr : &*found;
}

std::string amount(const std::optional<double>& usd, const price::Taste& taste, bool estimated = false) {
  if (!usd) return "-";
  return (estimated ? "~" : "") + price::amount_text(*usd, taste);
}

/// "compute $1.20, disk $0.31".
std::string by_kind(const ledger::Bill& bill, const price::Taste& taste) {
  std::vector<std::string> parts;
  for (const char* kind : kinds)
    if (const double usd = bill.of_kind(kind); usd > 0)
      parts.push_back(fmt::format("{} {}", kind, price::amount_text(usd, taste)));
  return parts.empty() ? "" : ": " + join(parts, ", ");
}

std::string dates_of(const ledger::Bill& bill) {
  std::vector<std::string> dates;
  for (const ledger::Line& line : bill.lines)
    if (!line.as_of.empty() && std::ranges::find(dates, line.as_of) == dates.end()) dates.push_back(line.as_of);
  return join(dates, ", ");
}

std::string lines_table(const CostView& view, const price::Taste& taste) {
  std::vector<std::vector<std::string>> rows{
      {"NAME", "KIND", "WHAT", "REGION", "TIME", "THIS MONTH", "TODAY", "AN HOUR NOW"}};
  for (const ledger::Line& line : view.month.lines) {
    const ledger::Line* today = same_line(view.today, line);
    const bool goes_on = line.usd_per_hour.value_or(0) > 0;
    rows.push_back({line.name.empty() ? line.instance : line.name, line.kind, line.what, line.region,
                    human_duration(line.time), amount(line.usd, taste, line.estimated),
                    today == nullptr ? "-" : amount(today->usd, taste, today->estimated),
                    goes_on ? amount(line.usd_per_hour, taste) : "-"});
  }
  return table(rows);
}

Json line_json(const ledger::Line& line) {
  const auto number = [](const std::optional<double>& usd) { return usd ? Json(*usd) : Json(nullptr); };
  return {{"instance", line.instance},
          {"name", line.name.empty() ? Json(nullptr) : Json(line.name)},
          {"region", line.region},
          {"kind", line.kind},
          {"what", line.what},
          {"seconds", std::chrono::ceil<std::chrono::seconds>(line.time).count()},
          {"usd", number(line.usd)},
          {"usd_per_hour", number(line.usd_per_hour)},
          {"price_as_of", line.as_of.empty() ? Json(nullptr) : Json(line.as_of)},
          {"estimated", line.estimated}};
}

Json bill_json(const ledger::Bill& bill, TimePoint since, TimePoint until, const price::Taste& taste) {
  Json by = Json::object();
  for (const char* kind : kinds) by[kind] = bill.of_kind(kind);
  Json lines = Json::array();
  for (const ledger::Line& line : bill.lines) lines.push_back(line_json(line));
  return {{"since", iso8601(since, false)},
          {"until", iso8601(until, false)},
          {"usd", bill.total()},
          {"usd_with_tax", bill.total() * (1 + taste.tax_percent / 100)},
          {"complete", bill.complete()},
          {"kinds", by},
          {"lines", lines}};
}

}  // namespace

CostView cost_view(const std::vector<ledger::Span>& spans, const catalog::Catalog& catalog, TimePoint now) {
  const TimePoint month = ledger::month_of(now);
  CostView view{.now = now,
                .today = ledger::bill(spans, catalog, ledger::day_of(now), now),
                .month = ledger::bill(spans, catalog, month, now),
                .forecast = ledger::bill(spans, catalog, month, ledger::next_month(now)),
                .days = {}};
  for (TimePoint day = month; day <= now; day += std::chrono::days{1}) {
    const TimePoint end = std::min<TimePoint>(day + std::chrono::days{1}, now);
    view.days.push_back({day, ledger::bill(spans, catalog, day, end).total()});
  }
  return view;
}

std::string cost_text(const CostView& view, const price::Taste& taste, bool simulated, Language language) {
  const std::string least = view.month.complete() ? "" : "at least ";
  std::string text = view.month.lines.empty() ? "Nothing has billed this month.\n" : lines_table(view, taste);
  std::vector<std::pair<std::string, std::string>> rows{
      {"Now", price::amount_text(view.month.per_hour(), taste) + " an hour"},
      {"Today", least + price::amount_text(view.today.total(), taste) + by_kind(view.today, taste)},
      {"This month", least + price::amount_text(view.month.total(), taste) + by_kind(view.month, taste)},
      {"Forecast", fmt::format("{}{} by {}, if all goes on as it does and limits end what they limit", least,
                               price::amount_text(view.forecast.total(), taste),
                               iso8601(ledger::next_month(view.now)).substr(0, 10))}};
  if (taste.tax_percent > 0) {
    price::Taste bare = taste;
    bare.tax_percent = 0;
    rows.emplace_back("Before tax",
                      fmt::format("{} this month, {} forecast", price::amount_text(view.month.total(), bare),
                                  price::amount_text(view.forecast.total(), bare)));
  }
  rows.emplace_back("Not counted", not_counted);
  rows.emplace_back("Prices", (view.month.lines.empty() ? "" : "as of " + dates_of(view.month) + ", ") +
                                  price::taste_text(taste) + "; days are UTC's" +
                                  (simulated ? " (simulated: nothing is billed)" : ""));
  return text + fact_lines(rows, language);
}

std::string cost_json(const CostView& view, const lifecycle::Costs& costs, const price::Taste& taste, bool simulated) {
  Json days = Json::array();
  for (const Day& day : view.days) days.push_back({{"day", iso8601(day.day).substr(0, 10)}, {"usd", day.usd}});
  Json errors = Json::array();
  for (const auto& one : costs.errors) errors.push_back({{"region", one.region}, {"error", one.error.message}});
  const TimePoint month = ledger::month_of(view.now);
  const Json cost{{"as_of", iso8601(view.now, false)},
                  {"usd_per_hour", view.month.per_hour()},
                  {"today", bill_json(view.today, ledger::day_of(view.now), view.now, taste)},
                  {"month", bill_json(view.month, month, view.now, taste)},
                  {"forecast", bill_json(view.forecast, month, ledger::next_month(view.now), taste)},
                  {"days", days},
                  {"tax_percent", taste.tax_percent},
                  {"unknown", costs.unknown},
                  {"not_counted", not_counted},
                  {"simulated", simulated}};
  return Json{{"cost", cost}, {"errors", errors}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string cost_svg(const CostView& view, const price::Taste& taste, bool simulated) {
  constexpr double left = 80;
  constexpr double top = 50;
  constexpr double width = 720;
  constexpr double height = 300;
  constexpr int most_days = 31;
  double highest = 0;
  for (const Day& day : view.days) highest = std::max(highest, day.usd);
  if (highest <= 0) highest = 1;
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"820\" height=\"400\" viewBox=\"0 0 820 400\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
      "<text x=\"{:.0f}\" y=\"26\">{} by day, {}{}</text>\n",
      left, iso8601(view.now).substr(0, 7), price::taste_text(taste), simulated ? ", simulated" : "");
  for (int line = 0; line <= 4; ++line) {
    const double y = top + height * (1 - line / 4.0);
    text += fmt::format("<path d=\"M{:.1f} {:.1f}h{:.1f}\" stroke=\"#ddd\"/>\n", left, y, width);
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left - 8, y + 4,
                        price::amount_text(highest * line / 4, taste));
  }
  double x = left;
  for (const Day& day : view.days) {
    const double bar = height * day.usd / highest;
    text += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"16\" height=\"{:.1f}\" fill=\"#0072B2\"/>\n", x + 3,
                        top + height - bar, bar);
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x + 11, top + height + 18,
                        iso8601(day.day).substr(8, 2));
    x += width / most_days;
  }
  return text + "</svg>\n";
}

}  // namespace hotaru::cli
