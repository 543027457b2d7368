#include "ledger/bill.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "price/price.h"

namespace hotaru::ledger {

namespace {

constexpr Duration least_run{60'000};
constexpr const char* rates_date = "2025";

/// A rate of an hour, and what it is for.
struct Rate {
  std::string kind;
  std::string what;
  std::optional<double> usd_per_hour;
  std::string as_of;
  bool estimated = false;
};

double hourly(double usd_per_month) { return usd_per_month / price::hours_per_month; }

Rate rate_of_run(const Span& run, const catalog::Catalog& catalog) {
  Rate rate{.kind = "compute",
            .what = run.what + (run.spot ? " spot" : ""),
            .usd_per_hour = run.usd_per_hour,
            .as_of = run.price_as_of,
            .estimated = run.estimated};
  if (rate.usd_per_hour) return rate;
  if (run.spot) {
    const auto spot = catalog.spot_price(run.region, run.what);
    if (!spot) return rate;
    rate.usd_per_hour = spot->usd_per_hour;
    rate.as_of = spot->as_of;
    rate.estimated = true;
  } else if (const auto price = catalog.on_demand_price(run.region, run.what)) {
    rate.usd_per_hour = price->usd_per_hour;
    rate.as_of = price->as_of;
  }
  return rate;
}

Rate rate_of_disk(const Span& disk, const catalog::Catalog& catalog) {
  Rate rate{.kind = "disk",
            .what = disk.gib > 0 ? fmt::format("{} GiB {}", disk.gib, disk.what) : disk.what,
            .usd_per_hour = std::nullopt,
            .as_of = ""};
  const auto* price = catalog.storage_price(disk.region, disk.what);
  if (price == nullptr || disk.gib == 0) return rate;
  rate.usd_per_hour = hourly(disk.gib * price->usd_per_month);
  rate.as_of = price->as_of;
  return rate;
}

/// What a gp3 volume has beyond what is included.
void add_performance(const Span& disk, const catalog::Catalog& catalog, std::vector<Rate>& rates) {
  const auto add = [&](const char* kind, int more, const char* unit) {
    if (more <= 0 || disk.what != "gp3") return;
    const auto* price = catalog.storage_price(disk.region, kind);
    Rate rate{.kind = "iops", .what = fmt::format("{} {} more", more, unit), .usd_per_hour = std::nullopt, .as_of = ""};
    if (price != nullptr) {
      rate.usd_per_hour = hourly(more * price->usd_per_month);
      rate.as_of = price->as_of;
    }
    rates.push_back(rate);
  };
  add("iops", disk.iops - catalog::included_iops, "IOPS");
  add("throughput", disk.throughput - catalog::included_throughput, "MiB/s");
}

std::vector<Rate> rates_of(const Span& span, const catalog::Catalog& catalog) {
  std::vector<Rate> rates;
  if (span.kind == Kind::alarms) {
    rates.push_back({"alarms", fmt::format("{} alarms", span.count), hourly(span.count * alarm_rate), rates_date});
  } else if (span.kind == Kind::disk) {
    rates.push_back(rate_of_disk(span, catalog));
    add_performance(span, catalog, rates);
  } else {
    rates.push_back(rate_of_run(span, catalog));
    if (span.address) rates.push_back({"address", "public IPv4", price::address_rate, rates_date});
  }
  return rates;
}

bool is_same(const Line& one, const Line& other) {
  return one.instance == other.instance && one.kind == other.kind && one.what == other.what;
}

/// Runs of the same instance are one line.
void add_line(std::vector<Line>& lines, Line line) {
  const auto found = std::ranges::find_if(lines, [&](const Line& each) { return is_same(each, line); });
  if (found == lines.end()) {
    lines.push_back(std::move(line));
    return;
  }
  found->time += line.time;
  found->usd = found->usd && line.usd ? std::optional(*found->usd + *line.usd) : std::nullopt;
  found->usd_per_hour = found->usd_per_hour.value_or(0) + line.usd_per_hour.value_or(0);
  found->estimated = found->estimated || line.estimated;
}

/// The part of a span that bills from `from` to `to`.
struct Part {
  Duration time{};
  bool goes_on = false;
};

Part part_of(const Span& span, TimePoint from, TimePoint to, bool compute) {
  if (span.pending) return {};  // it has never run
  TimePoint end = span.until.value_or(to);
  if (!span.until && span.expires) end = std::min(to, std::max(*span.expires, span.begun));
  if (compute && span.until) end = std::max(end, span.begun + least_run);
  const TimePoint first = std::max(span.begun, from);
  const TimePoint last = std::min(end, to);
  return {std::max(last - first, Duration{0}), !span.until && end >= to};
}

/// Each begun second counts.
double hours_of(Duration time) {
  return static_cast<double>(std::chrono::ceil<std::chrono::seconds>(time).count()) / 3600;
}

}  // namespace

double Bill::total() const {
  double sum = 0;
  for (const Line& line : lines) sum += line.usd.value_or(0);
  return sum;
}

double Bill::per_hour() const {
  double sum = 0;
  for (const Line& line : lines) sum += line.usd_per_hour.value_or(0);
  return sum;
}

double Bill::of_kind(const std::string& kind) const {
  double sum = 0;
  for (const Line& line : lines)
    if (line.kind == kind) sum += line.usd.value_or(0);
  return sum;
}

bool Bill::complete() const {
  return std::ranges::all_of(lines, [](const Line& line) { return line.usd.has_value(); });
}

Bill bill(const std::vector<Span>& spans, const catalog::Catalog& catalog, TimePoint from, TimePoint to) {
  Bill bill;
  for (const Span& span : spans) {
    for (const Rate& rate : rates_of(span, catalog)) {
      const Part part = part_of(span, from, to, rate.kind == "compute");
      if (part.time <= Duration{0}) continue;
      Line line{.instance = span.instance,
                .name = span.name,
                .region = span.region,
                .kind = rate.kind,
                .what = rate.what,
                .time = part.time,
                .as_of = rate.as_of,
                .estimated = rate.estimated || span.bounded};
      if (rate.usd_per_hour) {
        line.usd = *rate.usd_per_hour * hours_of(part.time);
        line.usd_per_hour = part.goes_on ? *rate.usd_per_hour : 0;
      }
      add_line(bill.lines, std::move(line));
    }
  }
  std::ranges::sort(bill.lines, {},
                    [](const Line& line) { return std::tie(line.name, line.instance, line.kind, line.what); });
  return bill;
}

TimePoint day_of(TimePoint time) { return std::chrono::floor<std::chrono::days>(time); }

TimePoint month_of(TimePoint time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return std::chrono::sys_days{date.year() / date.month() / 1};
}

TimePoint next_month(TimePoint time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return std::chrono::sys_days{(date.year() / date.month() + std::chrono::months{1}) / 1};
}

}  // namespace hotaru::ledger
