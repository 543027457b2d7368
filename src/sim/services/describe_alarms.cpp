#include <fmt/format.h>

#include <algorithm>

#include "sim/alarms/alarms.h"
#include "sim/services/alarm_input.h"
#include "sim/services/page.h"
#include "sim/services/services.h"

namespace hotaru::sim::services {

namespace {

void write(const RegionState& state, const Alarm& alarm, JsonObject& out) {
  out.text("AlarmName", alarm.id)
      .text("AlarmArn", alarm_arn(state, alarm.id))
      .text_unless_empty("AlarmDescription", alarm.description)
      .time("AlarmConfigurationUpdatedTimestamp", alarm.configured)
      .flag("ActionsEnabled", alarm.actions_enabled)
      .texts("OKActions", alarm.ok_actions)
      .texts("AlarmActions", alarm.alarm_actions)
      .texts("InsufficientDataActions", alarm.insufficient_data_actions)
      .text("StateValue", alarm.state)
      .text("StateReason", alarm.reason)
      .text_unless_empty("StateReasonData", alarm.reason_data)
      .time("StateUpdatedTimestamp", alarm.state_updated)
      .time("StateTransitionedTimestamp", alarm.state_updated)
      .text("MetricName", alarm.metric)
      .text("Namespace", alarm.name_space)
      .text("Statistic", alarm.statistic)
      .objects("Dimensions", alarm.dimensions,
               [](const auto& one, JsonObject& item) { item.text("Name", one.first).text("Value", one.second); })
      .number("Period", alarm.period)
      .text_unless_empty("Unit", alarm.unit)
      .number("EvaluationPeriods", alarm.evaluation_periods);
  if (alarm.datapoints_to_alarm) out.number("DatapointsToAlarm", *alarm.datapoints_to_alarm);
  out.real("Threshold", alarm.threshold)
      .text("ComparisonOperator", alarm.comparison)
      .text_unless_empty("TreatMissingData", alarm.treat_missing_data);
}

bool has_action(const Alarm& alarm, const std::string& prefix) {
  const auto begins = [&](const std::string& one) { return one.starts_with(prefix); };
  return prefix.empty() || std::ranges::any_of(alarm.ok_actions, begins) ||
         std::ranges::any_of(alarm.alarm_actions, begins) ||
         std::ranges::any_of(alarm.insufficient_data_actions, begins);
}

struct Wanted {
  std::vector<std::string> names;
  std::string prefix;
  std::string state;
  std::string action_prefix;
  bool metric_alarms = true;
};

Wanted read_wanted(const JsonInput& input) {
  Wanted wanted;
  wanted.names = read_texts(input, "AlarmNames", 100);
  wanted.prefix = read_text(input, "AlarmNamePrefix", 1, 255);
  wanted.state = input.one_of("StateValue", {"OK", "ALARM", "INSUFFICIENT_DATA"}, "");
  wanted.action_prefix = read_text(input, "ActionPrefix", 1, 1024);
  const auto types = input.list("AlarmTypes");
  wanted.metric_alarms = types.empty() || std::ranges::find(types, "MetricAlarm") != types.end();
  if (!wanted.names.empty() && !wanted.prefix.empty())
    input.refuse("ValidationError", "AlarmNames and AlarmNamePrefix cannot be used together.");
  for (const char* relation : {"ChildrenOfAlarmName", "ParentsOfAlarmName"})
    if (input.has(relation)) input.refuse("ValidationError", "The simulator has no composite alarms.");
  return wanted;
}

bool is_wanted(const Wanted& wanted, const Alarm& alarm) {
  const bool named = wanted.names.empty() || std::ranges::find(wanted.names, alarm.id) != wanted.names.end();
  return wanted.metric_alarms && named && alarm.id.starts_with(wanted.prefix) &&
         (wanted.state.empty() || alarm.state == wanted.state) && has_action(alarm, wanted.action_prefix);
}

struct HistoryRow {
  std::string alarm;
  AlarmEvent event;
  std::string order;
};

/// The newest first.
std::vector<HistoryRow> history(const RegionState& state, const std::string& name, const std::string& type) {
  std::vector<HistoryRow> rows;
  for (const auto& [id, alarm] : state.alarms.all()) {
    if (!name.empty() && id != name) continue;
    std::size_t number = 0;
    for (const AlarmEvent& one : alarm.history) {
      ++number;
      if (!type.empty() && one.type != type) continue;
      const auto age = INT64_MAX - one.time.time_since_epoch().count();
      rows.push_back({id, one, fmt::format("{:020} {:03} {}", age, 999 - number, id)});
    }
  }
  std::ranges::sort(rows, {}, &HistoryRow::order);
  return rows;
}

}  // namespace

ApiResult<JsonObject> describe_alarms(Context& context, const JsonInput& input) {
  const Wanted wanted = read_wanted(input);
  const auto page = read_page(input, 50, 100, "InvalidNextToken", "MaxRecords");
  if (auto no = input.finish()) return std::unexpected(*no);
  settle(context);
  std::vector<const Alarm*> found;
  for (const auto& [name, alarm] : context.state.alarms.all())
    if (is_wanted(wanted, alarm)) found.push_back(&alarm);
  const auto shown = cut(page, std::move(found), [](const Alarm* one) { return one->id; });
  return JsonObject{}
      .objects("MetricAlarms", shown.items,
               [&](const Alarm* one, JsonObject& item) { write(context.state, *one, item); })
      .texts("CompositeAlarms", std::vector<std::string>{})
      .text_unless_empty("NextToken", shown.next_token);
}

ApiResult<JsonObject> describe_alarm_history(Context& context, const JsonInput& input) {
  const std::string name = read_text(input, "AlarmName", 1, 255);
  const std::string type = input.one_of("HistoryItemType", {"ConfigurationUpdate", "StateUpdate", "Action"}, "");
  const auto page = read_page(input, 100, 100, "InvalidNextToken", "MaxRecords");
  for (const char* member : {"StartDate", "EndDate"})
    if (input.has(member)) input.refuse("ValidationError", "The simulator tells the whole history: leave dates out.");
  if (auto no = input.finish()) return std::unexpected(*no);
  settle(context);
  const auto shown = cut(page, history(context.state, name, type), [](const HistoryRow& one) { return one.order; });
  return JsonObject{}
      .objects("AlarmHistoryItems", shown.items,
               [](const HistoryRow& one, JsonObject& item) {
                 item.text("AlarmName", one.alarm)
                     .text("AlarmType", "MetricAlarm")
                     .time("Timestamp", one.event.time)
                     .text("HistoryItemType", one.event.type)
                     .text("HistorySummary", one.event.summary);
               })
      .text_unless_empty("NextToken", shown.next_token);
}

}  // namespace hotaru::sim::services
