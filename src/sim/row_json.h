#pragma once

// How rows are written as JSON: for the .cpp files that name the fields of the model, and for nothing else.

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/shared_text.h"
#include "sim/model.h"

namespace nlohmann {

template <>
struct adl_serializer<hotaru::TimePoint> {
  static void to_json(json& out, const hotaru::TimePoint& time) { out = time.time_since_epoch().count(); }
  static void from_json(const json& in, hotaru::TimePoint& time) {
    time = hotaru::TimePoint{hotaru::Duration{in.get<std::int64_t>()}};
  }
};

template <>
struct adl_serializer<hotaru::SharedText> {
  static void to_json(json& out, const hotaru::SharedText& text) { out = std::string(text); }
  static void from_json(const json& in, hotaru::SharedText& text) { text = in.get_ref<const std::string&>(); }
};

template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& value) {
    if (value) {
      out = *value;
    } else {
      out = nullptr;
    }
  }
  static void from_json(const json& in, std::optional<T>& value) {
    value = in.is_null() ? std::nullopt : std::optional<T>(in.get<T>());
  }
};

}  // namespace nlohmann

namespace hotaru::sim {

template <class T>
std::string encode(const T& object) {
  // User text that is not UTF-8 is replaced rather than refused: a row must always be writable.
  return nlohmann::json(object).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <class T>
bool decode(const std::string& text, T& object) {
  const auto value = parse_own_json(text);
  if (!value.is_object()) return false;
  try {
    object = value.get<T>();
  } catch (const nlohmann::json::exception&) {
    return false;
  }
  return true;
}

}  // namespace hotaru::sim

#define HOTARU_ROW(T)                       \
  template std::string encode<T>(const T&); \
  template bool decode<T>(const std::string&, T&);
