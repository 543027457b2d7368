#pragma once

#include <string>

#include "sim/instances/life.h"

/// How instances end: what StopInstances, TerminateInstances and alarms have in common. The world's lock is held.
namespace hotaru::sim {

/// Why it may not be stopped (its state, its spot request, its protection); a stopped one may.
Refusal check_stop(const Instance& instance);
/// Why it may not be terminated (its protection); a terminated one may.
Refusal check_termination(const Instance& instance);

/// Stopping from `when` on. A scenario may make that hang, or take long, unless it is forced; what stops already can be
/// forced.
void stop_instance(World& world, RegionState& state, Machines* machines, const std::string& instance_id, bool force,
                   TimePoint when, Later& later);
/// Shutting down from `when` on; the rest as above.
void terminate_instance(World& world, RegionState& state, Machines* machines, const std::string& instance_id,
                        bool force, TimePoint when, Later& later);

/// What the machine says of an instance, and of one that ends: once its time has come, it is ended.
MachineStatus machine_status(World& world, RegionState& state, Machines& machines, const Instance& instance,
                             Later& later);
/// When an ending that is not held back is over: at once where machines are nothing (null kind), else when they say.
std::optional<TimePoint> plain_end(const Machines* machines, TimePoint when);

}  // namespace hotaru::sim
