#include "sim/instances/endings.h"

#include <fmt/format.h>

#include "sim/instances/transitions.h"
#include "sim/scenario/script.h"
#include "sim/trouble.h"

namespace hotaru::sim {

namespace {

bool active(const Instance& instance) { return instance.state == "pending" || instance.state == "running"; }

/// Nothing: it is over when the machine is.
std::optional<TimePoint> held_until(World& world, const RegionState& state, const Machines* machines,
                                    const Instance& instance, bool force, TimePoint when) {
  StopFate fate;
  if (!force && world.script() != nullptr)
    fate = world.script()->stop_fate(state.region, instance.zone, instance.instance_type, instance.id);
  if (!fate.takes) return never;
  return fate.takes->count() > 0 ? std::optional(when + *fate.takes) : plain_end(machines, when);
}

bool is_held(const Instance& instance, TimePoint now) { return instance.ends_at && *instance.ends_at > now; }

std::function<void()> end_work(Machines* machines, const Instance& instance, bool force) {
  const std::string id = instance.id;
  if (instance.state == "shutting-down") return [machines, id] { note_trouble("erase " + id, machines->erase(id)); };
  return [machines, id, force] { note_trouble("stop " + id, machines->stop(id, force)); };
}

void end_instance(World& world, RegionState& state, Machines* machines, Instance instance, bool force, TimePoint when,
                  Later& later) {
  instance.ends_at = held_until(world, state, machines, instance, force, when);
  const bool held = is_held(instance, world.now());
  if (!held && machines != nullptr) later.push_back(end_work(machines, instance, force));
  state.instances.put(std::move(instance));
}

/// One that ends already, and may hang.
void end_again(World& world, RegionState& state, Machines* machines, const std::string& id, bool force, Later& later) {
  state.instances.modify(id, [&](Instance& one) { one.ends_at = plain_end(machines, world.now()); });
  if (machines != nullptr) later.push_back(end_work(machines, *state.instances.find(id), force));
}

}  // namespace

Refusal check_stop(const Instance& instance) {
  if (instance.state == "stopping" || instance.state == "stopped") return std::nullopt;
  if (!active(instance))
    return ApiError{400, "IncorrectInstanceState",
                    fmt::format("The instance '{}' is not in a state from which it can be stopped.", instance.id)};
  if (instance.lifecycle == "spot" && !instance.spot_persistent)
    return ApiError{400, "UnsupportedOperation",
                    fmt::format("You can't stop the Spot Instance '{}' because it is associated with a one-time Spot "
                                "Instance request. You can only stop Spot Instances associated with persistent Spot "
                                "Instance requests.",
                                instance.id)};
  if (instance.disable_api_stop)
    return ApiError{400, "OperationNotPermitted",
                    fmt::format("The instance '{}' may not be stopped. Modify its 'disableApiStop' instance attribute "
                                "and try again.",
                                instance.id)};
  return std::nullopt;
}

Refusal check_termination(const Instance& instance) {
  if (!instance.disable_api_termination || instance.state == "terminated" || instance.state == "shutting-down")
    return std::nullopt;
  return ApiError{400, "OperationNotPermitted",
                  fmt::format("The instance '{}' may not be terminated. Modify its 'disableApiTermination' instance "
                              "attribute and try again.",
                              instance.id)};
}

std::optional<TimePoint> plain_end(const Machines* machines, TimePoint when) {
  return machines != nullptr && machines->kind() == "null" ? std::optional(when) : std::nullopt;
}

void stop_instance(World& world, RegionState& state, Machines* machines, const std::string& instance_id, bool force,
                   TimePoint when, Later& later) {
  const Instance& instance = *state.instances.find(instance_id);
  if (instance.state == "stopped") return;
  if (active(instance)) {
    end_instance(world, state, machines, begin_stop(instance, when), force, when, later);
  } else if (force || !is_held(instance, world.now())) {
    end_again(world, state, machines, instance_id, force, later);
  }
}

void terminate_instance(World& world, RegionState& state, Machines* machines, const std::string& instance_id,
                        bool force, TimePoint when, Later& later) {
  const Instance& instance = *state.instances.find(instance_id);
  if (instance.state == "terminated") return;
  if (instance.state != "shutting-down") {
    end_instance(world, state, machines, begin_termination(instance, when), force, when, later);
  } else if (force) {
    end_again(world, state, machines, instance_id, force, later);
  }
}

MachineStatus machine_status(World& world, RegionState& state, Machines& machines, const Instance& instance,
                             Later& later) {
  const std::string id = instance.id;
  const bool ends = instance.state == "stopping" || instance.state == "shutting-down";
  if (!ends || !instance.ends_at || is_held(instance, world.now())) return machines.status(id);
  const TimePoint when = *instance.ends_at;
  const auto end = end_work(&machines, instance, true);
  if (machines.kind() != "null") {
    // It takes its time, which the machine tells.
    state.instances.modify(id, [](Instance& one) { one.ends_at.reset(); });
    later.push_back(end);
    return machines.status(id);
  }
  MachineStatus status = machines.status(id);
  const bool over =
      status.state == MachineState::absent || (instance.state == "stopping" && status.state == MachineState::ended);
  if (!over) end();
  if (!over) status = machines.status(id);
  status.when = when;
  return status;
}

}  // namespace hotaru::sim
