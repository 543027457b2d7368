#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "aws/cloudwatch.h"
#include "base/duration.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "cli/command.h"
#include "cli/limit_options.h"
#include "cli/plan_text.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "cli/watched.h"
#include "lifecycle/lifecycle.h"
#include "lifecycle/limits.h"

// The whole path on the account as it is: launch, shell, guard, alarms, the guard's end by time, down, nothing left.
namespace hotaru::cli {
namespace {

constexpr Duration time_limit{2 * 60'000};
/// A guard is at most so late.
constexpr Duration lateness{60'000};
/// What it takes beside the limit: the boot, the stop, the removal.
constexpr double hours_at_most = 0.25;

struct SelftestOptions {
  std::string budget = "0.10usd";
};

void declare_options(Options& options, SelftestOptions& values) {
  options.text("--budget", "AMOUNT", values.budget, "what it may cost at most (default: 0.10usd)");
}

struct Step {
  std::string what;
  Result<std::string> outcome;  ///< what was seen
  Duration took;
};

/// Runs the steps one after the other, and keeps what came of each.
class Walk {
 public:
  Walk(Context& context, lifecycle::Context& cloud) : context_(context), cloud_(cloud) {}

  /// Whether the following steps have a point.
  template <class Work>
  bool step(const std::string& what, const Work& work) {
    const Duration begun = context_.clock().steady();
    Result<std::string> outcome = work();
    const Duration took = context_.clock().steady() - begun;
    const std::string said = outcome ? *outcome : outcome.error().message;
    context_.err() << fmt::format("{}  {}: {} ({})\n", outcome ? "ok  " : "FAIL", what, said, human_duration(took));
    steps_.push_back({what, std::move(outcome), took});
    return steps_.back().outcome.has_value();
  }
  bool good() const {
    return std::ranges::all_of(steps_, [](const Step& step) { return step.outcome.has_value(); });
  }
  Context& context() { return context_; }
  lifecycle::Context& cloud() { return cloud_; }
  const std::vector<Step>& steps() const { return steps_; }

 private:
  Context& context_;
  lifecycle::Context& cloud_;
  std::vector<Step> steps_;
};

/// x86_64, so that any image does.
const catalog::InstanceType* cheapest_type(const std::string& region) {
  constexpr int enough_mib = 1024;  // for cloud-init and a shell
  const catalog::InstanceType* cheapest = nullptr;
  double least = 0;
  for (const catalog::InstanceType& type : catalog::types()) {
    const auto price = catalog::on_demand_price(region, type.name);
    if (!price || type.arch != "x86_64" || type.memory_mib < enough_mib) continue;
    if (cheapest != nullptr && price->usd_per_hour >= least) continue;
    cheapest = &type;
    least = price->usd_per_hour;
  }
  return cheapest;
}

Result<lifecycle::LaunchPlan> plan_of(Context& context, lifecycle::Context& cloud, guard::MicroUsd budget) {
  const catalog::InstanceType* type = cheapest_type(cloud.region);
  if (type == nullptr)
    return fail(ErrorClass::not_found, fmt::format("No price of {} is known.", cloud.region),
                "Say --region us-east-1.");
  lifecycle::Request request;
  request.name = "selftest-" + context.random().hex(4);
  request.type = type->name;
  request.region = cloud.region;
  request.image = "ubuntu";
  request.disk_gib = 8;
  request.limits.time = time_limit;
  auto plan = lifecycle::plan(cloud, request);
  if (!plan) return plan;
  const double most = price_of(*plan, cloud.catalog()).running() * hours_at_most;
  if (most * 1e6 <= static_cast<double>(budget)) return plan;
  return fail(ErrorClass::invalid, fmt::format("It may cost ${:.3f}, which is more than the budget.", most),
              "Say a larger --budget.");
}

Result<std::string> alarms_seen(lifecycle::Context& cloud, const lifecycle::Facts& facts) {
  const std::string refused = lifecycle::alarms_refused(cloud, facts.region);
  if (!refused.empty()) return fail(ErrorClass::unauthorized, refused);
  auto alarms = aws::describe_alarms(cloud.client, facts.region, fmt::format("hotaru-{}-", facts.name));
  if (!alarms) return pass(alarms);
  if (alarms->size() != 2) return fail(ErrorClass::not_found, fmt::format("{} alarms in place of 2", alarms->size()));
  return "failed checks and running too long";
}

/// Nothing of hotaru touches the instance meanwhile: it is only looked at.
Result<std::string> ends_by_itself(Walk& walk, const lifecycle::Facts& facts, TimePoint until) {
  constexpr Duration pause{2'000};
  while (true) {
    auto now = lifecycle::show(walk.cloud(), {facts.id, facts.region});
    if (!now && now.error().kind == ErrorClass::interrupted) return pass(now);
    const Duration late = walk.context().clock().now() - until;
    if (now && now->state != "running" && now->state != "pending")
      return fmt::format("{} {} its limit", now->state,
                         late < Duration{0} ? human_duration(-late) + " before" : human_duration(late) + " after");
    if (late > lateness + pause)
      return fail(ErrorClass::conflict, fmt::format("it still runs {} after its limit", human_duration(late)));
    if (!walk.context().clock().sleep(pause)) return fail(ErrorClass::interrupted, "Interrupted.");
  }
}

Result<std::string> nothing_left(lifecycle::Context& cloud, const lifecycle::Facts& facts) {
  std::vector<std::string> left;
  auto groups = cloud.ec2(facts.region).describe_security_groups({{"group-name", {"hotaru-" + facts.name}}});
  if (!groups) return pass(groups);
  for (const auto& group : *groups) left.push_back(group.id);
  auto instances =
      cloud.ec2(facts.region).describe_instances({.instance_ids = {}, .filters = {{"instance-id", {facts.id}}}});
  if (!instances) return pass(instances);
  for (const auto& instance : *instances)
    if (instance.state != "terminated") left.push_back(instance.id);
  auto alarms = aws::describe_alarms(cloud.client, facts.region, fmt::format("hotaru-{}-", facts.name));
  if (alarms)
    for (const auto& alarm : *alarms) left.push_back(alarm.name);
  if (left.empty()) return "instance, security group and alarms are gone; the key pair stays, and bills nothing";
  return fail(ErrorClass::conflict, join(left, ", ") + " is left");
}

void after_launch(Walk& walk, const lifecycle::Launched& launched) {
  const lifecycle::Facts& facts = launched.facts;
  const TimePoint until = *facts.limits.until;
  walk.step("the guard is armed", [&]() -> Result<std::string> {
    auto status = lifecycle::guard_status(walk.cloud(), {facts.id, facts.region});
    if (!status) return pass(status);
    return guard_text(*status, facts.limits);
  });
  walk.step("CloudWatch's alarms are set", [&] { return alarms_seen(walk.cloud(), facts); });
  walk.step("its time limit ends it", [&] { return ends_by_itself(walk, facts, until); });
}

void walk_all(Walk& walk, const lifecycle::LaunchPlan& plan) {
  std::optional<lifecycle::Launched> launched;
  const bool there = walk.step("launch and shell", [&]() -> Result<std::string> {
    auto done = watched(walk.context(), walk.cloud(), "", [&] { return lifecycle::launch(walk.cloud(), plan); });
    if (!done) return pass(done);
    launched = *done;
    return fmt::format("{} {} in {}", done->facts.type, done->facts.id, done->facts.zone);
  });
  if (there) after_launch(walk, *launched);
  if (!there) return;  // it has been undone, or said what is left
  walk.cloud().forget_interrupt();
  walk.step("down", [&]() -> Result<std::string> {
    auto ended = watched(walk.context(), walk.cloud(), "",
                         [&] { return lifecycle::end(walk.cloud(), {launched->facts.id, launched->facts.region}); });
    if (!ended) return pass(ended);
    return "terminated";
  });
  walk.step("nothing is left", [&] { return nothing_left(walk.cloud(), launched->facts); });
}

std::string report_of(Context& context, const Walk& walk) {
  std::vector<SelftestStep> steps;
  for (const Step& step : walk.steps())
    steps.push_back(
        {step.what, step.outcome.has_value(), step.outcome ? *step.outcome : step.outcome.error().message, step.took});
  if (context.json()) return selftest_json(steps, context.calls(), context.on_sim());
  return fmt::format("{} with {} API calls{}\n",
                     walk.good() ? "All of it works:" : "Something does not work:", context.calls(),
                     context.on_sim() ? " (simulated)" : "");
}

Result<int> run_command(const SelftestOptions& values, Context& context) {
  LimitOptions limits;
  limits.budget = values.budget;
  auto budget = read_limits(limits, context);
  if (!budget) return pass(budget);
  auto cloud = context.cloud_to_launch();
  if (!cloud) return pass(cloud);
  if (auto region = context.region(); !region)
    return pass(region);
  else if (!region->empty())
    (*cloud)->region = *region;
  auto plan = plan_of(context, **cloud, budget->budget.value_or(0));
  if (!plan) return pass(plan);
  const std::string question = fmt::format(
      "Launch a {} in {} for some minutes (${:.3f} at most{})?", plan->request.type, plan->request.region,
      price_of(*plan, (*cloud)->catalog()).running() * hours_at_most, context.on_sim() ? ", simulated" : "");
  if (auto agreed = ask(context, question, "Nothing was launched."); !agreed) return pass(agreed);
  Walk walk(context, **cloud);
  walk_all(walk, *plan);
  context.out() << report_of(context, walk);
  return walk.good() ? 0 : 1;
}

constexpr Example examples[] = {
    {"hotaru selftest --budget 0.10usd", "does all of it work with this account, and what does it take?"},
    {"hotaru selftest --yes -o json > report.json", "a report to send with a question"},
};

}  // namespace

extern const Command selftest_command{
    .name = "selftest",
    .summary = "Try the whole path on this account, for a few cents at most",
    .arguments = "",
    .about =
        "Launches the cheapest type, logs in, sees its guard and alarms, lets a time limit of two minutes end it with\n"
        "nothing of hotaru touching it, and removes everything. Takes about four minutes. The report has no secret in\n"
        "it.",
    .examples = examples,
    .make = bound<SelftestOptions>,
};

}  // namespace hotaru::cli
