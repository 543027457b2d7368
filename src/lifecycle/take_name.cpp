#include <fmt/format.h>

#include "base/text.h"
#include "lifecycle/access.h"
#include "lifecycle/choose.h"
#include "lifecycle/find.h"
#include "lifecycle/names.h"
#include "lifecycle/transaction.h"
#include "lifecycle/waiting.h"

namespace hotaru::lifecycle {
namespace {

constexpr int kRounds = 5;

Error taken_by_other(const std::string& name) {
  return {ErrorClass::conflict, fmt::format("{} is being launched by another hotaru at this moment.", name),
          "Wait for it, or choose another name."};
}

}  // namespace

Result<void> Transaction::make_default_vpc() {
  if (!plan_.subnet.id.empty()) return {};
  context_.progress({"network", fmt::format("Creating the default VPC in {}", plan_.request.region)});
  auto vpc = ec2_.create_default_vpc();
  // Somebody made it in the meantime: as good.
  if (!vpc && vpc.error().code != "DefaultVpcAlreadyExists") return pass(vpc);
  Request request = plan_.request;
  request.create_default_vpc = false;
  auto subnet = choose_subnet(context_, request, request.region, request.type);
  if (!subnet) return pass(subnet);
  plan_.subnet = *subnet;
  return {};
}

Result<void> Transaction::take_name() {
  Pauses pauses(context_.clock);
  for (int round = 0; round < kRounds; ++round) {
    auto created = create_group();
    if (!created) return pass(created);
    if (*created || existing_) return {};
    if (auto rested = pauses.rest(); !rested) return rested;
  }
  return std::unexpected(taken_by_other(plan_.request.name));
}

/// True once the group is ours; false if it is worth another try (or `existing_` has it).
Result<bool> Transaction::create_group() {
  context_.progress({"group", fmt::format("Taking the name {}", plan_.request.name)});
  aws::Tags tags = common_tags(plan_.request.name, owner_, operation_.id);
  tags.push_back({tag::deadline, iso8601(operation_.deadline, false)});
  if (auto written = context_.journal.step(operation_.id, "group", ""); !written) return pass(written);
  group_asked_ = true;
  auto group = ec2_.create_security_group({.name = plan_.group_name,
                                           .description = fmt::format("hotaru instance {}", plan_.request.name),
                                           .vpc_id = plan_.subnet.vpc_id,
                                           .tags = tags});
  if (group) {
    remains_.group_id = *group;
    if (auto written = context_.journal.step(operation_.id, "group", *group); !written) return pass(written);
    return true;
  }
  const std::string& code = group.error().code;
  if (code == "InvalidGroup.Duplicate") return judge_taken();
  if (code == "InvalidVpcID.NotFound") {
    auto refreshed = refresh_after(group.error());
    if (!refreshed) return pass(refreshed);
    return *refreshed ? Result<bool>(false) : Result<bool>(pass(group));
  }
  if (is_passing(group.error())) {
    // It may have been made: the same call again answers Duplicate then, and the tag says whose it is.
    if (auto found = find_group(context_, remains_); found && !found->empty()) return judge_taken();
    return false;
  }
  return pass(group);
}

/// The group is there: by an answer of ours that was lost, an instance, a launch going on, or a dead one.
Result<bool> Transaction::judge_taken() {
  auto groups = ec2_.describe_security_groups({{"group-name", {plan_.group_name}}, {"vpc-id", {plan_.subnet.vpc_id}}});
  if (!groups) return pass(groups);
  if (groups->empty()) return false;
  const aws::SecurityGroup& group = groups->front();
  if (aws::tag_value(group.tags, tag::operation) == operation_.id) {
    remains_.group_id = group.id;
    if (auto written = context_.journal.step(operation_.id, "group", group.id); !written) return pass(written);
    return true;
  }
  group_asked_ = false;  // whatever it is, it is not of our making
  if (aws::tag_value(group.tags, tag::name) != plan_.request.name)
    return fail(ErrorClass::conflict,
                fmt::format("The security group {} ({}) exists, and is not hotaru's.", plan_.group_name, group.id),
                "Choose another name.");
  if (auto alive = refuse_if_alive(group); !alive) return pass(alive);
  // What is dead is removed as an undoing is: the group first.
  auto user = try_remove_group(context_, plan_.request.region, group.id);
  if (!user && user.error().code == "DependencyViolation")
    return fail(ErrorClass::conflict, fmt::format("The last instance called {} is still ending.", plan_.request.name),
                "Try again in a minute, or choose another name.");
  if (!user) return pass(user);
  if (*user) existing_ = **user;
  return false;
}

/// A launch that lives is known by its lock on this machine, by its deadline on another.
Result<void> Transaction::refuse_if_alive(const aws::SecurityGroup& group) {
  const std::string id = aws::tag_value(group.tags, tag::operation);
  auto operation = context_.journal.find(id);
  if (!operation) return pass(operation);
  if (*operation) {
    const bool ended =
        (*operation)->state == store::OperationState::done || (*operation)->state == store::OperationState::undone;
    auto lock = context_.journal.take_over(id);
    if (!lock) return pass(lock);
    if (!ended && !*lock) return std::unexpected(taken_by_other(plan_.request.name));
    return {};
  }
  auto user = instance_in_group(context_, plan_.request.region, group.id);
  if (!user) return pass(user);
  const auto deadline = parse_iso8601(aws::tag_value(group.tags, tag::deadline));
  if (!*user && deadline && *deadline > context_.clock.now())
    return std::unexpected(taken_by_other(plan_.request.name));
  return {};
}

Result<void> Transaction::open_port() {
  context_.progress({"group", fmt::format("Opening port 22 to {}", join(plan_.from, ", "))});
  const aws::Permission permission = ssh_permission(plan_.from, "hotaru");
  Pauses pauses(context_.clock);
  for (int round = 0;; ++round) {
    auto opened = ec2_.authorize_ingress(remains_.group_id, permission);
    if (opened || opened.error().code == "InvalidPermission.Duplicate") return {};
    // The group is so new that EC2 may not know it everywhere.
    const bool again = is_passing(opened.error()) || opened.error().code == "InvalidGroup.NotFound";
    if (!again || round >= kRounds) return opened;
    if (auto rested = pauses.rest(); !rested) return rested;
  }
}

}  // namespace hotaru::lifecycle
