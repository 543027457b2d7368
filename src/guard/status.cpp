#include <algorithm>
#include <chrono>
#include <limits>

#include "base/text.h"
#include "guard/guard.h"

namespace hotaru::guard {
namespace {

/// The words of the line that `report` of guard.sh writes, in its order.
enum Word : std::size_t {
  base = 1,
  units = 5,
  active = 7,
  keep,
  grace,
  by = 13,
  id = 16,
  until,
  idle,
  budget,
  now,
  ends,
  why,
  end
};

/// Years far beyond this many seconds are damage, and would not fit into a Duration.
constexpr std::int64_t kLongest = 100'000'000'000;

/// The last such line.
std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  for (const std::string& line : lines(text)) {
    std::vector<std::string> parts = split(trim(line), ' ');
    if (parts.size() == Word::end + 1 && parts.front() == "hotaru-guard" && parts.back() == "end")
      found = std::move(parts);
  }
  return found;
}

class Reader {
 public:
  explicit Reader(const std::vector<std::string>& words) : words_(words) {}

  std::int64_t number(std::size_t word, std::int64_t most = kLongest) {
    const auto value = parse_integer(words_[word]);
    if (value && *value >= 0 && *value <= most) return *value;
    wrong_ = true;
    return 0;
  }
  /// 0 is none.
  std::optional<std::int64_t> some(std::size_t word, std::int64_t most = kLongest) {
    const std::int64_t value = number(word, most);
    return value == 0 ? std::nullopt : std::optional(value);
  }
  std::optional<TimePoint> time(std::size_t word) {
    return some(word).transform([](std::int64_t value) { return TimePoint(std::chrono::seconds(value)); });
  }
  /// "-" is none.
  std::string text(std::size_t word) const { return words_[word] == "-" ? "" : printable(words_[word]); }
  bool wrong() const { return wrong_; }

 private:
  const std::vector<std::string>& words_;
  bool wrong_ = false;
};

Status status_of(Reader& read) {
  Status status;
  status.armed = true;
  status.instance = read.text(Word::id);
  status.limits.until = read.time(Word::until);
  status.limits.idle =
      read.some(Word::idle).transform([](std::int64_t value) { return Duration(std::chrono::seconds(value)); });
  status.limits.budget = read.some(Word::budget, std::numeric_limits<std::int64_t>::max());
  const std::int64_t present = read.number(Word::now);
  status.now = TimePoint(std::chrono::seconds(present));
  const std::int64_t quiet = present - read.number(Word::base) - read.number(Word::active);
  if (status.limits.idle) status.idle_for = std::chrono::seconds(std::max<std::int64_t>(quiet, 0));
  status.active_by = read.text(Word::by);
  status.keep = read.time(Word::keep);
  status.grace = read.time(Word::grace);
  // The guard counts an hour's price by the second.
  status.spent = read.number(Word::units, std::numeric_limits<std::int64_t>::max()) / 3600;
  status.ends = read.time(Word::ends);
  status.ends_by = read.text(Word::why);
  return status;
}

}  // namespace

Result<Status> parse_status(std::string_view text) {
  const auto found = words(text);
  if (found.empty())
    return fail(
        ErrorClass::invalid, "The instance did not say what its guard does.",
        "An instance whose guard does not run has no limits but those that EC2 was told; `down` or `stop` end it.");
  Reader read(found);
  Status status = status_of(read);
  if (read.wrong()) return fail(ErrorClass::invalid, "What the instance says of its guard cannot be read.");
  return status;
}

}  // namespace hotaru::guard
