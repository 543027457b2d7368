#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"

namespace hotaru {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Fields {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
};

/// The years that four digits can tell.
constexpr TimePoint earliest = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
constexpr TimePoint latest = TimePoint(std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1)) - Duration(1);

/// What lies outside of them is a file's or a server's mistake; the nearest stands for it when it is written.
TimePoint writable(TimePoint time) { return std::clamp(time, earliest, latest); }

Fields fields_of(TimePoint any) {
  const TimePoint time = writable(any);
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<Duration> clock(time - day);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count())};
}

std::optional<TimePoint> time_of(const Fields& f) {
  const year_month_day date{std::chrono::year(f.year), std::chrono::month(static_cast<unsigned>(f.month)),
                            std::chrono::day(static_cast<unsigned>(f.day))};
  // A leap second (60) is let in and counts as the next minute's first.
  if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) return std::nullopt;
  return TimePoint(std::chrono::sys_days(date)) + std::chrono::hours(f.hour) + std::chrono::minutes(f.minute) +
         std::chrono::seconds(f.second) + Duration(f.millisecond);
}

/// Takes exactly `count` digits from the front; false if they are not there.
bool take_digits(std::string_view& text, std::size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

bool take_fraction(std::string_view& text, int& millisecond) {
  if (!take(text, ".")) return true;
  int scale = 100;
  bool any = false;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    millisecond += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
    any = true;
  }
  return any;
}

/// "Z", "UTC", "+09:00", "-0300": how far the clock that wrote the time was ahead of UTC.
bool take_offset(std::string_view& text, std::chrono::minutes& ahead) {
  if (take(text, "Z") || take(text, "UTC")) return true;
  const bool east = text.starts_with('+');
  if (!take(text, "+") && !take(text, "-")) return false;
  int hours = 0;
  int minutes = 0;
  if (!take_digits(text, 2, hours)) return false;
  take(text, ":");
  if (!take_digits(text, 2, minutes) || hours > 23 || minutes > 59) return false;
  ahead = (east ? 1 : -1) * (std::chrono::hours(hours) + std::chrono::minutes(minutes));
  return true;
}

}  // namespace

std::string iso8601(TimePoint time, bool milliseconds) {
  const Fields f = fields_of(time);
  const std::string seconds =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", f.year, f.month, f.day, f.hour, f.minute, f.second);
  return milliseconds ? fmt::format("{}.{:03}Z", seconds, f.millisecond) : seconds + "Z";
}

std::string iso8601_compact(TimePoint time) {
  const Fields f = fields_of(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", f.year, f.month, f.day, f.hour, f.minute, f.second);
}

std::optional<TimePoint> parse_iso8601(std::string_view text) {
  Fields f;
  std::chrono::minutes ahead{0};
  if (!take_digits(text, 4, f.year)) return std::nullopt;
  const bool extended = take(text, "-");
  const std::string_view dash = extended ? "-" : "";
  const std::string_view colon = extended ? ":" : "";
  const bool whole = take_digits(text, 2, f.month) && take(text, dash) && take_digits(text, 2, f.day) &&
                     take(text, "T") && take_digits(text, 2, f.hour) && take(text, colon) &&
                     take_digits(text, 2, f.minute) && take(text, colon) && take_digits(text, 2, f.second) &&
                     take_fraction(text, f.millisecond) && take_offset(text, ahead) && text.empty();
  const auto time = whole ? time_of(f) : std::nullopt;
  if (!time || writable(*time - ahead) != *time - ahead) return std::nullopt;
  return *time - ahead;
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  Fields f;
  const auto comma = text.find(", ");
  if (comma == std::string_view::npos) return std::nullopt;
  text.remove_prefix(comma + 2);
  if (!take_digits(text, 2, f.day) || !take(text, " ") || text.size() < 3) return std::nullopt;
  for (std::size_t month = 0; month < months.size(); ++month) {
    if (text.substr(0, 3) == months[month]) f.month = static_cast<int>(month) + 1;
  }
  text.remove_prefix(3);
  const bool whole = take(text, " ") && take_digits(text, 4, f.year) && take(text, " ") &&
                     take_digits(text, 2, f.hour) && take(text, ":") && take_digits(text, 2, f.minute) &&
                     take(text, ":") && take_digits(text, 2, f.second) && take(text, " GMT") && text.empty();
  const auto time = whole ? time_of(f) : std::nullopt;
  return time && writable(*time) == *time ? time : std::nullopt;
}

std::string http_date(TimePoint time) {
  const Fields f = fields_of(time);
  const std::chrono::weekday weekday{floor<days>(writable(time))};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", weekdays[weekday.c_encoding()], f.day,
                     months[static_cast<std::size_t>(f.month) - 1], f.year, f.hour, f.minute, f.second);
}

std::string human_duration(Duration duration) {
  const double seconds = static_cast<double>(duration.count()) / 1000;
  if (seconds < 9.95) return fmt::format("{:.1f} s", std::max(seconds, 0.0));
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 120) return fmt::format("{} s", whole);
  if (whole < 2 * 3600) return fmt::format("{} min", whole / 60);
  if (whole < 48 * 3600) return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {:02} h", whole / 86400, whole % 86400 / 3600);
}

}  // namespace hotaru
