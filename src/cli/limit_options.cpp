#include "cli/limit_options.h"

#include <fmt/format.h>

#include <cmath>

#include "base/duration.h"
#include "base/text.h"
#include "cli/plan_text.h"
#include "store/preferences.h"

namespace hotaru::cli {
namespace {

using lifecycle::LimitWish;

/// What is proposed where nothing is said and nothing configured.
constexpr Duration usual_idle{3600 * 1000};
constexpr Duration usual_time{24 * 3600 * 1000};

bool is_none(const std::string& text) { return text == "none"; }

Error no_time(const std::string& text) {
  return {ErrorClass::invalid, fmt::format("\"{}\" is no length of time.", text), "Say it as in 30m, 8h or 1d12h."};
}

/// "5usd", "5", "750jpy" with a rate for yen.
Result<guard::MicroUsd> read_budget(const std::string& text, const Context& context) {
  auto taste = taste_of(context);
  if (!taste) return pass(taste);
  const std::string lower = to_lower(text);
  const auto end = lower.find_first_not_of("0123456789.");
  const auto amount = parse_number(lower.substr(0, end));
  const std::string currency = end == std::string::npos ? taste->currency : lower.substr(end);
  if (!amount || *amount <= 0 || *amount > 1e9)
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no budget.", text), "Say it as in 5usd.");
  if (currency != "usd" && currency != taste->currency)
    return fail(ErrorClass::invalid, fmt::format("What a {} is worth is not known.", currency),
                fmt::format("Say it in dollars (5usd), or: hotaru config set currency {0}; hotaru config set rate …",
                            currency));
  const double usd = *amount / (currency == "usd" ? 1 : taste->rate);
  // What is meant is what is paid: with tax, where there is one.
  return static_cast<guard::MicroUsd>(std::floor(usd / (1 + taste->tax_percent / 100) * 1e6));
}

Result<std::optional<Duration>> read_length(const std::string& text, bool& none) {
  if (text.empty()) return std::optional<Duration>{};
  none = is_none(text);
  if (none) return std::optional<Duration>{};
  const auto length = parse_duration(text);
  if (!length) return std::unexpected(no_time(text));
  return length;
}

Result<void> read_end(const LimitOptions& values, LimitWish& wish) {
  if (values.then.empty()) return {};
  wish.then = values.then == "terminate" ? guard::End::terminate : guard::End::stop;
  return {};
}

Result<void> read_times(const LimitOptions& values, Context& context, LimitWish& wish) {
  auto time = read_length(values.time, wish.no_time);
  if (!time) return pass(time);
  wish.time = *time;
  auto idle = read_length(values.idle, wish.no_idle);
  if (!idle) return pass(idle);
  wish.idle = *idle;
  if (wish.idle && *wish.idle < Duration{60'000})
    return fail(ErrorClass::invalid, "Idleness is measured in minutes.", "Say --idle 5m or more.");
  if (values.until.empty()) return {};
  const TimePoint now = context.clock().now();
  wish.until = parse_time_of_day(values.until, now);
  if (!wish.until)
    return fail(ErrorClass::invalid, fmt::format("\"{}\" is no time.", values.until),
                "Say it as in 18:00 or \"2026-12-01 08:00\".");
  if (*wish.until > now) return {};
  return fail(ErrorClass::invalid, fmt::format("{} has passed.", values.until), "Say a time to come.");
}

}  // namespace

void declare_limits(Options& options, LimitOptions& values, bool changes) {
  const std::string from = changes ? "from now on" : "from the launch on";
  const std::string away = changes ? "; none: no such limit any more" : "";
  options.text("--for", "TIME", values.time, "ends so long " + from + ": 45m, 8h, 2d" + away);
  options.text("--until", "TIME", values.until, "ends then: 18:00, \"2026-12-01 08:00\"");
  options.text("--idle", "TIME", values.idle, "ends once all has been quiet for so long: 30m, 1h" + away);
  options.text("--budget", "AMOUNT", values.budget, "ends before it has cost more, from its launch on: 5usd" + away);
  options.choice("--then", {"stop", "terminate"}, values.then, "how it ends (default: stop, which keeps its disk)");
  if (!changes) options.flag("--no-limits", values.none, "no limit at all: it bills until you end it");
}

Result<LimitWish> read_limits(const LimitOptions& values, Context& context) {
  LimitWish wish;
  if (auto read = read_times(values, context, wish); !read) return pass(read);
  if (auto read = read_end(values, wish); !read) return pass(read);
  wish.no_budget = is_none(values.budget);
  if (!values.budget.empty() && !wish.no_budget) {
    auto budget = read_budget(values.budget, context);
    if (!budget) return pass(budget);
    wish.budget = *budget;
  }
  if (values.none && wish.any())
    return fail(ErrorClass::invalid, "--no-limits and a limit cannot both be.", "Leave out one of them.");
  return wish;
}

Result<LimitWish> limits_to_propose(const LimitOptions& values, Context& context) {
  auto said = read_limits(values, context);
  const bool enough = said && (said->time || said->until || said->idle || said->budget);
  if (!said || values.none || enough) return said;
  auto preferences = store::read_preferences(context.folders());
  if (!preferences) return pass(preferences);
  const auto kept = [&](const char* key) { return preferences->contains(key) ? preferences->at(key) : ""; };
  LimitOptions configured{.time = kept("for"),
                          .until = "",
                          .idle = kept("idle"),
                          .budget = kept("budget"),
                          .then = values.then.empty() ? kept("then") : values.then};
  auto wish = read_limits(configured, context);
  if (!wish) return wish;
  if (configured.time.empty() && configured.idle.empty() && configured.budget.empty()) {
    wish->idle = usual_idle;
    wish->time = usual_time;
  }
  wish->no_time = wish->no_idle = wish->no_budget = false;
  wish->proposed = true;
  return wish;
}

std::string limits_text(const guard::Limits& limits, TimePoint now) {
  if (!limits.any()) return "none: it bills until you end it";
  std::vector<std::string> parts;
  if (limits.idle) parts.push_back("when idle for " + duration_text(*limits.idle));
  if (limits.until) parts.push_back("at " + time_of_day_text(*limits.until, now));
  if (limits.budget)
    parts.push_back(fmt::format("before it has cost ${:.2f}", static_cast<double>(*limits.budget) / 1e6));
  return (limits.then == guard::End::stop ? "stops " : "terminates ") + join(parts, ", ");
}

std::string guard_text(const guard::Status& status, const guard::Limits& limits) {
  std::vector<std::string> parts;
  if (status.idle_for && *status.idle_for >= Duration{60'000})
    parts.push_back(fmt::format("idle for {}{}",
                                duration_text(std::chrono::floor<std::chrono::minutes>(*status.idle_for)),
                                status.active_by.empty() ? "" : fmt::format(" (last: {})", status.active_by)));
  else if (status.idle_for)
    parts.push_back("busy" + (status.active_by.empty() ? "" : fmt::format(" ({})", status.active_by)));
  if (status.keep) parts.push_back("kept until " + time_of_day_text(*status.keep, status.now));
  if (limits.budget || status.limits.budget)
    parts.push_back(fmt::format("spent ${:.2f}", static_cast<double>(status.spent) / 1e6));
  if (status.ends)
    parts.push_back(fmt::format("{} at {} ({})", limits.then == guard::End::stop ? "stops" : "terminates",
                                time_of_day_text(*status.ends, status.now), status.ends_by));
  if (status.grace) parts.emplace_back("it was started past its limit: give it another with hotaru extend");
  return parts.empty() ? "armed" : join(parts, ", ");
}

}  // namespace hotaru::cli
