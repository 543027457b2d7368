#include "lifecycle/change_limits.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "base/text.h"
#include "lifecycle/facts.h"
#include "lifecycle/limits.h"
#include "lifecycle/names.h"
#include "lifecycle/user_data.h"

// Limits of an instance that is there. The order is: the tag (any hotaru reads it), CloudWatch's alarms, the guard.
namespace hotaru::lifecycle {
namespace {

constexpr Duration kCommandPatience{20'000};
constexpr Duration kHour{3600 * 1000};
/// A limit that passes while the instance boots is as good as past.
constexpr Duration kSoon{60'000};

struct Change {
  const Located& located;
  guard::Limits before;
  guard::Limits after;
  guard::Orders orders;
  int disk_gib = 0;
};

Result<Change> change_of(Context& context, const Located& located, const guard::Limits& after) {
  const aws::Instance& instance = located.instance;
  Change change{.located = located, .before = read_limits(instance.tags), .after = after, .orders = {}};
  if (instance.lifecycle == "spot" && after.any()) change.after.then = guard::End::terminate;
  change.disk_gib = read_disk(instance.tags);
  auto rates = rates_of(after, {instance.type}, located.region, change.disk_gib);
  if (!rates) return pass(rates);
  change.orders = {.limits = change.after,
                   .rates = *rates,
                   .written = std::chrono::floor<std::chrono::seconds>(context.clock.now())};
  return change;
}

Result<void> write_tags(Context& context, const Change& change) {
  aws::Ec2 ec2 = context.ec2(change.located.region);
  const std::string& id = change.located.instance.id;
  if (const aws::Tags tags = limit_tags(change.after, change.disk_gib); !tags.empty())
    if (auto written = ec2.create_tags({id}, tags); !written) return written;
  std::vector<std::string> gone;
  if (change.before.until && !change.after.until) gone.emplace_back(tag::expires);
  if (change.before.any() && !change.after.any()) gone.emplace_back(tag::limits);
  return gone.empty() ? Result<void>{} : ec2.delete_tags({id}, gone);
}

Result<void> write_behavior(Context& context, const Change& change) {
  if (change.after.then == change.before.then) return {};
  const char* behavior = change.after.then == guard::End::stop ? "stop" : "terminate";
  return context.ec2(change.located.region).set_shutdown_behavior(change.located.instance.id, behavior);
}

/// "User initiated (2026-11-22 16:00:00 GMT)".
std::optional<TimePoint> time_in(const std::string& reason) {
  const auto open = reason.find('(');
  if (open == std::string::npos || reason.size() < open + 20) return std::nullopt;
  std::string text = reason.substr(open + 1, 19);
  text[10] = 'T';
  return parse_iso8601(text + "Z");
}

/// Since when it may have had samples in every hour: CloudWatch does not see a stop that was shorter than an hour.
TimePoint seen_running_since(const Change& change, TimePoint now) {
  const aws::Instance& instance = change.located.instance;
  const TimePoint launched = parse_iso8601(instance.launch_time).value_or(now);
  if (instance.state == "running" || instance.state == "pending") return launched;
  std::optional<TimePoint> stopped = time_in(instance.transition_reason);
  if (!stopped && change.before.until && launched < *change.before.until) stopped = change.before.until;
  return stopped && now - *stopped > kHour ? now : launched;
}

Result<void> write_alarms(Context& context, const Change& change) {
  const aws::Instance& instance = change.located.instance;
  const AlarmSubject subject{.name = aws::tag_value(instance.tags, tag::name),
                             .operation = aws::tag_value(instance.tags, tag::operation),
                             .region = change.located.region,
                             .instance_id = instance.id,
                             .launched = seen_running_since(change, context.clock.now())};
  const Alarms alarms = alarms_for(subject, change.after, change.orders.rates, instance.type);
  if (alarms.alarms.size() < 2)  // what is not put again would act by the earlier limit
    if (auto removed = remove_alarms(context, subject.region, subject.name, subject.operation); !removed)
      return removed;
  if (!alarms.without_time.empty())
    context.progress({"alarm", fmt::format("No CloudWatch alarm for the time: {}", alarms.without_time)});
  return put_alarms(context, subject.region, alarms);
}

Result<void> write_user_data(Context& context, const Change& change) {
  aws::Ec2 ec2 = context.ec2(change.located.region);
  const std::string& id = change.located.instance.id;
  auto before = ec2.user_data(id);
  if (!before) return pass(before);
  auto after = with_orders(*before, change.orders);
  if (!after) return pass(after);
  return ec2.set_user_data(id, *after);
}

Error guard_not_told(const Change& change, const std::string& name, Error error) {
  error.message =
      fmt::format("The tag of {} has the new limits, but its guard could not be told: {}", name, error.message);
  error.hint = change.before.any()
                   ? fmt::format("It keeps the earlier limits until `hotaru limit {}` reaches it.", name)
                   : fmt::format("It was launched without a guard: stop it, say its limits, and start it again.");
  return error;
}

Result<guard::Status> tell_guard(Context& context, const ssh::Target& target, const std::string& command) {
  auto said = context.login != nullptr ? context.login->run_as_root(target, command)
                                       : ssh::run_as_root(target, command, context.runner, kCommandPatience);
  if (!said) return pass(said);
  return guard::parse_status(*said);
}

Result<Located> locate_live(Context& context, const Which& which) {
  auto located = locate(context, which);
  if (!located) return located;
  if (auto ours = check_ours(*located, which); !ours) return pass(ours);
  if (is_gone(located->instance.state))
    return fail(ErrorClass::not_found, fmt::format("{} is {}.", which.name, located->instance.state));
  return located;
}

Result<Limited> change_limits(Context& context, const Located& located, const guard::Limits& after) {
  auto change = change_of(context, located, after);
  if (!change) return pass(change);
  context.progress({"limits", fmt::format("Writing the limits of {}", located.instance.id)});
  if (auto written = write_tags(context, *change); !written) return pass(written);
  if (auto written = write_alarms(context, *change); !written) return pass(written);
  if (auto written = write_behavior(context, *change); !written) return pass(written);
  Limited limited{.facts = to_facts(located.instance, located.region), .before = change->before, .guard = {}};
  limited.facts.limits = change->after;
  if (located.instance.state == "stopped") {
    if (auto written = write_user_data(context, *change); !written) return pass(written);
    return limited;
  }
  const store::KnownInstance known = remember(context, located);
  auto told = tell_guard(context, target_of(context, known), guard::change_command(change->orders));
  if (!told) return std::unexpected(guard_not_told(*change, known.name, told.error()));
  limited.guard = *told;
  return limited;
}

Error passed(const std::string& name, TimePoint until, TimePoint now) {
  Error error{ErrorClass::conflict,
              fmt::format("The time limit of {} passed at {}.", name, time_of_day_text(until, now)),
              fmt::format("Give it another one: hotaru start {} --for 8h", name)};
  error.code = limit_passed;
  return error;
}

}  // namespace

Result<void> limit_before_start(Context& context, const Located& located, const LimitWish& wish, Waiter& waiter) {
  const guard::Limits before = read_limits(located.instance.tags);
  const TimePoint now = context.clock.now();
  const bool over = before.until && *before.until <= now + kSoon;
  if (!over && (!wish.any() || wish.proposed)) return {};
  LimitWish counted = wish;
  if (wish.proposed) {  // it has others: only what is past is made good
    counted = {};
    counted.time = wish.time;
    counted.until = wish.until;
  }
  const guard::Limits after = changed_limits(before, counted, now);
  if (after.until && *after.until <= now + kSoon)
    return std::unexpected(passed(aws::tag_value(located.instance.tags, tag::name), *after.until, now));
  Located stopped = located;
  if (stopped.instance.state == "stopping") {
    auto there = waiter.until_stopped();
    if (!there) return pass(there);
    stopped.instance = *there;
  }
  if (auto limited = change_limits(context, stopped, after); !limited) return pass(limited);
  return {};
}

Result<Limited> limit(Context& context, const Which& which, const LimitWish& wish) {
  auto located = locate_live(context, which);
  if (!located) return pass(located);
  const guard::Limits before = read_limits(located->instance.tags);
  return change_limits(context, *located, changed_limits(before, wish, context.clock.now()));
}

Result<Limited> extend(Context& context, const Which& which, Duration time) {
  auto located = locate_live(context, which);
  if (!located) return pass(located);
  guard::Limits limits = read_limits(located->instance.tags);
  const TimePoint now = std::chrono::floor<std::chrono::seconds>(context.clock.now());
  limits.until = std::max(limits.until.value_or(now), now) + time;
  return change_limits(context, *located, limits);
}

Result<guard::Status> keep(Context& context, const Which& which, Duration time) {
  auto reach = target(context, which);
  if (!reach) return pass(reach);
  return tell_guard(context, *reach, guard::keep_command(time));
}

Result<guard::Status> guard_status(Context& context, const Which& which) {
  auto reach = target(context, which);
  if (!reach) return pass(reach);
  return tell_guard(context, *reach, guard::status_command());
}

}  // namespace hotaru::lifecycle
