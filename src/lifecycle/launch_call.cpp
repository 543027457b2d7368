#include <fmt/format.h>

#include <algorithm>

#include "aws/errors.h"
#include "base/file.h"
#include "base/text.h"
#include "catalog/quotas.h"
#include "lifecycle/choose.h"
#include "lifecycle/encode.h"
#include "lifecycle/keys.h"
#include "lifecycle/limits.h"
#include "lifecycle/names.h"
#include "lifecycle/refusals.h"
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
  if (error.kind == ErrorClass::capacity)
    error.hint = fmt::format("Let it go on by itself (--retry-for 2h), or try another region or type than {} in {}.",
                             plan.request.type, plan.request.region);
  if (error.kind == ErrorClass::quota)
    error.hint = fmt::format("Ask for more: hotaru quota request {} --region {}{}; `hotaru quota` shows what there is.",
                             plan.request.type, plan.request.region, plan.request.spot ? " --spot" : "");
  return error;
}

std::string zone_of(const Place& place, const SubnetChoice& subnet) {
  if (!subnet.zone.empty() && (place.zone_id.empty() || subnet.zone_id == place.zone_id)) return subnet.zone;
  return place.zone_id.empty() ? place.region : place.zone_id;
}

}  // namespace

bool moves_on(const Error& error) { return error.kind == ErrorClass::capacity || error.kind == ErrorClass::quota; }

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
  const guard::Limits limits = limits_here();
  const bool terminate = plan_.request.spot || limits.then == guard::End::terminate;
  request.shutdown_behavior = terminate ? "terminate" : "stop";
  request.block_devices.push_back(
      {.device_name = plan_.image.root_device, .size_gib = plan_.disk_gib, .volume_type = "gp3"});
  for (const std::string& device : plan_.image.ebs_devices)
    if (device != plan_.image.root_device)
      request.block_devices.push_back({.device_name = device, .size_gib = 0, .volume_type = ""});
  request.spot = plan_.request.spot;
  request.tags = common_tags(plan_.request.name, owner_, operation_.id);
  request.tags.push_back({tag::user, plan_.image.user});
  request.tags.push_back({tag::host_key, host_key_.public_text});
  const aws::Tags limit = limit_tags(limits, plan_.disk_gib);
  request.tags.insert(request.tags.end(), limit.begin(), limit.end());
  return request;
}

/// The plan as it is for one of its places: everything is remembered from the survey, so that it costs no call.
Result<void> Transaction::settle_in(const Place& place) {
  Request& request = plan_.request;
  request.type = place.type;
  request.spot = place.spot;
  plan_.price = place.price;
  plan_.gpu = gpu_text(place.type);
  if (place.zone_id.empty()) return {};
  Request there = request;
  there.zone = place.zone_id;
  auto subnet = choose_subnet(context_, there, request.region, place.type);
  if (!subnet) return pass(subnet);
  plan_.subnet = *subnet;
  auto type = choose_type(context_.catalog(), place.type, request.region);
  if (!type) return pass(type);
  plan_.gpu = type->gpu;
  const bool other_driver = request.image.empty() && plan_.image.family != "ubuntu";
  const std::string family = other_driver ? default_image(context_.catalog(), place.type) : plan_.image.family;
  const bool same_arch = type->architecture == plan_.image.architecture || plan_.image.architecture.empty();
  if (same_arch && family == plan_.image.family) return check_image_fits(context_.catalog(), plan_.image, place.type);
  auto image = choose_image(context_, request.region, family, type->architecture);
  if (!image) return pass(image);
  if (auto fits = check_image_fits(context_.catalog(), *image, place.type); !fits) return fits;
  plan_.image = *image;
  plan_.disk_gib = std::max(plan_.disk_gib, image->root_gib);
  return {};
}

Result<Launched> Transaction::launch_here() {
  auto instance = launch_instance();
  if (!instance) return pass(instance);
  stopwatch_.mark("launch");
  return finish(*instance);
}

/// A quota counts for a whole family in the region: what it refused once it refuses again.
bool Transaction::is_moot(const Place& place) const {
  return std::ranges::any_of(refusals_, [&](const Refusal& one) {
    return aws::classify(one.code, 400) == ErrorClass::quota && one.place.spot == place.spot &&
           catalog::quota_family_of(one.place.type) == catalog::quota_family_of(place.type);
  });
}

void Transaction::note_refusal(const Place& place, const Error& error) {
  refusals_.push_back({place, error.code, error.message});
  remember_refusal(context_, refusals_.back());
  context_.progress({"refused", fmt::format("{} in {}: {}", place.type, zone_of(place, plan_.subnet),
                                            error.code.empty() ? error.message : error.code)});
  on_refusal();
}

/// The first place by RunInstances; once it has refused, as many of the others as can be by one call.
Result<Launched> Transaction::launch_from(std::size_t& index) {
  const std::size_t together = refusals_.empty() ? 0 : fleet_size(index);
  if (together > 0) {
    auto launched = launch_fleet(std::span(plan_.places).subspan(index, together));
    if (launched || !goes_without_fleet(launched.error())) {
      index += together;
      return launched;
    }
  }
  const Place& place = plan_.places[index++];
  auto settled = settle_in(place);
  auto launched = settled ? launch_here() : Result<Launched>(pass(settled));
  if (launched) return launched;
  const bool no_subnet = !settled && launched.error().kind == ErrorClass::not_found && plan_.places.size() > 1;
  if (no_subnet) launched.error().kind = ErrorClass::capacity;  // this zone is not for this account
  if (moves_on(launched.error())) note_refusal(place, launched.error());
  return launched;
}

Result<Launched> Transaction::launch_somewhere() {
  if (plan_.places.empty())
    plan_.places.push_back({.type = plan_.request.type,
                            .region = plan_.request.region,
                            .zone_id = "",
                            .spot = plan_.request.spot,
                            .price = plan_.price});
  Error last{ErrorClass::quota, "The quota of that family does not suffice.", ""};
  for (std::size_t index = 0; index < plan_.places.size();) {
    if (is_moot(plan_.places[index])) {
      ++index;
      continue;
    }
    auto launched = launch_from(index);
    if (launched) {
      launched->refusals = refusals_;
      return launched;
    }
    last = launched.error();
    if (!moves_on(last)) break;
  }
  return std::unexpected(told(last, plan_));
}

Result<aws::Instance> Transaction::launch_instance() {
  Pauses pauses(context_.clock);
  Error last;
  for (int round = 0; round < kAttempts; ++round) {
    const int attempt = ++attempt_;
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
  return std::unexpected(last);
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
