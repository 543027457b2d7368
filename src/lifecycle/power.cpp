#include <fmt/format.h>

#include "lifecycle/bring_up.h"
#include "lifecycle/find.h"
#include "lifecycle/wait.h"

namespace hotaru::lifecycle {
namespace {

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

Result<Facts> stop(Context& context, const Which& which, bool wait) {
  auto located = locate_ours(context, which);
  if (!located) return pass(located);
  if (located->instance.state == "stopped") return after(context, *located, "stopped");
  ssh::close_shared(target_of(context, remember(context, *located)), context.runner);
  context.progress({"stop", fmt::format("Stopping {}", located->instance.id)});
  auto change = context.ec2(located->region).stop_instance(located->instance.id);
  if (!change) return pass(change);
  if (!wait) return after(context, *located, "stopping");
  Waiter waiter(context, located->region, located->instance.id, kStopPatience);
  auto stopped = waiter.until_stopped();
  if (!stopped) return pass(stopped);
  located->instance = *stopped;
  return after(context, *located, "stopped");
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
