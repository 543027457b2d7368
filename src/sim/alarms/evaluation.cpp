#include "sim/alarms/evaluation.h"

#include <fmt/format.h>

#include <algorithm>

namespace hotaru::sim {

namespace {

std::int64_t points_to_alarm(const Alarm& alarm) {
  return alarm.datapoints_to_alarm.value_or(alarm.evaluation_periods);
}

bool breaches_at(const Alarm& alarm, const std::optional<double>& point) { return point && breaches(alarm, *point); }

/// CloudWatch does not wait for data that may never come: an old enough breach, after which nothing was right, counts.
bool breach_that_was_never_mended(const Alarm& alarm, const Datapoints& points) {
  std::int64_t age = 0;
  std::int64_t oldest = 0;
  for (const auto& point : points) {
    ++age;
    if (!point) continue;
    if (!breaches(alarm, *point)) break;
    oldest = age;
  }
  return oldest >= points_to_alarm(alarm);
}

std::string comparison_words(const Alarm& alarm) {
  if (alarm.comparison == "GreaterThanOrEqualToThreshold") return "greater than or equal to";
  if (alarm.comparison == "GreaterThanThreshold") return "greater than";
  if (alarm.comparison == "LessThanThreshold") return "less than";
  return "less than or equal to";
}

}  // namespace

std::string state_name(AlarmState state) {
  switch (state) {
    case AlarmState::ok:
      return "OK";
    case AlarmState::alarm:
      return "ALARM";
    case AlarmState::insufficient_data:
      break;
  }
  return "INSUFFICIENT_DATA";
}

Duration window_of(const Alarm& alarm) { return std::chrono::seconds(alarm.period * alarm.evaluation_periods); }

TimePoint next_evaluation(const Alarm& alarm, TimePoint after) {
  Duration step = std::chrono::seconds(std::min<std::int64_t>(alarm.period, 60));
  if (window_of(alarm) > std::chrono::hours(24)) step = std::chrono::hours(1);
  const auto number = after.time_since_epoch().count() / step.count() + 1;
  return TimePoint{Duration{number * step.count()}};
}

bool breaches(const Alarm& alarm, double value) {
  if (alarm.comparison == "GreaterThanOrEqualToThreshold") return value >= alarm.threshold;
  if (alarm.comparison == "GreaterThanThreshold") return value > alarm.threshold;
  if (alarm.comparison == "LessThanThreshold") return value < alarm.threshold;
  return value <= alarm.threshold;
}

std::optional<AlarmState> judge(const Alarm& alarm, const Datapoints& points) {
  const std::string& missing = alarm.treat_missing_data;
  std::int64_t breaching = 0;
  std::int64_t known = 0;
  for (const auto& point : points) {
    if (point) ++known;
    if (breaches_at(alarm, point)) ++breaching;
  }
  if (missing == "breaching") breaching += static_cast<std::int64_t>(points.size()) - known;
  if (breaching >= points_to_alarm(alarm)) return AlarmState::alarm;
  if (missing == "breaching" || missing == "notBreaching") return AlarmState::ok;
  if (known == 0) return missing == "ignore" ? std::nullopt : std::optional(AlarmState::insufficient_data);
  return breach_that_was_never_mended(alarm, points) ? AlarmState::alarm : AlarmState::ok;
}

std::string reason_of(const Alarm& alarm, const Datapoints& points, AlarmState state) {
  const auto missing = std::ranges::count_if(points, [](const auto& one) { return !one; });
  if (state == AlarmState::insufficient_data)
    return fmt::format("Insufficient Data: {} datapoints were unknown.", missing);
  const auto breaching = std::ranges::count_if(points, [&](const auto& one) { return breaches_at(alarm, one); });
  const auto right = static_cast<std::ptrdiff_t>(points.size()) - missing - breaching;
  const bool is_alarm = state == AlarmState::alarm;
  return fmt::format("Threshold Crossed: {} out of the last {} datapoints {} {} the threshold ({:.1f}), {} missing.",
                     is_alarm ? breaching : right, points.size(), is_alarm ? "were" : "were not",
                     comparison_words(alarm), alarm.threshold, missing);
}

}  // namespace hotaru::sim
