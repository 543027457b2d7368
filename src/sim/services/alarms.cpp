#include "sim/alarms/alarms.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/bill/usage.h"
#include "sim/services/alarm_input.h"
#include "sim/services/services.h"

namespace hotaru::sim::services {

namespace {

constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;

std::string missing(const std::string& member) {
  return fmt::format("The parameter {} must be specified for a metric alarm.", member);
}

/// The sim has metrics, and nothing that is computed from several.
void refuse_what_is_not_simulated(const JsonInput& input) {
  for (const char* member : {"Metrics", "ExtendedStatistic", "ThresholdMetricId", "EvaluateLowSampleCountPercentile",
                             "EvaluationCriteria", "EvaluationInterval"})
    if (input.has(member)) input.refuse("ValidationError", fmt::format("The simulator does not have {}.", member));
}

std::map<std::string, std::string> read_dimensions(const JsonInput& input) {
  std::map<std::string, std::string> dimensions;
  for (const JsonInput& one : input.objects("Dimensions")) dimensions[one.required("Name")] = one.required("Value");
  if (dimensions.size() > 30) input.refuse("ValidationError", "An alarm has at most 30 dimensions.");
  return dimensions;
}

void check_times(const JsonInput& input, const Alarm& alarm) {
  const bool known = alarm.period == 10 || alarm.period == 30 || (alarm.period > 0 && alarm.period % 60 == 0);
  if (!known) input.refuse("ValidationError", "Period must be 10, 30 or a multiple of 60.");
  // So large that the product would not fit is too large.
  const std::int64_t most = alarm.period >= hour ? 7 * day : day;
  if (alarm.evaluation_periods > most / std::max<std::int64_t>(1, alarm.period))
    input.refuse(
        "ValidationError",
        fmt::format("Metrics cannot be checked across more than {} (EvaluationPeriods * Period must be <= {}).",
                    alarm.period >= hour ? "7 days" : "a day", most));
  if (alarm.datapoints_to_alarm.value_or(1) > alarm.evaluation_periods)
    input.refuse("ValidationError", "DatapointsToAlarm must be less than or equal to EvaluationPeriods");
}

Alarm read_alarm(const JsonInput& input) {
  refuse_what_is_not_simulated(input);
  Alarm alarm;
  alarm.id = read_alarm_name(input, "AlarmName");
  alarm.description = read_text(input, "AlarmDescription", 0, 1024);
  alarm.actions_enabled = input.flag("ActionsEnabled", true);
  alarm.ok_actions = read_texts(input, "OKActions", 5);
  alarm.alarm_actions = read_texts(input, "AlarmActions", 5);
  alarm.insufficient_data_actions = read_texts(input, "InsufficientDataActions", 5);
  alarm.metric = read_text(input, "MetricName", 1, 255);
  alarm.name_space = read_text(input, "Namespace", 1, 255);
  alarm.statistic = input.one_of("Statistic", {"SampleCount", "Average", "Sum", "Minimum", "Maximum"}, "");
  alarm.unit = input.text("Unit");
  alarm.dimensions = read_dimensions(input);
  alarm.period = input.optional_integer("Period").value_or(0);
  alarm.evaluation_periods = input.integer("EvaluationPeriods", 1, 1, INT32_MAX);
  if (input.has("DatapointsToAlarm")) alarm.datapoints_to_alarm = input.integer("DatapointsToAlarm", 1, 1, INT32_MAX);
  alarm.threshold = input.optional_real("Threshold").value_or(0);
  alarm.comparison = input.one_of(
      "ComparisonOperator",
      {"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"}, "");
  alarm.treat_missing_data = input.one_of("TreatMissingData", {"breaching", "notBreaching", "ignore", "missing"}, "");
  for (const char* member :
       {"MetricName", "Namespace", "Statistic", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator"})
    if (!input.has(member)) input.refuse("ValidationError", missing(member));
  check_times(input, alarm);
  alarm.tags = read_alarm_tags(input);
  return alarm;
}

Refusal check_actions(const Context& context, const Alarm& alarm) {
  for (const auto* actions : {&alarm.ok_actions, &alarm.alarm_actions, &alarm.insufficient_data_actions})
    for (const std::string& arn : *actions) {
      if (!arn.starts_with("arn:")) return ApiError{400, "ValidationError", fmt::format("Invalid arn syntax: {}", arn)};
      if (ec2_action(arn, context.region).empty())
        return ApiError{400, "ValidationError",
                        fmt::format("The simulator has no action {}: it stops, terminates, reboots and recovers "
                                    "instances of the alarm's region.",
                                    arn)};
      if (!alarm.dimensions.contains("InstanceId"))
        return ApiError{400, "ValidationError",
                        "Invalid use of EC2 action. An EC2 action can only be used if the alarm is monitoring an EC2 "
                        "instance."};
    }
  return std::nullopt;
}

}  // namespace

ApiResult<JsonObject> put_metric_alarm(Context& context, const JsonInput& input) {
  Alarm alarm = read_alarm(input);
  if (auto no = input.finish()) return std::unexpected(*no);
  if (auto no = check_actions(context, alarm)) return std::unexpected(*no);
  settle(context);
  const TimePoint now = context.now();
  alarm.created = alarm.configured = alarm.state_updated = now;
  alarm.reason = "Unchecked: Initial alarm creation";
  std::string event = "created";
  if (const Alarm* before = context.state.alarms.find(alarm.id)) {
    // The state stays, and so do tags: those of the call are for new alarms.
    alarm.created = before->created;
    alarm.state = before->state;
    alarm.reason = before->reason;
    alarm.reason_data = before->reason_data;
    alarm.state_updated = before->state_updated;
    alarm.tags = before->tags;
    alarm.history = before->history;
    event = "updated";
  }
  note_event(alarm, now, "ConfigurationUpdate", fmt::format("Alarm \"{}\" {}", alarm.id, event));
  begin_evaluation(context.state, context.state.alarms.put(std::move(alarm)), now);
  return JsonObject{};
}

ApiResult<JsonObject> delete_alarms(Context& context, const JsonInput& input) {
  const auto names = read_texts(input, "AlarmNames", 100);
  if (auto no = input.finish()) return std::unexpected(*no);
  settle(context);
  for (const std::string& name : names)
    if (context.state.alarms.find(name) == nullptr) return std::unexpected(no_such_alarm());
  for (const std::string& name : names) {
    if (const Alarm* alarm = context.state.alarms.find(name)) bill_alarm(context.state, *alarm, context.now());
    context.state.alarms.erase(name);
    context.state.alarm_clock.remove(name);
  }
  return JsonObject{};
}

}  // namespace hotaru::sim::services
