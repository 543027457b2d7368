#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "lifecycle/choose.h"
#include "lifecycle/encode.h"
#include "lifecycle/end.h"
#include "lifecycle/facts.h"
#include "lifecycle/find.h"
#include "lifecycle/keys.h"
#include "lifecycle/limits.h"
#include "lifecycle/names.h"
#include "lifecycle/removal.h"
#include "lifecycle/waiting.h"

namespace hotaru::lifecycle {
namespace {

/// A command that was asked for something else waits no longer than this for what an earlier one left, and not at all
/// for an endpoint that does not answer.
constexpr Patience kSettlePatience{.whole = Duration{15'000}, .unanswered = Duration{0}};

using store::Operation;
using store::OperationState;

struct Settling {
  Context& context;
  const Operation& operation;

  Settled result(std::string text) const {
    return {.operation = operation.id, .name = operation.name, .region = operation.region, .text = std::move(text)};
  }
  Settled pending(const std::string& why) const {
    Settled settled = result(why);
    settled.pending = true;
    return settled;
  }
  Result<Settled> ended(OperationState state, std::string text) const {
    if (auto written = context.journal.set_state(operation.id, state, text); !written) return pass(written);
    return result(std::move(text));
  }
};

/// What the journal says was made.
Result<Remains> remains_of(Context& context, const Operation& operation) {
  Remains remains{.region = operation.region,
                  .name = operation.name,
                  .operation = operation.id,
                  .group_id = {},
                  .instance_id = {},
                  .fresh = context.clock.now() - operation.touched < kConsistencyBound};
  auto steps = context.journal.steps(operation.id);
  if (!steps) return pass(steps);
  for (const store::Step& step : *steps) {
    if (step.what == "group") remains.group_id = step.resource;
    if (step.what == "instance") remains.instance_id = step.resource;
    if (step.what == "alarms") remains.alarms = true;
    if (step.what != "template") continue;
    remains.template_name = "hotaru-" + operation.id;
    remains.template_id = step.resource;
  }
  return remains;
}

Result<bool> was_anything_asked(Context& context, const Operation& operation) {
  auto steps = context.journal.steps(operation.id);
  if (!steps) return pass(steps);
  return std::ranges::any_of(*steps, [](const store::Step& step) { return step.what == "group"; });
}

std::vector<std::string> tokens_of(Context& context, const Operation& operation) {
  std::vector<std::string> tokens;
  if (auto attempts = context.journal.attempts(operation.id))
    for (const store::Attempt& attempt : *attempts) tokens.push_back(attempt.token);
  return tokens;
}

/// The live instance that the operation launched, by its id or its client tokens.
Result<std::optional<aws::Instance>> find_launched(Context& context, const Operation& operation,
                                                   const Remains& remains) {
  const auto tokens = tokens_of(context, operation);
  if (tokens.empty() && remains.instance_id.empty()) return std::optional<aws::Instance>{};
  const aws::Filter filter = remains.instance_id.empty() ? aws::Filter{"client-token", tokens}
                                                         : aws::Filter{"instance-id", {remains.instance_id}};
  auto found = context.ec2(operation.region).describe_instances({.instance_ids = {}, .filters = {filter}});
  if (!found) return pass(found);
  for (const aws::Instance& instance : *found)
    if (!is_gone(instance.state)) return std::optional(instance);
  return std::optional<aws::Instance>{};
}

Result<Settled> keep(const Settling& settling, const aws::Instance& instance, const Remains& remains) {
  Context& context = settling.context;
  const Operation& operation = settling.operation;
  Located located = located_of(context, operation.region, instance);
  store::KnownInstance before = located.known.value_or(store::KnownInstance{});
  before.user = parameter(operation.parameters, "user");
  before.group_id = remains.group_id;
  if (before.identity.empty()) before.identity = parameter(operation.parameters, "identity");
  located.known = before;
  const store::KnownInstance known = remember(context, located);
  const ssh::Target target = target_of(context, known);
  const std::string host_key = aws::tag_value(instance.tags, tag::host_key);
  if (auto trusted = trust_host_key(context, target, host_key, operation.id); !trusted) return pass(trusted);
  if (auto alarmed = renew_alarms(context, operation.region, instance); !alarmed) return pass(alarmed);
  Remains rest = remains;
  if (auto deleted = remove_template(context, rest); !deleted) return pass(deleted);
  const auto price = price_of(operation.region, instance.type);
  const std::string cost = price ? fmt::format(", ${:.4g} per hour while it runs", price->usd) : "";
  auto settled = settling.ended(
      OperationState::done,
      fmt::format(
          "`hotaru up {0}` was cut off after {1} was launched in {2}; it is kept ({3}{4}). `hotaru up {0}` waits "
          "for it, `hotaru down {0}` ends it.",
          operation.name, instance.id, operation.region, instance.state, cost));
  if (settled) settled->kept = true;
  return settled;
}

Result<Settled> undo(const Settling& settling, const Remains& remains) {
  if (auto removed = remove_all(settling.context, remains, kSettlePatience); !removed) return pass(removed);
  forget_instance(settling.context, remains.name, remains.instance_id);
  return settling.ended(OperationState::undone,
                        fmt::format("`hotaru up {}` was given up; everything that was made for it has been removed.",
                                    settling.operation.name));
}

/// A launch whose process died: an instance that exists is kept, else everything is removed, beginning with the group.
Result<Settled> settle_up(const Settling& settling) {
  Context& context = settling.context;
  auto asked = was_anything_asked(context, settling.operation);
  if (!asked) return pass(asked);
  if (!*asked) return settling.ended(OperationState::undone, "");
  auto remains = remains_of(context, settling.operation);
  if (!remains) return pass(remains);
  // A template whose id nobody has heard may be so new that EC2 does not show it yet: found by ./dev chaos.
  const bool unseen = !remains->template_name.empty() && remains->template_id.empty();
  if (unseen && remains->fresh) return settling.pending("");
  if (settling.operation.state == OperationState::undoing) return undo(settling, *remains);
  auto instance = find_launched(context, settling.operation, *remains);
  if (!instance) return pass(instance);
  if (remains->group_id.empty()) {
    auto group = find_group(context, *remains);
    if (!group) return pass(group);
    remains->group_id = *group;
  }
  if (*instance) return keep(settling, **instance, *remains);
  // The group may be so new that EC2 does not show it yet: its absence proves nothing for a while.
  if (remains->group_id.empty() && remains->fresh) return settling.pending("");
  if (!remains->group_id.empty()) {
    auto user = try_remove_group(context, settling.operation.region, remains->group_id);
    if (!user && user.error().code == "DependencyViolation")
      return settling.pending(fmt::format("What `hotaru up {}` left is still ending.", settling.operation.name));
    if (!user) return pass(user);
    if (*user) return keep(settling, **user, *remains);
  }
  if (auto deleted = remove_template(context, *remains); !deleted) return pass(deleted);
  forget_instance(context, remains->name, remains->instance_id);
  return settling.ended(OperationState::undone,
                        fmt::format("`hotaru up {}` was cut off before an instance was there; everything that was made "
                                    "for it has been removed.",
                                    settling.operation.name));
}

Result<Settled> settle_down(const Settling& settling) {
  const Operation& operation = settling.operation;
  const Remains remains{.region = operation.region,
                        .name = operation.name,
                        .operation = parameter(operation.parameters, "operation"),
                        .group_id = parameter(operation.parameters, "group"),
                        .instance_id = parameter(operation.parameters, "instance"),
                        .fresh = false};
  if (auto ended = finish_end(settling.context, remains, kSettlePatience); !ended) return pass(ended);
  return settling.ended(OperationState::done, fmt::format("`hotaru down {}` was cut off and has been finished: {} is "
                                                          "terminated.",
                                                          operation.name, remains.instance_id));
}

/// A start or stop that was cut off: a stop is finished, and a start told, because it bills.
Result<Settled> settle_change(const Settling& settling) {
  Context& context = settling.context;
  const Operation& operation = settling.operation;
  const std::string id = parameter(operation.parameters, "instance");
  auto found =
      context.ec2(operation.region).describe_instances({.instance_ids = {}, .filters = {{"instance-id", {id}}}});
  if (!found) return pass(found);
  const bool runs = !found->empty() && (found->front().state == "running" || found->front().state == "pending");
  if (!found->empty()) (void)remember(context, located_of(context, operation.region, found->front()));
  if (!runs) return settling.ended(OperationState::done, "");
  if (operation.kind == "stop") {
    if (auto stopped = context.ec2(operation.region).stop_instance(id); !stopped) return pass(stopped);
    return settling.ended(OperationState::done, fmt::format("`hotaru stop {}` was cut off and has been finished: {} is "
                                                            "stopping.",
                                                            operation.name, id));
  }
  const auto price = price_of(operation.region, found->front().type);
  const std::string cost = price ? fmt::format(", ${:.4g} per hour", price->usd) : "";
  return settling.ended(OperationState::done, fmt::format("`hotaru start {0}` was cut off: {1} is {2}, and bills{3}. "
                                                          "`hotaru stop {0}` stops it.",
                                                          operation.name, id, found->front().state, cost));
}

Result<Settled> settle_as_its_kind(const Settling& settling) {
  const std::string& kind = settling.operation.kind;
  if (kind == "down") return settle_down(settling);
  return kind == "up" ? settle_up(settling) : settle_change(settling);
}

/// nullopt: it lives, or somebody else has settled it in the meantime.
Result<std::optional<Settled>> settle(Context& context, const Operation& seen) {
  auto lock = context.journal.take_over(seen.id);
  if (!lock) return pass(lock);
  if (!*lock) return std::optional<Settled>{};
  auto operation = context.journal.find(seen.id);
  if (!operation) return pass(operation);
  const bool ended =
      !*operation || (*operation)->state == OperationState::done || (*operation)->state == OperationState::undone;
  if (ended) return std::optional<Settled>{};
  const Settling settling{context, **operation};
  auto settled = settle_as_its_kind(settling);
  if (!settled) return pass(settled);
  return std::optional(*settled);
}

Settled not_settled(Context& context, const Operation& operation, const Error& error) {
  return Settling{context, operation}.pending(fmt::format("What an earlier `hotaru {} {}` began is not settled yet: {}",
                                                          operation.kind, operation.name, error.message));
}

}  // namespace

Result<std::vector<Settled>> reconcile(Context& context) {
  auto pending = context.journal.pending(context.scope);
  if (!pending) return pass(pending);
  std::vector<Settled> all;
  std::map<std::string, Error> silent;  // by region: one that does not answer is asked once
  for (const Operation& operation : *pending) {
    const auto known = silent.find(operation.region);
    auto settled = known == silent.end() ? settle(context, operation)
                                         : Result<std::optional<Settled>>(std::unexpected(known->second));
    if (!settled && settled.error().kind == ErrorClass::interrupted) return pass(settled);
    if (!settled && is_passing(settled.error())) silent.emplace(operation.region, settled.error());
    if (!settled) all.push_back(not_settled(context, operation, settled.error()));
    if (settled && *settled && !(*settled)->text.empty()) all.push_back(**settled);
  }
  return all;
}

Result<std::vector<aws::SecurityGroup>> groups_with_deadline(aws::Ec2 ec2) {
  return ec2.describe_security_groups({{"tag-key", {tag::deadline}}});
}

Result<std::vector<Settled>> reconcile_region(Context& context, const std::string& region) {
  auto groups = groups_with_deadline(context.ec2(region));
  if (!groups) return pass(groups);
  return remove_leftovers(context, region, *groups);
}

Result<std::vector<Settled>> remove_leftovers(Context& context, const std::string& region,
                                              const std::vector<aws::SecurityGroup>& groups) {
  std::vector<Settled> all;
  for (const aws::SecurityGroup& group : groups) {
    const std::string id = aws::tag_value(group.tags, tag::operation);
    const std::string name = aws::tag_value(group.tags, tag::name);
    const auto deadline = parse_iso8601(aws::tag_value(group.tags, tag::deadline));
    if (!deadline || *deadline > context.clock.now() || group.name != group_name(name)) continue;
    auto own = context.journal.find(id);
    const bool pending_here =
        own && *own && ((*own)->state == OperationState::open || (*own)->state == OperationState::undoing);
    if (pending_here) continue;  // reconcile() settles it, with what the journal knows
    // The deletion itself is the question: EC2 refuses it while anything uses the group.
    auto user = try_remove_group(context, region, group.id);
    if (!user && user.error().kind == ErrorClass::interrupted) return pass(user);
    if (!user || *user) continue;
    all.push_back(
        {.operation = id,
         .name = name,
         .region = region,
         .text = fmt::format("The security group {} in {} was left over and has been removed.", group.name, region)});
  }
  return all;
}

}  // namespace hotaru::lifecycle
