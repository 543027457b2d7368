#include <array>
#include <chrono>

#include "base/text.h"
#include "guard/guard.h"

namespace hotaru::guard {
namespace {

constexpr std::string_view kBegin = "hotaru-guard begin";
constexpr std::string_view kEnd = "hotaru-guard end";

/// Years far beyond these are damage, and would not fit into a Duration.
constexpr std::int64_t kLongest = 100'000'000'000;

/// The lines between the last begin and its end.
std::optional<std::map<std::string, std::string>> block(std::string_view text) {
  std::optional<std::map<std::string, std::string>> found;
  std::optional<std::map<std::string, std::string>> open;
  for (const std::string& line : lines(text)) {
    if (line == kBegin) {
      open.emplace();
    } else if (line == kEnd && open) {
      found = *open;
      open.reset();
    } else if (const auto space = line.find(' '); open && space != std::string::npos) {
      open->emplace(line.substr(0, space), line.substr(space + 1));
    }
  }
  return found;
}

class Reader {
 public:
  explicit Reader(const std::map<std::string, std::string>& values) : values_(values) {}

  std::int64_t number(const std::string& name, std::int64_t most) {
    const auto value = parse_integer(word(name));
    if (!value || *value < 0 || *value > most) wrong_ = true;
    return wrong_ ? 0 : *value;
  }
  std::optional<std::int64_t> some(const std::string& name, std::int64_t most) {
    if (word(name).empty()) return std::nullopt;
    const std::int64_t value = number(name, most);
    return value == 0 ? std::nullopt : std::optional(value);
  }
  std::optional<TimePoint> time(const std::string& name) {
    const auto value = some(name, kLongest);
    return value ? std::optional(TimePoint(std::chrono::seconds(*value))) : std::nullopt;
  }
  std::string word(const std::string& name) const {
    const auto value = values_.find(name);
    if (value == values_.end() || value->second == "-") return "";
    return printable(value->second);
  }
  bool wrong() const { return wrong_; }

 private:
  const std::map<std::string, std::string>& values_;
  bool wrong_ = false;
};

}  // namespace

Result<Status> parse_status(std::string_view text) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const auto values = block(text);
  if (!values)
    return fail(ErrorClass::invalid, "The instance did not say what its guard does.",
                "`hotaru limit` shows it again; an instance without a guard is ended by `hotaru down` or `stop` only.");
  Reader read(*values);
  Status status;
  status.armed = true;
  status.instance = read.word("instance");
  status.limits.until = read.time("until");
  if (const auto idle = read.some("idle", kLongest)) status.limits.idle = std::chrono::seconds(*idle);
  status.limits.budget = read.some("budget", most);
  status.now = TimePoint(std::chrono::seconds(read.number("now", kLongest)));
  if (!read.word("idle_for").empty()) status.idle_for = std::chrono::seconds(read.number("idle_for", kLongest));
  status.active_by = read.word("active_by");
  status.keep = read.time("keep");
  status.grace = read.time("grace");
  status.spent = read.number("spent", most);
  status.ends = read.time("ends");
  status.ends_by = read.word("ends_by");
  if (read.wrong()) return fail(ErrorClass::invalid, "What the instance says of its guard cannot be read.");
  return status;
}

}  // namespace hotaru::guard
