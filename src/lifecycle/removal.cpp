#include "lifecycle/removal.h"

#include <fmt/format.h>

#include "lifecycle/facts.h"
#include "lifecycle/find.h"
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
Result<void> end_found(Context& context, const Remains& remains, const aws::Instance& instance, Duration patience) {
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

}  // namespace

Result<void> await_terminated(Context& context, const std::string& region, const std::string& id, Duration patience) {
  const Deadline deadline(context.clock, patience);
  Pauses pauses(context.clock, Duration{200});
  while (true) {
    auto found = context.ec2(region).describe_instances({.instance_ids = {id}, .filters = {}});
    if (found && (found->empty() || found->front().state == "terminated")) return {};
    if (!found && found.error().code == kUnknownInstance) return {};
    if (!found && !is_passing(found.error())) return pass(found);
    if (found) context.progress({"end", fmt::format("{} is {}", id, found->front().state)});
    if (deadline.passed()) return std::unexpected(still_there(id, region));
    if (auto rested = pauses.rest(); !rested) return rested;
  }
}

Result<aws::StateChange> terminate(Context& context, const Remains& remains, Duration patience) {
  context.progress({"end", fmt::format("Terminating {}", remains.instance_id)});
  const Deadline deadline(context.clock, remains.fresh ? kConsistencyBound : Duration{0});
  Pauses pauses(context.clock);
  while (true) {
    auto change = context.ec2(remains.region).terminate_instance(remains.instance_id);
    if (change) {
      auto ended = await_terminated(context, remains.region, remains.instance_id, patience);
      if (!ended) return pass(ended);
      return change;
    }
    if (change.error().code != kUnknownInstance) return change;
    if (deadline.passed()) return aws::StateChange{remains.instance_id, "terminated", "terminated"};
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

Result<void> remove_all(Context& context, Remains remains, Duration patience) {
  if (!remains.instance_id.empty())
    if (auto ended = terminate(context, remains, patience); !ended) return pass(ended);
  if (remains.group_id.empty()) {
    auto group = find_group(context, remains);
    if (!group) return pass(group);
    remains.group_id = *group;
  }
  if (remains.group_id.empty()) return {};
  const Deadline deadline(context.clock, patience);
  Pauses pauses(context.clock, Duration{500});
  while (true) {
    auto user = try_remove_group(context, remains.region, remains.group_id);
    if (user && !*user) return {};
    if (user) {
      if (auto ended = end_found(context, remains, **user, patience); !ended) return ended;
      continue;
    }
    const bool again = user.error().code == kInUse || is_passing(user.error());
    if (!again || deadline.passed()) return pass(user);
    if (auto rested = pauses.rest(); !rested) return rested;
  }
}

}  // namespace hotaru::lifecycle
