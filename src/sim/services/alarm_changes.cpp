#include <fmt/format.h>

#include "sim/alarms/alarms.h"
#include "sim/services/alarm_input.h"
#include "sim/services/services.h"

namespace hotaru::sim::services {

namespace {

ApiResult<JsonObject> switch_actions(Context& context, const JsonInput& input, bool enabled) {
  const auto names = read_texts(input, "AlarmNames", 100);
  if (auto no = input.finish()) return std::unexpected(*no);
  settle(context);
  for (const std::string& name : names)
    context.state.alarms.modify(name, [&](Alarm& one) { one.actions_enabled = enabled; });
  return JsonObject{};
}

/// The alarm that an ARN names, or ResourceNotFoundException.
ApiResult<std::string> tagged_alarm(const Context& context, const std::string& arn) {
  const std::string start = alarm_arn(context.state, "");
  const std::string name = arn.starts_with(start) ? arn.substr(start.size()) : "";
  if (context.state.alarms.find(name) != nullptr) return name;
  return std::unexpected(ApiError{404, "ResourceNotFoundException", fmt::format("Unknown resource {}", arn)});
}

AlarmState state_of(const std::string& name) {
  if (name == "OK") return AlarmState::ok;
  return name == "ALARM" ? AlarmState::alarm : AlarmState::insufficient_data;
}

}  // namespace

ApiResult<JsonObject> set_alarm_state(Context& context, const JsonInput& input) {
  const std::string name = read_alarm_name(input, "AlarmName");
  const std::string state = input.one_of("StateValue", {"OK", "ALARM", "INSUFFICIENT_DATA"}, "");
  const std::string reason = read_text(input, "StateReason", 0, 1023);
  const std::string data = read_text(input, "StateReasonData", 0, 4000);
  if (state.empty()) input.invalid("StateValue", "", "Member must not be null");
  if (!input.has("StateReason")) input.invalid("StateReason", "", "Member must not be null");
  if (!data.empty() && !JsonInput::parse(data)) input.refuse("InvalidFormat", "StateReasonData must be a JSON object.");
  if (auto no = input.finish()) return std::unexpected(*no);
  settle(context);
  if (context.state.alarms.find(name) == nullptr) return std::unexpected(no_such_alarm());
  change_state(context.world, context.state, context.machines, name,
               {.state = state_of(state), .reason = reason, .reason_data = data, .when = context.now()}, context.later);
  return JsonObject{};
}

ApiResult<JsonObject> enable_alarm_actions(Context& context, const JsonInput& input) {
  return switch_actions(context, input, true);
}

ApiResult<JsonObject> disable_alarm_actions(Context& context, const JsonInput& input) {
  return switch_actions(context, input, false);
}

ApiResult<JsonObject> tag_alarm(Context& context, const JsonInput& input) {
  const std::string arn = input.required("ResourceARN");
  const auto tags = read_alarm_tags(input);
  if (auto no = input.finish()) return std::unexpected(*no);
  const auto name = tagged_alarm(context, arn);
  if (!name) return std::unexpected(name.error());
  context.state.alarms.modify(*name, [&](Alarm& one) {
    for (const auto& [key, value] : tags) one.tags[key] = value;
  });
  return JsonObject{};
}

ApiResult<JsonObject> untag_alarm(Context& context, const JsonInput& input) {
  const std::string arn = input.required("ResourceARN");
  const auto keys = input.list("TagKeys");
  if (auto no = input.finish()) return std::unexpected(*no);
  const auto name = tagged_alarm(context, arn);
  if (!name) return std::unexpected(name.error());
  context.state.alarms.modify(*name, [&](Alarm& one) {
    for (const std::string& key : keys) one.tags.erase(key);
  });
  return JsonObject{};
}

ApiResult<JsonObject> list_tags_of_alarm(Context& context, const JsonInput& input) {
  const std::string arn = input.required("ResourceARN");
  if (auto no = input.finish()) return std::unexpected(*no);
  const auto name = tagged_alarm(context, arn);
  if (!name) return std::unexpected(name.error());
  return JsonObject{}.objects("Tags", context.state.alarms.find(*name)->tags, [](const auto& one, JsonObject& item) {
    item.text("Key", one.first).text("Value", one.second);
  });
}

}  // namespace hotaru::sim::services
