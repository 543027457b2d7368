#include <fmt/format.h>

#include <ostream>

#include "base/duration.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/connection.h"
#include "cli/limit_options.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "cli/watched.h"
#include "cli/words.h"
#include "lifecycle/lifecycle.h"

// start, stop, reboot and down: one instance by name, and what happens to it.
namespace hotaru::cli {
namespace {

struct StartOptions {
  std::string name;
  bool no_wait = false;
  LimitOptions limits;
};
struct StopOptions {
  std::string name;
  bool no_wait = false;
};
struct RebootOptions {
  std::string name;
};
struct DownOptions {
  std::string name;
  bool force = false;
};

constexpr const char* name_help = "its name or instance id";

void declare_options(Options& options, StartOptions& values) {
  options.argument("NAME", values.name, true, name_help);
  options.flag("--no-wait", values.no_wait, "return when EC2 has accepted it");
  declare_limits(options, values.limits, true);
}
void declare_options(Options& options, StopOptions& values) {
  options.argument("NAME", values.name, true, name_help);
  options.flag("--no-wait", values.no_wait, "return when EC2 has accepted it");
}
void declare_options(Options& options, RebootOptions& values) {
  options.argument("NAME", values.name, true, name_help);
}
void declare_options(Options& options, DownOptions& values) {
  options.argument("NAME", values.name, true, name_help);
  options.flag("--force", values.force,
               "also what is protected against termination, or was not made by hotaru; its name is to be typed");
}

/// A time limit that has passed is asked for anew; --yes takes what is proposed for new instances.
Result<lifecycle::LimitWish> another_limit(Context& context, const Error& passed) {
  auto wish = limits_to_propose({}, context);
  if (!wish || !wish->time || (!context.globals().yes && !context.can_ask())) return std::unexpected(passed);
  const std::string question = fmt::format("{} Start it for another {}?", passed.message, duration_text(*wish->time));
  if (auto agreed = ask(context, question, "It was left as it is."); !agreed) return pass(agreed);
  return wish;
}

Result<int> run_command(const StartOptions& values, Context& context) {
  auto limits = read_limits(values.limits, context);
  if (!limits) return pass(limits);
  auto which = context.which(values.name);
  if (!which) return pass(which);
  auto cloud = context.cloud_to_launch();
  if (!cloud) return pass(cloud);
  const auto start = [&] {
    return watched(context, **cloud, "",
                   [&] { return lifecycle::start(**cloud, *which, {.wait = !values.no_wait, .limits = *limits}); });
  };
  auto launched = start();
  if (!launched && launched.error().code == lifecycle::limit_passed) {
    limits = another_limit(context, launched.error());
    if (!limits) return pass(limits);
    launched = start();
  }
  if (!launched) return pass(launched);
  follow_connection(context, *launched);
  if (context.json()) {
    context.out() << json_text(*launched, context.on_sim());
    return 0;
  }
  const auto& facts = launched->facts;
  std::string line = fmt::format("{} is {}", values.name, facts.state);
  if (!facts.address.empty()) line += " at " + facts.address;
  if (const std::string cost = per_hour(facts.price); !cost.empty()) line += ", " + cost;
  context.out() << line << "\n";
  if (launched->guard) context.out() << "Limits:   " << guard_text(*launched->guard, facts.limits) << "\n";
  if (launched->ready) context.out() << "Connect:  hotaru ssh " << values.name << "\n";
  return 0;
}

Result<int> tell_state(Context& context, const std::string& name, const lifecycle::Facts& facts,
                       const std::string& remark) {
  if (context.json()) {
    context.out() << json_text(facts, context.on_sim());
  } else {
    context.out() << fmt::format("{} is {}{}\n", name, facts.state, remark);
  }
  return 0;
}

Result<int> run_command(const StopOptions& values, Context& context) {
  auto which = context.which(values.name);
  if (!which) return pass(which);
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  forget_connection(context, values.name);
  auto facts = watched(context, **cloud, "", [&] { return lifecycle::stop(**cloud, *which, !values.no_wait); });
  if (!facts) return pass(facts);
  return tell_state(context, values.name, *facts, "; its disk is kept, and bills. Its address is gone.");
}

Result<int> run_command(const RebootOptions& values, Context& context) {
  auto which = context.which(values.name);
  if (!which) return pass(which);
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  if (auto target = ssh::remembered_target(context.folders(), remembered_name(context, values.name))) {
    ssh::close_shared(*target, context.runner());
  }
  auto facts = watched(context, **cloud, "", [&] { return lifecycle::reboot(**cloud, *which); });
  if (!facts) return pass(facts);
  return tell_state(context, values.name, *facts, ", rebooted");
}

/// Nobody is asked about what is not there: where there is somebody to ask, it is looked up first.
Result<void> may_end(Context& context, const std::string& name, const lifecycle::Which& which) {
  std::string what = name;
  if (context.can_ask() && !context.globals().yes) {
    auto cloud = context.cloud();
    if (!cloud) return pass(cloud);
    auto there = lifecycle::look_up(**cloud, which);
    if (!there) return pass(there);
    what += fmt::format(" ({} {} in {})", there->type, there->id, there->region);
  }
  return ask(context, fmt::format("Terminate {} and erase its disk?", what), name + " was left as it is.");
}

/// Nobody ends by habit what somebody has protected: not even --yes does.
Result<void> type_name(Context& context, const std::string& name) {
  context.err() << fmt::format("Terminate {} and erase its disk, whoever made it? Type its name: ", name) << std::flush;
  auto typed = read_answer(context);
  if (!typed) return pass(typed);
  if (typed->value_or("") == name) return {};
  return fail(ErrorClass::declined, name + " was left as it is.", "What was typed is not its name.");
}

Result<int> run_command(const DownOptions& values, Context& context) {
  auto which = context.which(values.name);
  if (!which) return pass(which);
  auto agreed = values.force ? type_name(context, values.name) : may_end(context, values.name, *which);
  if (!agreed) return pass(agreed);
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto ended = watched(context, **cloud, "", [&] { return lifecycle::end(**cloud, *which, values.force); });
  if (!ended && ended.error().code == lifecycle::is_not_ours)
    ended.error().hint = fmt::format("hotaru down {} --force ends it all the same.", values.name);
  if (!ended) return pass(ended);
  forget_connection(context, ended->name.empty() ? values.name : ended->name);
  if (context.json()) {
    context.out() << json_text(*ended);
    return 0;
  }
  const std::string how = ended->was_gone ? "was gone already" : "is terminated";
  const std::string group = ended->group_removed ? "; its security group is removed" : "";
  context.out() << fmt::format("{} {}{}{}\n", values.name, how, group, took(ended->timings));
  for (const std::string& volume : ended->kept_volumes)
    tell_note(context, volume + " was set to outlive it: it is kept, and bills.");
  return 0;
}

constexpr Example start_examples[] = {{"hotaru start train", "and wait until you can log in"},
                                      {"hotaru start train --for 4h", "with another time limit"},
                                      {"hotaru start train --no-wait", "only say so to EC2"}};
constexpr Example stop_examples[] = {{"hotaru stop train", "keeps the disk, which goes on billing"}};
constexpr Example reboot_examples[] = {{"hotaru reboot train", "keeps disk and address"}};
constexpr Example down_examples[] = {
    {"hotaru down train", "asks first: its disk is erased with it"},
    {"hotaru down train --yes", "without asking"},
    {"hotaru down i-0123456789abcdef0 --force", "although it is protected, or not hotaru's"},
    {"hotaru down i-0123456789abcdef0 --region us-east-1", "by instance id"},
};

}  // namespace

extern const Command start_command{
    .name = "start",
    .summary = "Start a stopped instance",
    .arguments = "NAME",
    .about =
        "Starts an instance, which gets a new public address, and waits until you can log in. One whose time limit "
        "has\n"
        "passed needs another one.",
    .examples = start_examples,
    .make = bound<StartOptions>,
};
extern const Command stop_command{
    .name = "stop",
    .summary = "Stop an instance, keeping its disk",
    .arguments = "NAME",
    .about = "Stops an instance and waits until EC2 says stopped. Its disk is kept and goes on billing.",
    .examples = stop_examples,
    .make = bound<StopOptions>,
};
extern const Command reboot_command{
    .name = "reboot",
    .summary = "Reboot an instance",
    .arguments = "NAME",
    .about = "Reboots an instance. Disk and address stay.",
    .examples = reboot_examples,
    .make = bound<RebootOptions>,
};
extern const Command down_command{
    .name = "down",
    .summary = "Terminate an instance and all that was made for it",
    .arguments = "NAME",
    .about =
        "Terminates an instance, waits until EC2 says terminated, and removes its security group. Its disk is\n"
        "erased. Nothing that hotaru did not make is touched.",
    .examples = down_examples,
    .make = bound<DownOptions>,
};

}  // namespace hotaru::cli
