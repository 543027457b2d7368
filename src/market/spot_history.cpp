#include "market/spot_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace hotaru::market {

namespace {

using Steps = std::vector<std::pair<TimePoint, double>>;

/// Sorted, and with what was in force at `since` standing there.
Steps clipped(Steps steps, TimePoint since, TimePoint until) {
  std::ranges::sort(steps);
  std::erase_if(steps, [&](const auto& step) { return step.first > until; });
  auto first = std::ranges::upper_bound(steps, since, {}, &Steps::value_type::first);
  if (first != steps.begin()) {
    --first;
    first->first = since;
  }
  steps.erase(steps.begin(), first);
  return steps;
}

}  // namespace

double SpotHistory::lowest() const { return std::ranges::min(steps, {}, &Steps::value_type::second).second; }

double SpotHistory::highest() const { return std::ranges::max(steps, {}, &Steps::value_type::second).second; }

double SpotHistory::mean() const {
  double sum = 0;
  double time = 0;
  for (std::size_t index = 0; index < steps.size(); ++index) {
    const TimePoint end = index + 1 < steps.size() ? steps[index + 1].first : until;
    const double lasted = std::chrono::duration<double>(end - steps[index].first).count();
    sum += lasted * steps[index].second;
    time += lasted;
  }
  return time > 0 ? sum / time : now();
}

std::vector<SpotHistory> to_histories(const std::string& region, const std::vector<aws::SpotPricePoint>& points,
                                      TimePoint since, TimePoint until) {
  std::map<std::string, SpotHistory> by_zone;
  for (const aws::SpotPricePoint& point : points) {
    SpotHistory& history = by_zone[point.zone];
    history.zone = point.zone;
    if (history.zone_id.empty()) history.zone_id = point.zone_id;
    history.steps.emplace_back(point.time, point.usd_per_hour);
  }
  std::vector<SpotHistory> histories;
  for (auto& [zone, history] : by_zone) {
    history.region = region;
    history.since = since;
    history.until = until;
    history.steps = clipped(std::move(history.steps), since, until);
    if (!history.steps.empty()) histories.push_back(std::move(history));
  }
  std::ranges::sort(histories, {}, [](const SpotHistory& one) { return std::pair(one.now(), one.zone); });
  return histories;
}

Result<std::vector<SpotHistory>> spot_history(aws::Ec2 ec2, const std::string& type, TimePoint since, TimePoint until) {
  aws::SpotPriceHistory request;
  request.types = {type};
  request.since = since;
  request.until = until;
  auto points = ec2.spot_price_history(request);
  if (!points) return pass(points);
  auto histories = to_histories(ec2.region(), *points, since, until);
  if (!histories.empty()) return histories;
  return fail(ErrorClass::not_found, fmt::format("{} has no spot price of {}.", ec2.region(), type),
              fmt::format("Look where it is offered: hotaru price {} --spot", type));
}

}  // namespace hotaru::market
