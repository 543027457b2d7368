#include "sim/alarms/alarm_actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/alarms/alarms.h"
#include "sim/instances/endings.h"
#include "sim/trouble.h"

namespace hotaru::sim {

namespace {

const std::vector<std::string>& actions_in(const Alarm& alarm) {
  if (alarm.state == "ALARM") return alarm.alarm_actions;
  return alarm.state == "OK" ? alarm.ok_actions : alarm.insufficient_data_actions;
}

Refusal check_reboot(const Instance& instance) {
  if (instance.state == "running") return std::nullopt;
  return ApiError{400, "IncorrectInstanceState", fmt::format("The instance '{}' does not run.", instance.id)};
}

struct Target {
  World& world;
  RegionState& state;
  Machines* machines;
  std::string instance_id;
  TimePoint when;
  Later& later;
};

/// Why it is not done, or nothing.
Refusal act(const Target& at, const std::string& action) {
  const Instance* instance = at.state.instances.find(at.instance_id);
  if (instance == nullptr)
    return ApiError{400, "InvalidInstanceID.NotFound", fmt::format("There is no instance '{}'.", at.instance_id)};
  if (action == "stop") {
    if (auto no = check_stop(*instance)) return no;
    stop_instance(at.world, at.state, at.machines, at.instance_id, /*force=*/false, at.when, at.later);
  } else if (action == "terminate") {
    if (auto no = check_termination(*instance)) return no;
    terminate_instance(at.world, at.state, at.machines, at.instance_id, /*force=*/false, at.when, at.later);
  } else {
    if (auto no = check_reboot(*instance)) return no;
    at.later.push_back([machines = at.machines, id = at.instance_id] {
      if (machines != nullptr) note_trouble("reboot " + id, machines->reboot(id));
    });
  }
  return std::nullopt;
}

}  // namespace

std::string dimension_of(const Alarm& alarm, const std::string& name) {
  const auto found = alarm.dimensions.find(name);
  return found == alarm.dimensions.end() ? "" : found->second;
}

std::string ec2_action(const std::string& arn, const std::string& region) {
  static constexpr std::array names = {"stop", "terminate", "reboot", "recover"};
  const std::string start = fmt::format("arn:aws:automate:{}:ec2:", region);
  if (!arn.starts_with(start)) return "";
  const std::string name = arn.substr(start.size());
  return std::ranges::find(names, name) == names.end() ? "" : name;
}

void perform_actions(World& world, RegionState& state, Machines* machines, const std::string& name, TimePoint when,
                     Later& later) {
  const Alarm alarm = *state.alarms.find(name);
  if (!alarm.actions_enabled) return;
  const Target target{world, state, machines, dimension_of(alarm, "InstanceId"), when, later};
  for (const std::string& arn : actions_in(alarm)) {
    const Refusal no = act(target, ec2_action(arn, state.region));
    state.alarms.modify(name, [&](Alarm& one) {
      note_event(one, when, "Action",
                 no ? fmt::format("Failed to execute action {}: {}: {}", arn, no->code, no->message)
                    : fmt::format("Successfully executed action {}", arn));
    });
  }
}

}  // namespace hotaru::sim
