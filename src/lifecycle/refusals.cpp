#include "lifecycle/refusals.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hotaru::lifecycle {
namespace {

constexpr const char* kFact = "refused";
constexpr Duration kAge{10 * 60'000};

/// One line each: region, zone, type, market, code, time; none of them has a space.
std::string line_of(const market::Refused& one) {
  return fmt::format("{} {} {} {} {} {}", one.region, one.zone_id, one.type, one.spot ? "spot" : "on-demand", one.code,
                     one.at.time_since_epoch().count());
}

std::optional<market::Refused> read_line(const std::string& line) {
  const auto words = split(line, ' ');
  const auto at = words.size() == 6 ? parse_integer(words[5]) : std::nullopt;
  if (!at) return std::nullopt;
  return market::Refused{words[0], words[1], words[2], words[3] == "spot", words[4], TimePoint(Duration(*at))};
}

}  // namespace

std::vector<market::Refused> refused_lately(Context& context) {
  std::vector<market::Refused> refused;
  const auto kept = context.known.fact(context.scope, "", kFact, kAge);
  if (!kept || !*kept) return refused;
  const TimePoint now = context.clock.now();
  for (const std::string& line : lines(**kept)) {
    auto one = read_line(line);
    if (one && one->at <= now && now - one->at < kAge) refused.push_back(std::move(*one));
  }
  return refused;
}

void remember_refusal(Context& context, const Refusal& refusal) {
  const Place& place = refusal.place;
  if (place.zone_id.empty() || refusal.code.empty()) return;
  std::string text;
  for (const market::Refused& one : refused_lately(context)) text += line_of(one) + "\n";
  text += line_of({place.region, place.zone_id, place.type, place.spot, refusal.code, context.clock.now()}) + "\n";
  (void)context.known.set_fact(context.scope, "", kFact, text);
}

}  // namespace hotaru::lifecycle
