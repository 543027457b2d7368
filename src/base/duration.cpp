#include "base/duration.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <utility>

#include "base/text.h"

namespace hotaru {
namespace {

constexpr std::array<std::pair<char, Duration::rep>, 4> units{
    {{'d', 86'400'000}, {'h', 3'600'000}, {'m', 60'000}, {'s', 1'000}}};
constexpr Duration longest{3652LL * 86'400'000};

std::tm local(TimePoint time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

std::optional<TimePoint> of_local(std::tm parts) {
  parts.tm_isdst = -1;
  const std::tm asked = parts;
  const std::time_t seconds = ::mktime(&parts);
  const bool exists = seconds != -1 && parts.tm_mday == asked.tm_mday && parts.tm_mon == asked.tm_mon;
  if (!exists) return std::nullopt;
  return TimePoint(std::chrono::seconds(seconds));
}

/// Two digits at `at`; -1 if they are none.
int two_digits(std::string_view text, std::size_t at) {
  if (at + 2 > text.size()) return -1;
  const auto number = parse_integer(text.substr(at, 2));
  return number && *number >= 0 ? static_cast<int>(*number) : -1;
}

bool read_clock(std::string_view text, std::tm& parts) {
  if (text.size() != 5 || text[2] != ':') return false;
  parts.tm_hour = two_digits(text, 0);
  parts.tm_min = two_digits(text, 3);
  parts.tm_sec = 0;
  return parts.tm_hour >= 0 && parts.tm_hour < 24 && parts.tm_min >= 0 && parts.tm_min < 60;
}

bool read_date(std::string_view text, std::tm& parts) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = parse_integer(text.substr(0, 4));
  if (!year || *year < 1970) return false;
  parts.tm_year = static_cast<int>(*year) - 1900;
  parts.tm_mon = two_digits(text, 5) - 1;
  parts.tm_mday = two_digits(text, 8);
  return parts.tm_mon >= 0 && parts.tm_mon < 12 && parts.tm_mday > 0 && parts.tm_mday <= 31;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  Duration sum{0};
  std::size_t unit = 0;
  while (!text.empty()) {
    const std::size_t digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos || digits > 9) return std::nullopt;
    while (unit < units.size() && units[unit].first != text[digits]) ++unit;
    if (unit == units.size()) return std::nullopt;
    sum += Duration(*parse_integer(text.substr(0, digits)) * units[unit].second);
    ++unit;
    text.remove_prefix(digits + 1);
  }
  if (sum <= Duration{0} || sum > longest) return std::nullopt;
  return sum;
}

std::string duration_text(Duration duration) {
  std::string text;
  for (const auto& [letter, length] : units) {
    const Duration::rep count = duration.count() / length;
    if (count <= 0) continue;
    text += fmt::format("{}{}", count, letter);
    duration -= Duration(count * length);
  }
  return text.empty() ? "0s" : text;
}

std::optional<TimePoint> parse_time_of_day(std::string_view text, TimePoint now) {
  std::tm parts = local(now);
  if (read_clock(text, parts)) {
    auto time = of_local(parts);
    if (time && *time > now) return time;
    parts.tm_mday += 1;
    const std::time_t seconds = [&] {
      parts.tm_isdst = -1;
      return ::mktime(&parts);
    }();
    return TimePoint(std::chrono::seconds(seconds));
  }
  const bool spaced = text.size() == 16 && (text[10] == ' ' || text[10] == 'T');
  if (spaced && read_date(text.substr(0, 10), parts) && read_clock(text.substr(11), parts)) return of_local(parts);
  return parse_iso8601(text);
}

std::string time_of_day_text(TimePoint time, TimePoint now) {
  const std::tm then = local(time);
  const std::tm today = local(now);
  std::array<char, 64> text{};
  const bool same_day = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
  const char* form = same_day ? "%H:%M" : "%a %-d %b %H:%M";
  const std::size_t length = std::strftime(text.data(), text.size(), form, &then);
  return {text.data(), length};
}

}  // namespace hotaru
