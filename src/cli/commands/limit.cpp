#include <fmt/format.h>

#include <ostream>
#include <type_traits>

#include "base/duration.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/limit_options.h"
#include "cli/render.h"
#include "cli/watched.h"
#include "lifecycle/lifecycle.h"

// limit, extend and keep: when an instance that is there ends.
namespace hotaru::cli {
namespace {

struct LimitCommandOptions {
  std::string name;
  LimitOptions limits;
};
struct ExtendOptions {
  std::string name;
  std::string time;
};
struct KeepOptions {
  std::string name;
  std::string time;
};

constexpr const char* name_help = "its name or instance id";

void declare_options(Options& options, LimitCommandOptions& values) {
  options.argument("NAME", values.name, true, name_help);
  declare_limits(options, values.limits, true);
}
void declare_options(Options& options, ExtendOptions& values) {
  options.argument("NAME", values.name, true, name_help);
  options.argument("TIME", values.time, true, "so much later: 30m, 2h");
}
void declare_options(Options& options, KeepOptions& values) {
  options.argument("NAME", values.name, true, name_help);
  options.argument("TIME", values.time, true, "so long it does not count as idle: 45m, 8h");
}

Result<Duration> read_time(const std::string& text) {
  if (const auto time = parse_duration(text)) return *time;
  return fail(ErrorClass::invalid, fmt::format("\"{}\" is no length of time.", text), "Say it as in 30m, 8h or 1d12h.");
}

/// `change` of the lifecycle, done to the instance of that name with its progress shown.
template <class Outcome, class Said>
Result<Outcome> done_to(Context& context, const std::string& name,
                        Result<Outcome> (*change)(lifecycle::Context&, const lifecycle::Which&, Said),
                        const std::remove_cvref_t<Said>& said) {
  auto which = context.which(name);
  if (!which) return pass(which);
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  return watched(context, **cloud, "", [&] { return change(**cloud, *which, said); });
}

void tell(Context& context, const std::string& name, const lifecycle::Limited& limited) {
  if (context.json()) {
    context.out() << json_text(limited, context.on_sim());
    return;
  }
  context.out() << fmt::format("{} {}\n", name, limits_text(limited.facts.limits, context.clock().now()));
  if (limited.guard)
    context.out() << "Guard:  " << guard_text(*limited.guard, limited.facts.limits) << "\n";
  else
    context.out() << "It is " << limited.facts.state << ": its guard reads that when it starts.\n";
}

Result<int> run_command(const LimitCommandOptions& values, Context& context) {
  auto wish = read_limits(values.limits, context);
  if (!wish) return pass(wish);
  if (!wish->any())
    return fail(ErrorClass::invalid, "No limit was said.", "Say --for, --until, --idle, --budget or --then.");
  auto limited = done_to(context, values.name, lifecycle::limit, *wish);
  if (!limited) return pass(limited);
  tell(context, values.name, *limited);
  return 0;
}

Result<int> run_command(const ExtendOptions& values, Context& context) {
  auto time = read_time(values.time);
  if (!time) return pass(time);
  auto limited = done_to(context, values.name, lifecycle::extend, *time);
  if (!limited) return pass(limited);
  tell(context, values.name, *limited);
  return 0;
}

Result<int> run_command(const KeepOptions& values, Context& context) {
  auto time = read_time(values.time);
  if (!time) return pass(time);
  auto status = done_to(context, values.name, lifecycle::keep, *time);
  if (!status) return pass(status);
  if (context.json())
    context.out() << json_text(*status);
  else
    context.out() << fmt::format("{}: {}\n", values.name, guard_text(*status, status->limits));
  return 0;
}

constexpr Example limit_examples[] = {
    {"hotaru limit train --for 8h", "ends eight hours from now, whatever was said before"},
    {"hotaru limit train --idle none --budget 20usd", "may be idle, but not cost more"},
};
constexpr Example extend_examples[] = {{"hotaru extend train 2h", "two hours more than it had"}};
constexpr Example keep_examples[] = {{"hotaru keep train 45m", "while you are at lunch"}};

}  // namespace

extern const Command limit_command{
    .name = "limit",
    .summary = "Change when an instance ends by itself",
    .arguments = "NAME",
    .about =
        "Changes the limits of an instance, as far as they are said. They are written to its tag, to CloudWatch's\n"
        "alarms, and to the guard on the instance, which keeps them with nothing of hotaru running.",
    .examples = limit_examples,
    .make = bound<LimitCommandOptions>,
};
extern const Command extend_command{
    .name = "extend",
    .summary = "Let an instance run longer",
    .arguments = "NAME TIME",
    .about = "Moves the time limit of an instance. One that has none, or is past it, gets one from now on.",
    .examples = extend_examples,
    .make = bound<ExtendOptions>,
};
extern const Command keep_command{
    .name = "keep",
    .summary = "Let an instance be idle for a while",
    .arguments = "NAME TIME",
    .about = "For so long the instance does not count as idle. Its other limits stay.",
    .examples = keep_examples,
    .make = bound<KeepOptions>,
};

}  // namespace hotaru::cli
