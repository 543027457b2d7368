#include <fmt/format.h>

#include "lifecycle/bring_up.h"
#include "lifecycle/change.h"
#include "lifecycle/find.h"
#include "lifecycle/wait.h"
#include "lifecycle/waiting.h"

namespace hotaru::lifecycle {
namespace {

constexpr Duration kOrderlyPatience{3 * 60'000};
constexpr Duration kStopPatience{10 * 60'000};

Result<Located> locate_ours(Context& context, const Which& which) {
  auto located = locate(context, which);
  if (!located) return located;
  if (auto ours = check_ours(*located, which); !ours) return pass(ours);
  if (is_gone(located->instance.state))
    return fail(ErrorClass::not_found, fmt::format("{} is {}.", which.name, located->instance.state),
                "It cannot come back; `hotaru up` launches another.");
  return located;
}

/// EC2's state after a call; the address of a stopped instance is no longer its own.
Facts after(Context& context, Located located, const std::string& state) {
  located.instance.state = state;
  if (state == "stopped" || state == "stopping") located.instance.public_ip.clear();
  (void)remember(context, located);
  return to_facts(located.instance, located.region);
}

}  // namespace

Result<Launched> start(Context& context, const Which& which, const StartRequest& request) {
  auto located = locate_ours(context, which);
  if (!located) return pass(located);
  return bring_up(context, *located, request);
}

namespace {

/// A shutdown that hangs goes on billing as long: after its time EC2 ends it the hard way.
Result<aws::Instance> until_stopped(Context& context, const Located& located) {
  const std::string& id = located.instance.id;
  Waiter orderly(context, located.region, id, kOrderlyPatience);
  auto stopped = orderly.until_stopped();
  const bool hangs = !stopped && stopped.error().kind == ErrorClass::unavailable && !orderly.died();
  if (!hangs) return stopped;
  context.progress({"stop", fmt::format("{} does not shut down; forcing it", id)});
  auto forced = context.ec2(located.region).stop_instance(id, true);
  if (!forced && !is_passing(forced.error())) return pass(forced);
  Waiter waiter(context, located.region, id, kStopPatience);
  return waiter.until_stopped();
}

Result<Facts> stop_running(Context& context, Located& located, bool wait) {
  ssh::close_shared(target_of(context, remember(context, located)), context.runner);
  context.progress({"stop", fmt::format("Stopping {}", located.instance.id)});
  auto change = context.ec2(located.region).stop_instance(located.instance.id);
  if (!change) return pass(change);
  if (!wait) return after(context, located, "stopping");
  auto stopped = until_stopped(context, located);
  if (!stopped) return pass(stopped);
  located.instance = *stopped;
  return after(context, located, "stopped");
}

}  // namespace

Result<Facts> stop(Context& context, const Which& which, bool wait) {
  auto located = locate_ours(context, which);
  if (!located) return pass(located);
  if (located->instance.state == "stopped") return after(context, *located, "stopped");
  auto change = Change::begin(context, "stop", *located);
  if (!change) return pass(change);
  auto stopped = stop_running(context, *located, wait);
  if (auto closed = change->close(stopped); !closed) return pass(closed);
  return stopped;
}

Result<Facts> reboot(Context& context, const Which& which) {
  auto located = locate_ours(context, which);
  if (!located) return pass(located);
  ssh::close_shared(target_of(context, remember(context, *located)), context.runner);
  context.progress({"reboot", fmt::format("Rebooting {}", located->instance.id)});
  if (auto rebooted = context.ec2(located->region).reboot_instance(located->instance.id); !rebooted)
    return pass(rebooted);
  return to_facts(located->instance, located->region);
}

}  // namespace hotaru::lifecycle
