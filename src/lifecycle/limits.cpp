#include "lifecycle/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "aws/endpoints.h"
#include "base/duration.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "lifecycle/names.h"
#include "lifecycle/waiting.h"
#include "price/price.h"

namespace hotaru::lifecycle {
namespace {

using guard::MicroUsd;

constexpr double micro = 1e6;
constexpr Duration hour{3600 * 1000};
constexpr Duration new_alarm_age{10 * 60'000};
constexpr const char* no_alarms = "no-alarms";
constexpr Duration refused_age{24LL * 3600 * 1000};
/// CloudWatch looks back no further (PutMetricAlarm, "EvaluationPeriods").
constexpr int most_hours = 7 * 24;
/// More than any region's as of 2025: bounds from above where the price is not known.
constexpr double dearest_gb_month = 0.2;
constexpr double dearest_gb_sent = 0.2;

MicroUsd micro_of(double usd) { return static_cast<MicroUsd>(std::ceil(usd * micro - 1e-6)); }

TimePoint whole_seconds(TimePoint time) { return std::chrono::floor<std::chrono::seconds>(time); }

/// "idle" of "idle=1h"; "" if there is none.
std::string field_of(const std::string& code, const std::string& name) {
  for (const std::string& part : split(code, ' '))
    if (part.starts_with(name + "=")) return part.substr(name.size() + 1);
  return "";
}

std::string usd_text(MicroUsd amount) {
  std::string text = fmt::format("{}.{:06}", amount / 1'000'000, amount % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

/// How long it may run at most; nullopt: nothing bounds it.
std::optional<Duration> longest_run(const guard::Limits& limits, const guard::Rates& rates, const std::string& type,
                                    TimePoint launched) {
  std::optional<Duration> longest;
  if (limits.until) longest = *limits.until - launched;
  if (!limits.budget) return longest;
  const auto rate = rates.types.find(type);
  const MicroUsd hourly = (rate == rates.types.end() ? rates.other_type : rate->second) + rates.address + rates.disks;
  if (hourly <= 0) return longest;
  const Duration bought{*limits.budget * hour.count() / hourly};
  return longest ? std::min(*longest, bought) : bought;
}

aws::Alarm alarm_of(const AlarmSubject& subject, const guard::Limits& limits, const char* which) {
  aws::Alarm alarm;
  alarm.name = fmt::format("hotaru-{}-{}-{}", subject.name, subject.operation, which);
  alarm.instance_id = subject.instance_id;
  alarm.action = aws::alarm_action(subject.region, limits.then == guard::End::stop ? "stop" : "terminate");
  alarm.tags = {{tag::name, subject.name}, {tag::operation, subject.operation}};
  return alarm;
}

}  // namespace

guard::Limits limits_of(const LimitWish& wish, TimePoint now) {
  guard::Limits limits{
      .until = wish.until, .idle = wish.idle, .budget = wish.budget, .then = wish.then.value_or(guard::End::stop)};
  if (wish.time) limits.until = limits.until ? std::min(*limits.until, now + *wish.time) : now + *wish.time;
  if (limits.until) limits.until = whole_seconds(*limits.until);
  return limits;
}

guard::Limits planned_limits(const LaunchPlan& plan, TimePoint now) {
  guard::Limits limits = limits_of(plan.request.limits, now);
  if (plan.request.spot) limits.then = guard::End::terminate;  // a one-time spot instance cannot stop
  return limits;
}

guard::Limits changed_limits(const guard::Limits& before, const LimitWish& wish, TimePoint now) {
  guard::Limits after = before;
  const guard::Limits said = limits_of(wish, now);
  if (said.until || wish.no_time) after.until = said.until;
  if (said.idle || wish.no_idle) after.idle = said.idle;
  if (said.budget || wish.no_budget) after.budget = said.budget;
  if (wish.then) after.then = *wish.then;
  return after;
}

std::string limits_code(const guard::Limits& limits, int disk_gib) {
  std::vector<std::string> parts;
  if (limits.idle) parts.push_back("idle=" + duration_text(*limits.idle));
  if (limits.budget) parts.push_back("budget=" + usd_text(*limits.budget) + "usd");
  if (disk_gib > 0) parts.push_back(fmt::format("disk={}", disk_gib));
  parts.emplace_back(limits.then == guard::End::stop ? "then=stop" : "then=terminate");
  return join(parts, " ");
}

aws::Tags limit_tags(const guard::Limits& limits, int disk_gib) {
  if (!limits.any()) return {};
  aws::Tags tags{{tag::limits, limits_code(limits, disk_gib)}};
  if (limits.until) tags.push_back({tag::expires, iso8601(*limits.until, false)});
  return tags;
}

int read_disk(const aws::Tags& tags) {
  const auto size = parse_integer(field_of(aws::tag_value(tags, tag::limits), "disk"));
  return size && *size > 0 && *size < 1'000'000 ? static_cast<int>(*size) : 0;
}

guard::Limits read_limits(const aws::Tags& tags) {
  guard::Limits limits;
  limits.until = parse_iso8601(aws::tag_value(tags, tag::expires));
  const std::string code = aws::tag_value(tags, tag::limits);
  limits.idle = parse_duration(field_of(code, "idle"));
  std::string budget = field_of(code, "budget");
  if (budget.ends_with("usd")) budget.resize(budget.size() - 3);
  const auto usd = parse_number(budget);
  if (usd && *usd > 0 && *usd < 1e9) limits.budget = micro_of(*usd);
  if (field_of(code, "then") == "terminate") limits.then = guard::End::terminate;
  return limits;
}

Result<guard::Rates> rates_of(const guard::Limits& limits, const std::vector<std::string>& types,
                              const std::string& region, int disk_gib) {
  const std::string& type = types.front();
  guard::Rates rates;
  if (!limits.budget) return rates;
  const std::string family = split(type, '.').front() + ".";
  for (const catalog::InstanceType& each : catalog::types()) {
    const auto price = catalog::on_demand_price(region, each.name);
    if (!price) continue;
    rates.other_type = std::max(rates.other_type, micro_of(price->usd_per_hour));
    const bool named = std::ranges::find(types, each.name) != types.end();
    if (named || each.name.starts_with(family)) rates.types.emplace(each.name, micro_of(price->usd_per_hour));
  }
  if (!rates.types.contains(type))
    return fail(ErrorClass::invalid,
                fmt::format("A budget cannot be kept: what {} costs in {} is not known.", type, region),
                "Say --for or --until instead.");
  const auto full = price::full_price({.type = type,
                                       .region = region,
                                       .usd_per_hour = 0,
                                       .price_as_of = "",
                                       .disk_gib = disk_gib,
                                       .public_address = false});
  rates.disks = micro_of(full.complete() ? full.stopped() : disk_gib * dearest_gb_month / price::hours_per_month);
  rates.address = micro_of(price::address_rate);
  rates.sent = micro_of(dearest_gb_sent);
  return rates;
}

std::vector<std::string> alarm_names(const std::string& name, const std::string& operation) {
  return {fmt::format("hotaru-{}-{}-status", name, operation), fmt::format("hotaru-{}-{}-time", name, operation)};
}

Alarms alarms_for(const AlarmSubject& subject, const guard::Limits& limits, const guard::Rates& rates,
                  const std::string& type) {
  Alarms result;
  if (!limits.any()) return result;
  aws::Alarm status = alarm_of(subject, limits, "status");
  status.description = "hotaru: its status checks have failed for 15 minutes";
  status.metric = "StatusCheckFailed";
  status.statistic = "Maximum";
  status.period_s = 300;
  status.periods = 3;
  result.alarms.push_back(status);
  const auto longest = longest_run(limits, rates, type, subject.launched);
  if (!longest) return result;
  // Each of so many hours in a row has a sample. Hours of the clock: the first and the last one may have been begun
  // only, so two more than the limit has cannot be before it. That is within two hours after it.
  const auto hours = (*longest + hour - Duration{1}) / hour + 2;
  if (hours > most_hours) {
    result.without_time = "CloudWatch looks back seven days at most";
    return result;
  }
  aws::Alarm time = alarm_of(subject, limits, "time");
  time.description = "hotaru: it runs past its limit";
  time.metric = "CPUUtilization";
  time.statistic = "SampleCount";  // there are samples only while it runs
  time.period_s = 3600;
  time.periods = static_cast<int>(std::max<decltype(hours)>(hours, 3));
  result.alarms.push_back(time);
  return result;
}

namespace {

/// AWS's CloudWatch knows nothing of the instances of another EC2.
bool has_cloudwatch(const Context& context) {
  const aws::Settings& settings = context.client.settings();
  return aws::own_endpoint(settings, "ec2").empty() || !aws::own_endpoint(settings, "monitoring").empty();
}

constexpr const char* no_cloudwatch = "EC2's endpoint is one of your own, and there is none for CloudWatch.";

}  // namespace

Result<void> put_alarms(Context& context, const std::string& region, const Alarms& alarms) {
  if (!has_cloudwatch(context)) return {};
  for (const aws::Alarm& alarm : alarms.alarms) {
    auto put = aws::put_alarm(context.client, region, alarm);
    if (put) {
      if (!alarms_refused(context, region).empty()) (void)context.known.forget_fact(context.scope, region, no_alarms);
      continue;
    }
    if (put.error().kind == ErrorClass::interrupted) return put;
    if (!is_passing(put.error())) (void)context.known.set_fact(context.scope, region, no_alarms, put.error().message);
    context.progress(
        {"alarm", fmt::format("No CloudWatch alarm could be set, so the guard on the instance is alone: {}",
                              put.error().message)});
    return {};
  }
  return {};
}

Result<void> renew_alarms(Context& context, const std::string& region, const aws::Instance& instance) {
  const guard::Limits limits = read_limits(instance.tags);
  if (!limits.any()) return {};
  auto rates = rates_of(limits, {instance.type}, region, read_disk(instance.tags));
  if (!rates) return pass(rates);
  const AlarmSubject subject{.name = aws::tag_value(instance.tags, tag::name),
                             .operation = aws::tag_value(instance.tags, tag::operation),
                             .region = region,
                             .instance_id = instance.id,
                             .launched = parse_iso8601(instance.launch_time).value_or(context.clock.now())};
  return put_alarms(context, region, alarms_for(subject, limits, *rates, instance.type));
}

std::string alarms_refused(Context& context, const std::string& region) {
  if (!has_cloudwatch(context)) return no_cloudwatch;
  auto kept = context.known.fact(context.scope, region, no_alarms, refused_age);
  return kept && *kept ? **kept : "";
}

Result<void> remove_alarms(Context& context, const std::string& region, const std::string& name,
                           const std::string& operation) {
  if (operation.empty() || !alarms_refused(context, region).empty()) return {};
  auto deleted = aws::delete_alarms(context.client, region, alarm_names(name, operation));
  // Who may not delete any has most likely made none.
  const bool none =
      !deleted && (deleted.error().kind == ErrorClass::unauthorized ||
                   deleted.error().kind == ErrorClass::unsupported || deleted.error().kind == ErrorClass::invalid);
  if (none) return {};
  return deleted;
}

Result<std::vector<aws::AlarmState>> alarms_of_ours(Context& context, const std::string& region) {
  if (!has_cloudwatch(context)) return std::vector<aws::AlarmState>{};
  auto alarms = aws::describe_alarms(context.client, region, "hotaru-");
  const bool none =
      !alarms && (alarms.error().kind == ErrorClass::unauthorized || alarms.error().kind == ErrorClass::unsupported ||
                  alarms.error().kind == ErrorClass::invalid);
  if (none) return std::vector<aws::AlarmState>{};
  return alarms;
}

Result<std::vector<Settled>> remove_dead_alarms(Context& context, const std::string& region,
                                                const std::vector<aws::AlarmState>& alarms) {
  std::map<std::string, std::vector<std::string>> by_instance;
  for (const aws::AlarmState& alarm : alarms) {
    // An instance that was launched moments ago may not be shown yet.
    const bool settled = alarm.changed && context.clock.now() - *alarm.changed > new_alarm_age;
    if (settled && !alarm.instance_id.empty()) by_instance[alarm.instance_id].push_back(alarm.name);
  }
  std::vector<Settled> all;
  if (by_instance.empty()) return all;
  std::vector<std::string> ids;
  for (const auto& [id, names] : by_instance) ids.push_back(id);
  auto found = context.ec2(region).describe_instances({.instance_ids = {}, .filters = {{"instance-id", ids}}});
  if (!found) return pass(found);
  for (const aws::Instance& instance : *found)
    if (instance.state != "terminated") by_instance.erase(instance.id);
  for (const auto& [id, names] : by_instance) {
    if (auto deleted = aws::delete_alarms(context.client, region, names); !deleted) return pass(deleted);
    all.push_back({.operation = "",
                   .name = id,
                   .region = region,
                   .text = fmt::format(
                       "{} in {} has ended; its CloudWatch alarms were left over and have been removed.", id, region)});
  }
  return all;
}

std::optional<double> most_usd(const guard::Limits& limits, double running, double stopped, TimePoint now) {
  std::optional<double> most;
  if (limits.until) {
    const double hours = std::max(0.0, std::chrono::duration<double, std::ratio<3600>>(*limits.until - now).count());
    most = running * hours;
  }
  constexpr double week_hours = 7 * 24;
  if (limits.budget) {
    // A week of the stopped disk is kept back, so that much is not spent by the end.
    const double kept_back = limits.then == guard::End::stop ? stopped * week_hours : 0;
    const double bought = std::max(0.0, static_cast<double>(*limits.budget) / micro - kept_back);
    most = most ? std::min(*most, bought) : bought;
  }
  return most;
}

}  // namespace hotaru::lifecycle
