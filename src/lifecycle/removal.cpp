#include "lifecycle/removal.h"

#include <fmt/format.h>

#include "lifecycle/facts.h"
#include "lifecycle/find.h"
#include "lifecycle/limits.h"
#include "lifecycle/names.h"
#include "lifecycle/waiting.h"

namespace hotaru::lifecycle {
namespace {

constexpr const char* kUnknownInstance = "InvalidInstanceID.NotFound";
constexpr const char* kUnknownGroup = "InvalidGroup.NotFound";
constexpr const char* kInUse = "DependencyViolation";

Error still_there(const std::string& id, const std::string& region) {
  return {ErrorClass::unavailable, fmt::format("{} in {} has not ended yet.", id, region),
          "It is on its way; the next hotaru command looks again."};
}

/// Ends the instance that was found in the group, if it belongs to the operation.
Result<void> end_found(Context& context, const Remains& remains, const aws::Instance& instance,
                       const Patience& patience) {
  if (aws::tag_value(instance.tags, tag::operation) != remains.operation)
    return fail(
        ErrorClass::conflict,
        fmt::format("{} uses the security group {}, but was not launched with it.", instance.id, remains.group_id),
        "It is left alone; the group stays as long as it does.");
  Remains found = remains;
  found.instance_id = instance.id;
  auto ended = terminate(context, found, patience);
  if (!ended) return pass(ended);
  return {};
}

Result<void> await_terminated(Context& context, const std::string& region, const std::string& id,
                              const Patience& patience, std::vector<std::string>* kept) {
  const Deadline deadline(context.clock, patience.whole);
  Unanswered unanswered(context.clock, patience.unanswered);
  Pauses pauses(context.clock, Duration{600});
  while (true) {
    // Nothing ends at once: an earlier look would only be one more.
    if (auto rested = pauses.rest(); !rested) return rested;
    auto found = context.ec2(region).describe_instances({.instance_ids = {id}, .filters = {}});
    if (found && !found->empty() && kept != nullptr && !found->front().volume_ids.empty())
      *kept = found->front().lasting_volume_ids;
    if (found && (found->empty() || found->front().state == "terminated")) return {};
    if (!found && found.error().code == kUnknownInstance) return {};
    if (!found && (!is_passing(found.error()) || unanswered.too_long())) return pass(found);
    if (found) {
      unanswered.answered();
      context.progress({"end", fmt::format("{} is {}", id, found->front().state)});
    }
    if (deadline.passed()) return std::unexpected(still_there(id, region));
  }
}

/// One try to remove the group: true once it is gone.
Result<bool> remove_group(Context& context, Remains& remains, const Patience& patience) {
  if (remains.group_id.empty()) {
    auto group = find_group(context, remains);
    if (!group) return pass(group);
    if (group->empty()) return true;
    remains.group_id = *group;
  }
  auto user = try_remove_group(context, remains.region, remains.group_id);
  if (!user) return pass(user);
  if (!*user) return true;
  if (auto ended = end_found(context, remains, **user, patience); !ended) return pass(ended);
  return false;
}

}  // namespace

Result<aws::StateChange> terminate(Context& context, const Remains& remains, const Patience& patience,
                                   std::vector<std::string>* kept) {
  context.progress({"end", fmt::format("Terminating {}", remains.instance_id)});
  const Deadline known_by(context.clock, remains.fresh ? kConsistencyBound : Duration{0});
  Unanswered unanswered(context.clock, patience.unanswered);
  Pauses pauses(context.clock);
  while (true) {
    auto change = context.ec2(remains.region).terminate_instance(remains.instance_id);
    if (change && change->current == "terminated") return change;
    if (change) {
      auto ended = await_terminated(context, remains.region, remains.instance_id, patience, kept);
      if (!ended) return pass(ended);
      return change;
    }
    if (remains.force && change.error().code == is_protected) {
      auto allowed = context.ec2(remains.region).allow_termination(remains.instance_id);
      if (!allowed) return pass(allowed);
      continue;
    }
    const bool unknown = change.error().code == kUnknownInstance;
    if (unknown && known_by.passed()) return aws::StateChange{remains.instance_id, "terminated", "terminated"};
    if (!unknown && (!is_passing(change.error()) || unanswered.too_long())) return change;
    if (unknown) unanswered.answered();
    if (auto rested = pauses.rest(); !rested) return pass(rested);
  }
}

Result<std::optional<aws::Instance>> try_remove_group(Context& context, const std::string& region,
                                                      const std::string& group_id) {
  auto deleted = context.ec2(region).delete_security_group(group_id);
  if (deleted || deleted.error().code == kUnknownGroup) return std::optional<aws::Instance>{};
  if (deleted.error().code != kInUse) return pass(deleted);
  auto user = instance_in_group(context, region, group_id);
  if (!user) return pass(user);
  if (*user) return user;
  Error error = deleted.error();
  error.kind = ErrorClass::conflict;
  return std::unexpected(error);
}

Result<std::string> find_group(Context& context, const Remains& remains) {
  auto groups = context.ec2(remains.region)
                    .describe_security_groups({{"group-name", {group_name(remains.name)}},
                                               {"tag:" + std::string(tag::operation), {remains.operation}}});
  if (!groups) return pass(groups);
  return groups->empty() ? std::string() : groups->front().id;
}

Result<void> remove_template(Context& context, Remains& remains) {
  if (remains.template_name.empty()) return {};
  aws::Ec2 ec2 = context.ec2(remains.region);
  std::vector<std::string> ids;
  if (!remains.template_id.empty()) {
    ids.push_back(remains.template_id);
  } else {
    auto found = ec2.describe_launch_templates({{"launch-template-name", {remains.template_name}}});
    // Where they may not be looked for, or are not known, none was made: its id would be in the journal.
    const bool none =
        !found && (found.error().kind == ErrorClass::unauthorized || found.error().kind == ErrorClass::unsupported ||
                   found.error().kind == ErrorClass::not_found);
    if (none) return {};
    if (!found) return pass(found);
    for (const aws::LaunchTemplate& one : *found) ids.push_back(one.id);
  }
  for (const std::string& id : ids) {
    auto deleted = ec2.delete_launch_template(id);
    if (!deleted && deleted.error().kind != ErrorClass::not_found) return deleted;
  }
  remains.template_name.clear();
  remains.template_id.clear();
  return {};
}

Result<void> remove_all(Context& context, Remains remains, const Patience& patience) {
  if (auto deleted = remove_template(context, remains); !deleted) return deleted;
  if (!remains.instance_id.empty())
    if (auto ended = terminate(context, remains, patience); !ended) return pass(ended);
  if (remains.alarms)
    if (auto deleted = remove_alarms(context, remains.region, remains.name, remains.operation); !deleted)
      return deleted;
  const Deadline deadline(context.clock, patience.whole);
  Unanswered unanswered(context.clock, patience.unanswered);
  Pauses pauses(context.clock, Duration{500});
  while (true) {
    auto gone = remove_group(context, remains, patience);
    if (gone && *gone) return {};
    if (gone) continue;  // what was in it has ended
    const bool in_use = gone.error().code == kInUse;
    if (in_use) unanswered.answered();
    const bool again = in_use || (is_passing(gone.error()) && !unanswered.too_long());
    if (!again || deadline.passed()) return pass(gone);
    if (auto rested = pauses.rest(); !rested) return rested;
  }
}

}  // namespace hotaru::lifecycle
