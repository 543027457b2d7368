#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace hotaru {

std::string trim(std::string_view text);
std::string to_lower(std::string_view text);
/// With a full stop at its end, unless it ends a sentence already; "" stays.
std::string sentence(std::string text);
/// What others wrote, fit for a terminal: control characters (line breaks too) become spaces.
std::string printable(std::string text);
/// At most `longest` bytes, cut between characters of UTF-8; with "…" after that if something was cut.
std::string shortened(std::string text, std::size_t longest);
/// Splits at every separator; empty parts are kept; "" gives one empty part.
std::vector<std::string> split(std::string_view text, char separator);
/// The lines of a text, without newline and carriage return; no empty last line.
std::vector<std::string> lines(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// Decimal, whole text, no sign but '-'.
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_number(std::string_view text);

/// `*` any run, `?` one character, `\` escapes the next: EC2's filter wildcards, and the shell's.
bool matches_wildcard(std::string_view pattern, std::string_view text);

std::string base64_encode(std::string_view bytes);
/// nullopt on anything that is not base64 (white space is skipped, missing padding is accepted).
std::optional<std::string> base64_decode(std::string_view text);
std::string hex_encode(std::string_view bytes);
/// RFC 3986: everything but unreserved characters (A-Z a-z 0-9 - _ . ~) as %XX.
std::string percent_encode(std::string_view text);
/// Also turns '+' into a space if `plus_is_space` (form encoding).
std::string percent_decode(std::string_view text, bool plus_is_space);

/// Times are those of the years 0 to 9999; of others the nearest is written, and none is read.
/// "2026-11-22T01:02:03.000Z" (EC2's form) and, when `compact`, "20261122T010203Z" (Signature V4's).
std::string iso8601(TimePoint time, bool milliseconds = true);
std::string iso8601_compact(TimePoint time);
/// Accepts both forms above, with or without milliseconds; "+09:00", "-0300" and "UTC" in place of the Z.
std::optional<TimePoint> parse_iso8601(std::string_view text);
/// "Sun, 22 Nov 2026 01:02:03 GMT" (HTTP Date).
std::optional<TimePoint> parse_http_date(std::string_view text);
std::string http_date(TimePoint time);
/// "1.3 s", "45 s", "12 min", "3 h 05 min", "2 d 04 h": for people.
std::string human_duration(Duration duration);

/// The nearest of `candidates` by edit distance, if it is near enough to be what was meant.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace hotaru
