// The small parsers of src/base: times, base64, percent-encoding, numbers, wildcards.
#include "base/text.h"

#include "fuzz/fuzz.h"

namespace hotaru {
namespace {

using fuzz::require;

void look_at_times(std::string_view text) {
  if (const auto time = parse_iso8601(text)) {
    require(parse_iso8601(iso8601(*time)) == time, "a time written down reads the same");
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*time);
    require(parse_iso8601(iso8601_compact(*time)) == seconds, "a compact time reads the same");
    require(parse_http_date(http_date(*time)) == seconds, "a date of HTTP reads the same");
    human_duration(time->time_since_epoch());
  }
  if (const auto time = parse_http_date(text)) require(parse_http_date(http_date(*time)) == time, "a date is one date");
}

void look_at_encodings(std::string_view text) {
  require(base64_decode(base64_encode(text)) == text, "what is encoded can be decoded");
  require(percent_decode(percent_encode(text), true) == text, "what is escaped can be read");
  if (const auto bytes = base64_decode(text))
    require(base64_decode(base64_encode(*bytes)) == bytes, "base64 is stable");
  require(percent_decode(text, true).size() <= text.size(), "decoding makes nothing longer");
}

}  // namespace

HOTARU_FUZZ(input) {
  look_at_times(input);
  look_at_encodings(input);
  if (const auto number = parse_integer(input)) require(parse_integer(std::to_string(*number)) == number, "a number");
  parse_number(input);
  require(join(split(input, '/'), "/") == input, "what is split can be joined");
  for (const std::string& line : lines(input)) require(line.find('\n') == std::string::npos, "a line is one line");
  require(trim(trim(input)) == trim(input), "what is trimmed stays so");
  const std::string pattern = fuzz::take_line(input);
  matches_wildcard(pattern, input);
  require(matches_wildcard("*", input), "a star matches all");
  if (pattern.find_first_of("*?\\") == std::string::npos)
    require(matches_wildcard(pattern, input) == (pattern == input), "a pattern without wildcards is a word");
  if (input.size() < 200 && pattern.size() < 200) nearest(pattern, split(input, ' '));
}

}  // namespace hotaru
