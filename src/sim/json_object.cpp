#include "sim/json_object.h"

#include <fmt/format.h>

#include "base/json.h"

namespace hotaru::sim {

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

JsonObject& JsonObject::member(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  members_.append("\"").append(name).append("\":").append(json);
  return *this;
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) { return member(name, json_string(value)); }

JsonObject& JsonObject::text_unless_empty(std::string_view name, std::string_view value) {
  return value.empty() ? *this : text(name, value);
}

JsonObject& JsonObject::number(std::string_view name, std::int64_t value) {
  return member(name, std::to_string(value));
}

JsonObject& JsonObject::real(std::string_view name, double value) { return member(name, nlohmann::json(value).dump()); }

JsonObject& JsonObject::flag(std::string_view name, bool value) { return member(name, value ? "true" : "false"); }

JsonObject& JsonObject::time(std::string_view name, TimePoint value) {
  const std::int64_t milliseconds = value.time_since_epoch().count();
  const std::int64_t seconds = milliseconds / 1000;
  return member(name, fmt::format("{}.{:03}", seconds, std::max<std::int64_t>(0, milliseconds - seconds * 1000)));
}

JsonObject& JsonObject::object(std::string_view name, const JsonObject& value) { return member(name, value.str()); }

}  // namespace hotaru::sim
