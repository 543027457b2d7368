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

}  // namespace hotaru::cli
