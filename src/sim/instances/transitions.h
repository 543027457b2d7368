#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "sim/machine.h"
#include "sim/model.h"

/// The life of an instance as pure functions of values. Each transition closes or opens the running interval and says
/// why as EC2 does (StateReason, StateTransitionReason).
namespace hotaru::sim {

/// How long a terminated instance is still described.
constexpr Duration terminated_visible_for = std::chrono::hours(1);

/// InstanceState.code: 0 pending, 16 running, 32 shutting-down, 48 terminated, 64 stopping, 80 stopped.
int state_code(std::string_view state);

/// What the machine's status means for the instance: pending becomes running once the machine is there; one that ended
/// by itself is stopped, or begins its termination, by its shutdown behaviour; and so on. What it is
/// told of, down to `status.when`, has happened then, however late `now` is.
Instance observe(Instance instance, const MachineStatus& status, TimePoint now);
/// By RunInstances and StartInstances: pending.
Instance begin_start(Instance instance, TimePoint now);
/// By StopInstances: running → stopping.
Instance begin_stop(Instance instance, TimePoint now);
/// By TerminateInstances: anything → shutting-down.
Instance begin_termination(Instance instance, TimePoint now);
/// The machine could not be made: pending → shutting-down (a first start) or stopped (a later one).
Instance fail_start(Instance instance, const std::string& why, TimePoint now);
/// Terminated, and long enough ago to be forgotten.
bool forgotten(const Instance& instance, TimePoint now);

}  // namespace hotaru::sim
