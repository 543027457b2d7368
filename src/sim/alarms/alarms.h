#pragma once

#include <string>
#include <string_view>

#include "sim/alarms/evaluation.h"
#include "sim/instances/life.h"

/// Alarms that act. They are evaluated whenever the world is advanced: by each call that looks at instances or alarms
/// of the region (`settle`), and some times a second where time is real (`advance`). Whoever comes late, on a clock
/// that jumps, finds all that happened since: each evaluation takes place at its own time, in order, and an action has
/// the time of the evaluation that began it. The world's lock is held.
namespace hotaru::sim {

/// "arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME".
std::string alarm_arn(const RegionState& state, const std::string& name);
/// Of an action that the sim can do: "stop", "terminate", "reboot", "recover"; "" for any other ARN.
std::string ec2_action(const std::string& arn, const std::string& region);

/// Evaluates the region's alarms for all the time since they were evaluated last.
void run_alarms(World& world, RegionState& state, Machines* machines, Later& later);
/// An alarm that was put is evaluated at once, and from then on.
void begin_evaluation(RegionState& state, const Alarm& alarm, TimePoint now);

/// What SetAlarmState and evaluations do: the new state, and its actions if it is another one than before.
struct AlarmChange {
  AlarmState state = AlarmState::insufficient_data;
  std::string reason;
  std::string reason_data = {};
  TimePoint when;
};
void change_state(World& world, RegionState& state, Machines* machines, const std::string& name,
                  const AlarmChange& change, Later& later);
void note_event(Alarm& alarm, TimePoint time, std::string_view type, std::string summary);

}  // namespace hotaru::sim
