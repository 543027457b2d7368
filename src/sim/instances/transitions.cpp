#include "sim/instances/transitions.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hotaru::sim {

namespace {

std::string user_initiated(TimePoint now) {
  const std::string time = iso8601(now, false);
  return fmt::format("User initiated ({} {} GMT)", time.substr(0, 10), time.substr(11, 8));
}

// EC2 repeats the code in front of the sentence.
void explain(Instance& instance, const std::string& code, const std::string& sentence, const std::string& transition) {
  instance.state_reason_code = code;
  instance.state_reason_message = code + ": " + sentence;
  instance.transition_reason = transition;
}

/// When it happened, as far as the machine knows; never before the start that is looked at.
TimePoint moment(const Instance& instance, const MachineStatus& status, TimePoint now) {
  return status.when && *status.when >= instance.launch_time && *status.when <= now ? *status.when : now;
}

Instance enter(Instance instance, const std::string& state, TimePoint when) {
  if (state == "running") {
    instance.intervals.push_back({when, std::nullopt, std::nullopt, instance.instance_type});
  } else {
    if (!instance.intervals.empty() && !instance.intervals.back().end) instance.intervals.back().end = when;
    instance.booted = false;
  }
  instance.state = state;
  instance.state_since = when;
  return instance;
}

Instance run(Instance instance, TimePoint when) {
  instance.state_reason_code = instance.state_reason_message = instance.transition_reason = "";
  return enter(std::move(instance), "running", when);
}

/// One-time spot instances cannot be stopped: whatever ends them terminates them.
bool cannot_stop(const Instance& instance) { return instance.lifecycle == "spot" && !instance.spot_persistent; }

Instance end_by_itself(Instance instance, const MachineStatus& status, TimePoint when) {
  bool terminate = cannot_stop(instance);
  if (status.how == "poweroff") {
    terminate = terminate || instance.shutdown_behavior == "terminate";
    explain(instance, "Client.InstanceInitiatedShutdown", "Instance initiated shutdown", "");
  } else if (status.how.starts_with("failed")) {
    explain(instance, "Server.InternalError", status.how, "Server.InternalError");
  } else {
    explain(instance, "Server.ScheduledStop", "Stopped because the simulated host went away", "Server.ScheduledStop");
  }
  return enter(std::move(instance), terminate ? "shutting-down" : "stopped", when);
}

constexpr std::string_view died = "died: ";

/// `how`: "died: CODE: SENTENCE", EC2's own words for it.
Instance die(Instance instance, const std::string& how, TimePoint when) {
  const std::string what = how.substr(died.size());
  const auto colon = what.find(": ");
  const std::string code = what.substr(0, colon);
  explain(instance, code, colon == std::string::npos ? "" : what.substr(colon + 2), code);
  const bool first = instance.launch_time == instance.created;
  return enter(std::move(instance), first ? "shutting-down" : "stopped", when);
}

/// The status checks pass from the first boot on; a reboot does not take that back.
void note_boot(Instance& instance, const MachineStatus& status, TimePoint when) {
  if (instance.booted || status.state != MachineState::booted) return;
  instance.booted = true;
  if (!instance.intervals.empty()) instance.intervals.back().booted = when;
}

Instance observe_pending(Instance instance, const MachineStatus& status, TimePoint when) {
  if (status.state == MachineState::absent || status.state == MachineState::waiting) return instance;
  if (status.state != MachineState::ended) {
    instance = run(std::move(instance), when);
    note_boot(instance, status, when);
    return instance;
  }
  // What ended before this start is the run before: the machine was not asked to start yet.
  if (!status.when || *status.when <= instance.launch_time) return instance;
  if (status.how.starts_with(died)) return die(std::move(instance), status.how, when);
  if (status.how.starts_with("failed")) return fail_start(std::move(instance), status.how, when);
  return end_by_itself(run(std::move(instance), when), status, when);
}

Instance observe_running(Instance instance, const MachineStatus& status, TimePoint when) {
  if (status.state == MachineState::absent) return instance;
  if (status.state == MachineState::ended) {
    if (status.how.starts_with(died)) return die(std::move(instance), status.how, when);
    // A machine that never came up is a launch that failed, however early it was called running.
    if (!instance.booted && status.how.starts_with("failed")) return fail_start(std::move(instance), status.how, when);
    return end_by_itself(std::move(instance), status, when);
  }
  note_boot(instance, status, when);
  return instance;
}

}  // namespace

int state_code(std::string_view state) {
  if (state == "running") return 16;
  if (state == "shutting-down") return 32;
  if (state == "terminated") return 48;
  if (state == "stopping") return 64;
  if (state == "stopped") return 80;
  return 0;
}

Instance observe(Instance instance, const MachineStatus& status, TimePoint now) {
  const TimePoint when = moment(instance, status, now);
  const bool gone = status.state == MachineState::absent;
  if (instance.state == "pending") return observe_pending(std::move(instance), status, when);
  if (instance.state == "running") return observe_running(std::move(instance), status, when);
  if (instance.state == "stopping" && (gone || status.state == MachineState::ended))
    return enter(std::move(instance), "stopped", when);
  if (instance.state == "shutting-down" && gone) return enter(std::move(instance), "terminated", when);
  return instance;
}

Instance begin_start(Instance instance, TimePoint now) {
  instance.launch_time = now;
  instance.ends_at.reset();
  instance.state_reason_code = instance.state_reason_message = "pending";
  instance.transition_reason = "";
  return enter(std::move(instance), "pending", now);
}

Instance begin_stop(Instance instance, TimePoint now) {
  explain(instance, "Client.UserInitiatedShutdown", "User initiated shutdown", user_initiated(now));
  return enter(std::move(instance), "stopping", now);
}

Instance begin_termination(Instance instance, TimePoint now) {
  explain(instance, "Client.UserInitiatedShutdown", "User initiated shutdown", user_initiated(now));
  return enter(std::move(instance), "shutting-down", now);
}

Instance fail_start(Instance instance, const std::string& why, TimePoint now) {
  explain(instance, "Server.InternalError", "Internal error on launch" + (why.empty() ? "" : " (" + why + ")"),
          "Server.InternalError");
  const bool first = instance.launch_time == instance.created;
  return enter(std::move(instance), first ? "shutting-down" : "stopped", now);
}

bool forgotten(const Instance& instance, TimePoint now) {
  return instance.state == "terminated" && now - instance.state_since.value_or(now) >= terminated_visible_for;
}

}  // namespace hotaru::sim
