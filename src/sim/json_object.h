#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hotaru::sim {

/// Text as a JSON string, with its quotes. What is not UTF-8 becomes U+FFFD, so that every answer is JSON.
std::string json_string(std::string_view text);

/// A JSON object, written front to back. Member names are ours and are not checked.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  /// The AWS services that speak JSON leave members out that have no value.
  JsonObject& text_unless_empty(std::string_view name, std::string_view value);
  JsonObject& number(std::string_view name, std::int64_t value);
  /// With a fraction, even if that is 0, as AWS writes what it calls a double.
  JsonObject& real(std::string_view name, double value);
  JsonObject& flag(std::string_view name, bool value);
  /// Seconds since 1970 with milliseconds, as AWS JSON 1.1 writes times.
  JsonObject& time(std::string_view name, TimePoint value);
  JsonObject& object(std::string_view name, const JsonObject& value);
  template <class Range>
  JsonObject& texts(std::string_view name, const Range& range) {
    std::string items;
    for (const auto& one : range) items += (items.empty() ? "" : ",") + json_string(one);
    return member(name, "[" + items + "]");
  }
  /// `write(item, object)` writes the members of one.
  template <class Range, class Write>
    requires std::invocable<Write, decltype(*std::begin(std::declval<const Range&>())), JsonObject&>
  JsonObject& objects(std::string_view name, const Range& range, Write write) {
    std::string items;
    for (const auto& one : range) {
      JsonObject item;
      write(one, item);
      items.append(items.empty() ? "" : ",").append(item.str());
    }
    return member(name, "[" + items + "]");
  }

  std::string str() const { return "{" + members_ + "}"; }

 private:
  JsonObject& member(std::string_view name, std::string_view json);

  std::string members_;
};

}  // namespace hotaru::sim
