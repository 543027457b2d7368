#include "aws/cloudwatch.h"

#include <nlohmann/json.hpp>

#include "aws/endpoints.h"
#include "aws/json.h"

namespace hotaru::aws {

using nlohmann::json;

namespace {

/// ARNs name their partition.
std::string partition_of(const std::string& region) {
  if (region.starts_with("cn-")) return "aws-cn";
  if (region.starts_with("us-gov-")) return "aws-us-gov";
  return "aws";
}

std::string instance_of(const json& alarm) {
  for (const auto& one : list_in(alarm, "Dimensions"))
    if (text_in(one, "Name") == "InstanceId") return text_in(one, "Value");
  return "";
}

/// Seconds since 1970, with a fraction.
std::optional<TimePoint> time_in(const json& object, const char* member) {
  const double seconds = number_in(object, member);
  if (seconds <= 0 || seconds > 1e11) return std::nullopt;
  return TimePoint(Duration(static_cast<Duration::rep>(seconds * 1000)));
}

/// All of them may be sent again: an alarm is what was put last.
Call call_of(const std::string& region, const char* action) { return json_call("monitoring", region, action, true); }

}  // namespace

std::string alarm_action(const std::string& region, const std::string& what) {
  return "arn:" + partition_of(region) + ":automate:" + region + ":ec2:" + what;
}

Result<void> put_alarm(Client& client, const std::string& region, const Alarm& alarm) {
  json tags = json::array();
  for (const auto& tag : alarm.tags) tags.push_back({{"Key", tag.key}, {"Value", tag.value}});
  const json body{{"AlarmName", alarm.name},
                  {"AlarmDescription", alarm.description},
                  {"Namespace", "AWS/EC2"},
                  {"MetricName", alarm.metric},
                  {"Statistic", alarm.statistic},
                  {"Dimensions", json::array({{{"Name", "InstanceId"}, {"Value", alarm.instance_id}}})},
                  {"Period", alarm.period_s},
                  {"EvaluationPeriods", alarm.periods},
                  {"Threshold", alarm.threshold},
                  {"ComparisonOperator", "GreaterThanOrEqualToThreshold"},
                  {"TreatMissingData", "notBreaching"},
                  {"ActionsEnabled", true},
                  {"AlarmActions", json::array({alarm.action})},
                  {"Tags", tags}};
  auto answer = client.send([&] {
    Call call = call_of(region, "PutMetricAlarm");
    call.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return call;
  }());
  if (!answer) return pass(answer);
  return {};
}

Result<std::vector<AlarmState>> describe_alarms(Client& client, const std::string& region, const std::string& prefix) {
  std::vector<AlarmState> alarms;
  const json body{{"AlarmNamePrefix", prefix}, {"MaxRecords", 100}};
  auto asked = ask_json_pages(client, call_of(region, "DescribeAlarms"), body, [&](const json& page) {
    for (const auto& one : list_in(page, "MetricAlarms"))
      alarms.push_back({.name = text_in(one, "AlarmName"),
                        .state = text_in(one, "StateValue"),
                        .instance_id = instance_of(one),
                        .changed = time_in(one, "AlarmConfigurationUpdatedTimestamp")});
  });
  if (!asked) return pass(asked);
  return alarms;
}

Result<void> delete_alarms(Client& client, const std::string& region, const std::vector<std::string>& names) {
  Call call = call_of(region, "DeleteAlarms");
  call.body = json{{"AlarmNames", names}}.dump(-1, ' ', false, json::error_handler_t::replace);
  auto answer = client.send(call);
  if (!answer && answer.error().kind != ErrorClass::not_found) return pass(answer);
  return {};
}

}  // namespace hotaru::aws
