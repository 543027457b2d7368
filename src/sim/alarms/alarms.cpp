#include "sim/alarms/alarms.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/alarms/alarm_actions.h"
#include "sim/alarms/metrics.h"

namespace hotaru::sim {

namespace {

constexpr std::size_t most_events = 50;
/// Between two evaluations of an alarm.
constexpr Duration longest_step = std::chrono::hours(1);

/// After a restart nothing is known of when each was evaluated, and of a clock that went back nothing true.
void find_alarms_again(RegionState& state, TimePoint now) {
  const auto next = state.alarm_clock.next();
  const bool went_back = next && next->first > now + longest_step;
  if (state.alarm_clock.size() == state.alarms.all().size() && !went_back) return;
  state.alarm_clock.clear();
  for (const auto& [name, alarm] : state.alarms.all())
    state.alarm_clock.set(name, next_evaluation(alarm, std::min(now, std::max(alarm.state_updated, alarm.configured))));
}

/// The instance that an alarm watches, if it watches one.
std::string watched_instance(const Alarm& alarm) {
  if (alarm.name_space != "AWS/EC2" || alarm.dimensions.size() != 1) return "";
  return dimension_of(alarm, "InstanceId");
}

/// Brings the instance up to a moment: what its machine tells of later times is left for later. Returns that time, if
/// there is one.
std::optional<TimePoint> settle_until(World& world, RegionState& state, Machines* machines, const std::string& id,
                                      TimePoint moment, Later& later) {
  const Instance* instance = state.instances.find(id);
  if (instance == nullptr || machines == nullptr || instance->state == "stopped" || instance->state == "terminated")
    return std::nullopt;
  const MachineStatus status = machines->status(id);
  if (instance->state == "running" && instance->booted && status.state != MachineState::ended) return std::nullopt;
  if (status.when && *status.when > moment && instance->state == "running") return status.when;
  settle_instance(world, state, machines, id, later);
  return std::nullopt;
}

Datapoints datapoints(const InstanceMetrics& metrics, const Alarm& alarm, TimePoint until) {
  Datapoints points;
  const Duration period = std::chrono::seconds(alarm.period);
  for (std::int64_t number = 0; number < alarm.evaluation_periods; ++number) {
    points.push_back(datapoint(metrics, alarm.metric, alarm.statistic, {until - period, until}));
    until -= period;
  }
  return points;
}

/// Up to when an evaluation at `moment` would always come to the same, since nothing changes in all that it looks at.
TimePoint same_until(const InstanceMetrics& metrics, const Alarm& alarm, TimePoint moment, TimePoint limit) {
  const Duration step = sample_step(metrics, alarm.metric);
  const bool even = Duration(std::chrono::seconds(alarm.period)).count() % step.count() == 0;
  if (!even || limit <= moment) return moment;
  return changes_within(metrics, {moment - window_of(alarm), limit}) ? moment : limit;
}

/// One evaluation; returns when the next one is due.
TimePoint evaluate(World& world, RegionState& state, Machines* machines, const std::string& name, TimePoint moment,
                   Later& later) {
  const std::string id = watched_instance(*state.alarms.find(name));
  const auto event = settle_until(world, state, machines, id, moment, later);
  const Alarm& alarm = *state.alarms.find(name);
  const Instance* instance = state.instances.find(id);
  const InstanceMetrics metrics = instance != nullptr ? metrics_of(world, state.region, *instance) : InstanceMetrics{};
  const Datapoints points = datapoints(metrics, alarm, moment);
  const auto judged = judge(alarm, points);
  if (judged && state_name(*judged) != alarm.state) {
    const AlarmChange change{
        .state = *judged, .reason = reason_of(alarm, points, *judged), .when = std::max(moment, alarm.configured)};
    change_state(world, state, machines, name, change, later);
    return next_evaluation(*state.alarms.find(name), moment);
  }
  const TimePoint limit = std::min(world.now(), event.value_or(never)) - Duration{1};
  return next_evaluation(alarm, same_until(metrics, alarm, moment, limit));
}

}  // namespace

std::string alarm_arn(const RegionState& state, const std::string& name) {
  return fmt::format("arn:aws:cloudwatch:{}:{}:alarm:{}", state.region, state.account, name);
}

void note_event(Alarm& alarm, TimePoint time, std::string_view type, std::string summary) {
  if (alarm.history.size() == most_events) alarm.history.erase(alarm.history.begin());
  alarm.history.push_back({time, std::string(type), std::move(summary)});
}

void begin_evaluation(RegionState& state, const Alarm& alarm, TimePoint now) {
  find_alarms_again(state, now);
  // The last moment that was not later than now.
  const TimePoint one = next_evaluation(alarm, now);
  const TimePoint after = next_evaluation(alarm, one);
  state.alarm_clock.set(alarm.id, one - (after - one));
}

void change_state(World& world, RegionState& state, Machines* machines, const std::string& name,
                  const AlarmChange& change, Later& later) {
  const std::string before = state.alarms.find(name)->state;
  const std::string now = state_name(change.state);
  state.alarms.modify(name, [&](Alarm& one) {
    one.state = now;
    one.reason = change.reason;
    one.reason_data = change.reason_data;
    one.state_updated = change.when;
    if (before != now)
      note_event(one, change.when, "StateUpdate", fmt::format("Alarm updated from {} to {}", before, now));
  });
  if (before != now) perform_actions(world, state, machines, name, change.when, later);
}

void run_alarms(World& world, RegionState& state, Machines* machines, Later& later) {
  const TimePoint now = world.now();
  find_alarms_again(state, now);
  while (const auto next = state.alarm_clock.next()) {
    const auto& [moment, name] = *next;
    if (moment > now) return;
    state.alarm_clock.remove(name);
    if (state.alarms.find(name) == nullptr) continue;
    state.alarm_clock.set(name, evaluate(world, state, machines, name, moment, later));
  }
}

}  // namespace hotaru::sim
