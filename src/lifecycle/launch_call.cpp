#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "lifecycle/choose.h"
#include "lifecycle/encode.h"
#include "lifecycle/keys.h"
#include "lifecycle/names.h"
#include "lifecycle/transaction.h"
#include "lifecycle/waiting.h"

namespace hotaru::lifecycle {
namespace {

constexpr int kAttempts = 6;
constexpr Duration kCallPatience{2 * 60'000};  // for the same call with the same token

/// Refusals that say no more than that our own memory of the region is old, or EC2's is young.
bool is_stale(const std::string& code) {
  return code == "InvalidAMIID.NotFound" || code == "InvalidAMIID.Unavailable" || code == "InvalidSubnetID.NotFound" ||
         code == "InvalidSubnet.NotFound" || code == "InvalidKeyPair.NotFound" || code == "InvalidGroup.NotFound";
}

Error told(Error error, const LaunchPlan& plan) {
  if (error.kind == ErrorClass::capacity && error.hint.empty())
    error.hint = fmt::format("Try another --zone than {}, another --region or another --type.", plan.subnet.zone);
  if (error.kind == ErrorClass::quota && error.hint.empty())
    error.hint = "Ask for a higher quota under Service Quotas, EC2; it is counted in vCPUs and per region.";
  return error;
}

}  // namespace

Result<void> Transaction::provide_key() {
  auto key = public_key_for(context_, plan_.request.key_file);
  if (!key) return pass(key);
  plan_.key_name = key->name;
  plan_.identity = key->identity;
  if (is_key_imported(context_, plan_.request.region, key->name)) return {};
  context_.progress({"key", fmt::format("Importing the key pair {}", key->name)});
  Pauses pauses(context_.clock);
  const aws::Tags tags{{"Name", key->name}, {tag::owner, owner_}};
  for (int round = 0;; ++round) {
    auto imported = ec2_.import_key_pair(key->name, key->public_text, tags);
    // The name is a digest of the key: what has it already has the same content.
    if (imported || imported.error().code == "InvalidKeyPair.Duplicate") break;
    if (!is_passing(imported.error()) || round >= kAttempts) return imported;
    if (auto rested = pauses.rest(); !rested) return rested;
  }
  set_key_imported(context_, plan_.request.region, key->name);
  return {};
}

aws::RunInstances Transaction::request_of(int attempt) const {
  aws::RunInstances request;
  request.image_id = plan_.image.id;
  request.instance_type = plan_.request.type;
  request.key_name = plan_.key_name;
  request.subnet_id = plan_.subnet.id;
  request.security_group_ids = {remains_.group_id};
  request.public_address = true;
  request.user_data = user_data_;
  request.client_token = fmt::format("hotaru-{}-{}", operation_.id, attempt);
  request.instance_profile = plan_.request.role;
  request.shutdown_behavior = "stop";
  request.block_devices.push_back(
      {.device_name = plan_.image.root_device, .size_gib = plan_.disk_gib, .volume_type = "gp3"});
  for (const std::string& device : plan_.image.ebs_devices)
    if (device != plan_.image.root_device)
      request.block_devices.push_back({.device_name = device, .size_gib = 0, .volume_type = ""});
  request.tags = common_tags(plan_.request.name, owner_, operation_.id);
  request.tags.push_back({tag::user, plan_.image.user});
  request.tags.push_back({tag::host_key, host_key_.public_text});
  return request;
}

Result<aws::Instance> Transaction::launch_instance() {
  Pauses pauses(context_.clock);
  Error last;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    const aws::RunInstances request = request_of(attempt);
    auto written = context_.journal.attempt(operation_.id, {attempt, request.client_token, encode(request), ""});
    if (!written) return pass(written);
    launch_asked_ = true;
    context_.progress({"launch", fmt::format("Launching a {} in {}", request.instance_type, plan_.subnet.zone)});
    auto instance = same_call_again(request);
    if (instance) {
      if (auto noted = context_.journal.attempt_ended(operation_.id, attempt, instance->id); !noted) return pass(noted);
      return instance;
    }
    last = instance.error();
    const bool definite = !is_passing(last) && last.kind != ErrorClass::interrupted;
    if (!definite) return std::unexpected(last);
    if (auto noted = context_.journal.attempt_ended(operation_.id, attempt, last.code); !noted) return pass(noted);
    if (!is_stale(last.code)) break;
    auto worth_it = refresh_after(last);
    if (!worth_it) return pass(worth_it);
    if (!*worth_it) break;
    if (auto rested = pauses.rest(); !rested) return pass(rested);
  }
  return std::unexpected(told(last, plan_));
}

/// Until EC2 has given a definite answer. A token stands for one launch, so no number of calls makes a second one.
Result<aws::Instance> Transaction::same_call_again(const aws::RunInstances& request) {
  const Deadline deadline(context_.clock, kCallPatience);
  Pauses pauses(context_.clock, Duration{500});
  while (true) {
    auto instance = ec2_.run_instance(request);
    if (instance || !is_passing(instance.error())) return instance;
    if (deadline.passed()) return find_by_token(request.client_token, instance.error());
    context_.progress({"launch", "No answer yet; asking again: " + instance.error().message});
    if (auto rested = pauses.rest(); !rested) return pass(rested);
  }
}

/// Nothing counts as launched only once the filter has stayed empty for as long as EC2 may be late.
Result<aws::Instance> Transaction::find_by_token(const std::string& token, const Error& last) {
  const Deadline deadline(context_.clock, kConsistencyBound);
  Pauses pauses(context_.clock, Duration{1'000}, Duration{10'000});
  while (true) {
    auto found = ec2_.describe_instances({.instance_ids = {}, .filters = {{"client-token", {token}}}});
    if (!found && !is_passing(found.error())) return pass(found);
    if (found && !found->empty()) return found->front();
    if (deadline.passed()) return std::unexpected(last);
    if (auto rested = pauses.rest(); !rested) return pass(rested);
  }
}

/// Forgets what was wrong and asks anew. False if nothing has changed, so that another attempt would be the same.
Result<bool> Transaction::refresh_after(const Error& refusal) {
  const std::string& region = plan_.request.region;
  if (refusal.code.starts_with("InvalidGroup")) return true;  // just made: EC2 is late
  if (refusal.code.starts_with("InvalidKeyPair")) {
    forget_key_imported(context_, region, plan_.key_name);
    if (auto provided = provide_key(); !provided) return pass(provided);
    return true;
  }
  if (refusal.code.starts_with("InvalidAMIID")) {
    forget_image(context_, region, plan_.image.family, plan_.image.architecture);
    auto image = choose_image(context_, region, plan_.image.family, plan_.image.architecture);
    if (!image) return pass(image);
    const bool changed = image->id != plan_.image.id;
    plan_.image = *image;
    plan_.disk_gib = std::max(plan_.disk_gib, image->root_gib);
    return changed;
  }
  forget_subnets(context_, region, plan_.request.subnet);
  const std::string vpc_before = plan_.subnet.vpc_id;
  const std::string subnet_before = plan_.subnet.id;
  auto subnet = choose_subnet(context_, plan_.request, region, plan_.request.type);
  if (!subnet) return pass(subnet);
  plan_.subnet = *subnet;
  if (plan_.subnet.id.empty()) return false;
  if (vpc_before == plan_.subnet.vpc_id || remains_.group_id.empty()) return subnet_before != plan_.subnet.id;
  // Another VPC: the group of the old one is of no use. The name is taken again in the new one.
  if (auto removed = remove_all(context_, remains_, {kConsistencyBound, kConsistencyBound}); !removed)
    return pass(removed);
  remains_.group_id.clear();
  if (auto taken = take_name(); !taken) return pass(taken);
  if (existing_)
    return fail(ErrorClass::conflict, fmt::format("{} exists already.", plan_.request.name), "Run `hotaru up` again.");
  if (auto opened = open_port(); !opened) return pass(opened);
  return true;
}

}  // namespace hotaru::lifecycle
