#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/limit_options.h"
#include "cli/plan_text.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "cli/watched.h"
#include "cli/words.h"
#include "lifecycle/cost.h"
#include "lifecycle/expire.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::cli {
namespace {

struct ShowOptions {
  std::string name;
  bool fix_access = false;
  std::vector<std::string> from;
};

void declare_options(Options& options, ShowOptions& values) {
  options.argument("NAME", values.name, true, "its name or instance id");
  options.flag("--fix-access", values.fix_access, "let your present address in to port 22, and nobody else");
  options.texts("--from", "CIDR", values.from, "with --fix-access: let these in instead");
}

std::string text_of(const lifecycle::Facts& facts, const std::string& guard, const std::string& bills, TimePoint now,
                    bool simulated) {
  std::string state = facts.state;
  if (!facts.state_reason.empty()) state += ": " + facts.state_reason;
  const std::string launched =
      facts.launch_time.empty() ? "" : fmt::format("{} ({} ago)", facts.launch_time, age(facts.launch_time, now));
  return fact_lines({{"Name", facts.name},
                     {"Instance", facts.id + (simulated ? " (simulated)" : "")},
                     {"State", state},
                     {"Instance type", facts.type},
                     {"GPU", facts.gpu},
                     {"Region", facts.region},
                     {"Zone", facts.zone},
                     {"Address", facts.address},
                     {"Private address", facts.private_address},
                     {"Login", facts.user},
                     {"Image", facts.image},
                     {"Launched", launched},
                     {"Owner", facts.owner},
                     {"Security group", facts.group_id},
                     {"Volumes", join(facts.volumes, ", ")},
                     {"Host key", facts.host_key},
                     {"Price", price_sentence(facts.price, simulated)},
                     {"Still bills", bills},
                     {"Limits", facts.ours ? limits_text(facts.limits, now) : ""},
                     {"Guard", guard}});
}

/// What its guard says, where there is one to be asked.
std::optional<Result<guard::Status>> asked_guard(lifecycle::Context& cloud, const lifecycle::Which& which,
                                                 const lifecycle::Facts& facts) {
  if (!facts.ours || !facts.limits.any() || facts.state != "running" || facts.address.empty()) return std::nullopt;
  return lifecycle::guard_status(cloud, which);
}

std::string guard_sentence(const std::optional<Result<guard::Status>>& guard, const lifecycle::Facts& facts) {
  if (!guard) return "";
  if (!*guard) return "not heard: " + guard->error().message;
  return guard_text(**guard, facts.limits);
}

std::string bills_text(const Context& context, lifecycle::Context& cloud, const lifecycle::Facts& facts) {
  const auto rate = lifecycle::stopped_rate(cloud, facts);
  return rate ? still_bills(*rate, facts.name, taste_of(context).value_or(price::Taste{})) : "";
}

Result<int> run_command(const ShowOptions& values, Context& context) {
  auto which = context.which(values.name);
  if (!which) return pass(which);
  if (!values.from.empty() && !values.fix_access) {
    return fail(ErrorClass::invalid, "--from says whom to let in; only --fix-access does so.", "Say both.");
  }
  auto cloud = context.cloud();
  if (!cloud) return pass(cloud);
  auto facts = lifecycle::show(**cloud, *which);
  if (!facts) return pass(facts);
  if (lifecycle::is_expired(*facts, context.clock().now())) {
    auto ended = lifecycle::end_expired(**cloud, *facts);
    tell_note(context, ended ? ended->text : "It runs past its time limit, and bills: " + ended.error().message);
  }
  if (!values.fix_access) {
    const auto guard = asked_guard(**cloud, *which, *facts);
    if (context.json())
      context.out() << json_text(*facts, guard, context.on_sim());
    else
      context.out() << text_of(*facts, guard_sentence(guard, *facts), bills_text(context, **cloud, *facts),
                               context.clock().now(), context.on_sim());
    return 0;
  }
  auto access = watched(context, **cloud, "", [&] { return lifecycle::fix_access(**cloud, *which, values.from); });
  if (!access) return pass(access);
  if (context.json()) {
    context.out() << json_text(*facts, *access, context.on_sim());
  } else {
    context.out() << fmt::format("Port 22 of {} is open to {}, and to nobody else.\n", values.name,
                                 join(access->allowed, ", "));
  }
  return 0;
}

constexpr Example examples[] = {
    {"hotaru show train", "all that is to be known of it"},
    {"hotaru show train --fix-access", "when your own address has changed"},
    {"hotaru show i-0123456789abcdef0 --region us-east-1 -o json", "any instance, for programs"},
};

}  // namespace

extern const Command show_command{
    .name = "show",
    .summary = "Show one instance, and mend who may reach it",
    .arguments = "NAME",
    .about = "Asks EC2 for one instance, by name or instance id.",
    .examples = examples,
    .make = bound<ShowOptions>,
};

}  // namespace hotaru::cli
