#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/model.h"

/// How CloudWatch judges an alarm, as pure functions (CloudWatch User Guide, "Alarm evaluation" and "Configuring how
/// CloudWatch alarms treat missing data").
namespace hotaru::sim {

enum class AlarmState { ok, alarm, insufficient_data };
/// "OK", "ALARM", "INSUFFICIENT_DATA".
std::string state_name(AlarmState state);

/// How long the time is that an alarm looks back on.
Duration window_of(const Alarm& alarm);
/// The first moment later than `after` at which the alarm is evaluated: each minute (or each period, if that is
/// shorter); each hour, on the hour, if it looks back on more than a day.
TimePoint next_evaluation(const Alarm& alarm, TimePoint after);

/// The newest first, one for each of the alarm's evaluation periods; nullopt where data is missing.
using Datapoints = std::vector<std::optional<double>>;
bool breaches(const Alarm& alarm, double value);
/// nullopt: the state stays what it is.
std::optional<AlarmState> judge(const Alarm& alarm, const Datapoints& points);
/// Why, in CloudWatch's manner.
std::string reason_of(const Alarm& alarm, const Datapoints& points, AlarmState state);

}  // namespace hotaru::sim
