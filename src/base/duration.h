#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

/// Lengths of time and times of day, as people write them.
namespace hotaru {

/// "90s", "45m", "8h", "2d", "1h30m", in falling order; at most ten years. nullopt for anything else, and for nothing.
std::optional<Duration> parse_duration(std::string_view text);
/// The shortest of the above that says the same: "1h30m"; rounded down to seconds, "0s" for less.
std::string duration_text(Duration duration);
/// "18:00": the next time that clocks here show that; "2026-11-22 18:00" (local time) and ISO 8601 with its zone as
/// they stand.
std::optional<TimePoint> parse_time_of_day(std::string_view text, TimePoint now);
/// "18:00" today, "Mon 24 Nov 18:00" else: in local time.
std::string time_of_day_text(TimePoint time, TimePoint now);

}  // namespace hotaru
