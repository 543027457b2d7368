#include "cli/words.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hotaru::cli {

std::string age(const std::string& since, TimePoint now) {
  const auto start = parse_iso8601(since);
  return start ? human_duration(std::max(now - *start, Duration{0})) : "-";
}

std::string per_hour(const std::optional<lifecycle::HourlyPrice>& price) {
  return price ? fmt::format("${:.3f}/h", price->usd) : "";
}

std::string price_sentence(const std::optional<lifecycle::HourlyPrice>& price, bool simulated) {
  const std::string mark = simulated ? " (simulated: nothing is billed)" : "";
  if (!price) return "not known: the type is not in the built-in price list" + mark;
  return fmt::format("{} as of {}, the instance alone, before tax{}", per_hour(price), price->as_of, mark);
}

std::string took(const lifecycle::Timings& timings) {
  Duration sum{0};
  for (const auto& [phase, duration] : timings) sum += duration;
  return timings.empty() ? "" : fmt::format(" ({})", human_duration(sum));
}

std::string still_bills(double usd_per_hour, const std::string& name, const price::Taste& taste) {
  if (usd_per_hour <= 0)
    return fmt::format("its disk and alarms, until hotaru down {} (hotaru cost says how much)", name);
  return fmt::format("{}/h ({} a month): its disk and alarms, until hotaru down {}",
                     price::amount_text(usd_per_hour, taste),
                     price::amount_text(usd_per_hour * price::hours_per_month, taste), name);
}

}  // namespace hotaru::cli
