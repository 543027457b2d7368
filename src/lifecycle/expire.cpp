#include "lifecycle/expire.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/text.h"

namespace hotaru::lifecycle {
namespace {

constexpr Duration kMargin{3 * 60'000};  // the guard is at most one minute late, a tag that was moved half a minute
constexpr Duration kGrace{15 * 60'000};  // of a start past the limit (the guard's)

}  // namespace

bool is_expired(const Facts& facts, TimePoint now) {
  if (!facts.ours || !facts.limits.until || (facts.state != "running" && facts.state != "pending")) return false;
  const TimePoint launched = parse_iso8601(facts.launch_time).value_or(TimePoint{});
  const TimePoint due = launched > *facts.limits.until ? launched + kGrace : *facts.limits.until;
  return now > due + kMargin;
}

Result<Settled> end_expired(Context& context, Facts& facts) {
  const TimePoint now = context.clock.now();
  const bool stops = facts.limits.then == guard::End::stop;
  aws::Ec2 ec2 = context.ec2(facts.region);
  auto change = stops ? ec2.stop_instance(facts.id) : ec2.terminate_instance(facts.id);
  if (!change) return pass(change);
  facts.state = change->current;
  return Settled{
      .operation = facts.operation,
      .name = facts.name,
      .region = facts.region,
      .text = fmt::format("{} ({} in {}) ran past its time limit of {}; it is being {}.", facts.name, facts.id,
                          facts.region, time_of_day_text(*facts.limits.until, now), stops ? "stopped" : "terminated")};
}

}  // namespace hotaru::lifecycle
