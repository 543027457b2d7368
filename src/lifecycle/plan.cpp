#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "lifecycle/access.h"
#include "lifecycle/choose.h"
#include "lifecycle/find.h"
#include "lifecycle/keys.h"
#include "lifecycle/limits.h"
#include "lifecycle/names.h"

namespace hotaru::lifecycle {
namespace {

constexpr int kDefaultDiskGib = 64;
constexpr int kLargestDiskGib = 16384;  // gp3's (EBS User Guide)

Result<std::string> choose_name(Context& context, const std::string& asked) {
  if (!asked.empty()) {
    if (auto checked = check_name(asked); !checked) return pass(checked);
    return asked;
  }
  auto known = context.known.all(context.scope);
  if (!known) return pass(known);
  std::vector<std::string> taken;
  for (const store::KnownInstance& each : *known) taken.push_back(each.name);
  return made_up_name(context.random, taken);
}

Error in_another_region(const LaunchPlan& plan, const std::string& region) {
  return {ErrorClass::conflict, fmt::format("{} is in use already, in {}.", plan.request.name, region),
          "Choose another name, or leave out --region."};
}

/// What has that name, by the cache (verified with EC2) or, for a dry run, by EC2's tags.
Result<std::optional<store::KnownInstance>> find_existing(Context& context, const LaunchPlan& plan, bool region_asked) {
  auto known = find_known(context, {plan.request.name, ""});
  if (!known) return pass(known);
  if (!*known && !plan.request.dry_run) return known;
  const std::string region = *known ? (*known)->region : plan.request.region;
  auto located = locate(context, {plan.request.name, region});
  if (!located && located.error().kind == ErrorClass::not_found) return std::optional<store::KnownInstance>{};
  if (!located) return pass(located);
  if (is_gone(located->instance.state)) return std::optional<store::KnownInstance>{};
  if (region_asked && region != plan.request.region) return std::unexpected(in_another_region(plan, region));
  return std::optional(to_known(to_facts(located->instance, region), located->known.value_or(store::KnownInstance{})));
}

/// A name of the cache whose instance is gone is forgotten, but not by a dry run.
void forget_gone(Context& context, const LaunchPlan& plan) {
  auto known = context.known.find(context.scope, plan.request.name);
  if (plan.request.dry_run || !known) return;
  for (const store::KnownInstance& each : *known) forget_instance(context, each.name, each.id);
}

Result<int> choose_disk(const Request& request, const ImageChoice& image) {
  if (request.disk_gib == 0) return std::max(kDefaultDiskGib, image.root_gib);
  if (request.disk_gib < image.root_gib)
    return fail(ErrorClass::invalid,
                fmt::format("A disk of {} GiB is too small for {}: the image itself has {}.", request.disk_gib,
                            image.id, image.root_gib),
                fmt::format("Say --disk {} or more.", image.root_gib));
  if (request.disk_gib < 1 || request.disk_gib > kLargestDiskGib)
    return fail(ErrorClass::invalid, fmt::format("A disk cannot have {} GiB.", request.disk_gib),
                fmt::format("From 1 to {} are possible.", kLargestDiskGib));
  return request.disk_gib;
}

Result<void> choose_key(Context& context, LaunchPlan& plan) {
  auto key = present_public_key(context, plan.request.key_file);
  if (!key) return pass(key);
  if (!*key) {
    plan.creates.emplace_back("an Ed25519 key for you on this machine, and its public half as a key pair in EC2");
    return {};
  }
  // Before anything is launched: a wait for a shell that nobody can open would end in a bill.
  if ((*key)->locked_out && plan.request.wait) return std::unexpected(*(*key)->locked_out);
  plan.key_name = (*key)->name;
  plan.identity = (*key)->identity;
  if (is_key_imported(context, plan.request.region, plan.key_name))
    plan.exists.push_back(fmt::format("key pair {}", plan.key_name));
  else
    plan.creates.push_back(fmt::format("key pair {}, unless it is there", plan.key_name));
  return {};
}

void describe(LaunchPlan& plan) {
  if (plan.subnet.id.empty())
    plan.creates.push_back(fmt::format("the default VPC of {}", plan.request.region));
  else
    plan.exists.push_back(fmt::format("subnet {} in {}", plan.subnet.id, plan.subnet.zone));
  plan.creates.push_back(
      fmt::format("security group {}, open to {} on port 22", plan.group_name, join(plan.from, ", ")));
  plan.creates.push_back(fmt::format("instance {} ({})", plan.request.name, plan.request.type));
  plan.creates.push_back(fmt::format("encrypted gp3 volume of {} GiB, deleted with the instance", plan.disk_gib));
}

/// What of the limits cannot be kept is said before anything is launched.
Result<void> check_limits(Context& context, LaunchPlan& plan) {
  const LimitWish& wish = plan.request.limits;
  if (plan.request.spot && wish.then == guard::End::stop && !wish.proposed)
    return fail(ErrorClass::invalid, "A one-time spot instance cannot be stopped, only terminated.",
                "Say --then terminate, or leave out --spot.");
  const TimePoint now = context.clock.now();
  const guard::Limits limits = planned_limits(plan, now);
  if (!limits.any()) return {};
  if (limits.until && *limits.until <= now + Duration{60'000})
    return fail(ErrorClass::invalid, "The time limit would have passed before it is there.", "Say a later time.");
  auto rates = rates_of(limits, {plan.request.type}, plan.request.region, plan.disk_gib);
  if (!rates) return pass(rates);
  const bool stops = limits.then == guard::End::stop;
  if (limits.budget && stops && *limits.budget <= rates->disks * 24 * 7)
    return fail(ErrorClass::invalid, "The budget is not more than its disk bills in a week once it is stopped.",
                "Say a larger --budget, or a smaller --disk.");
  if (limits.budget && plan.image.marketplace)
    plan.limit_notes.emplace_back("the budget does not count the software of the Marketplace product");
  if (const std::string refused = alarms_refused(context, plan.request.region); !refused.empty())
    plan.limit_notes.push_back("no CloudWatch alarms as a second line: " + refused);
  const AlarmSubject subject{
      .name = plan.request.name, .operation = "", .region = plan.request.region, .instance_id = "", .launched = now};
  const Alarms alarms = alarms_for(subject, limits, *rates, plan.request.type);
  if (!alarms.without_time.empty())
    plan.limit_notes.push_back("no CloudWatch alarm for its time: " + alarms.without_time);
  return {};
}

/// Fills in all that is left once it is known that something has to be launched.
Result<LaunchPlan> complete(Context& context, LaunchPlan plan) {
  const std::string& region = plan.request.region;
  auto type = choose_type(context.catalog(), plan.request.type, region);
  if (!type) return pass(type);
  plan.request.type = type->name;
  plan.gpu = type->gpu;
  if (plan.request.spot) type->price = spot_price_of(context.catalog(), region, type->name);
  plan.price = plan.places.empty() ? type->price : plan.places.front().price;
  auto from = choose_ranges(context, plan.request.from);
  if (!from) return pass(from);
  plan.from = *from;
  if (auto key = choose_key(context, plan); !key) return pass(key);
  const bool any_image = plan.request.image.empty();
  const std::string family = any_image ? default_image(context.catalog(), type->name) : plan.request.image;
  auto image = choose_image(context, region, family, type->architecture);
  // An endpoint that is not AWS's has no such images: plain Ubuntu does, and the plan says what it is.
  if (!image && any_image && family != "ubuntu" && image.error().kind == ErrorClass::not_found)
    image = choose_image(context, region, "ubuntu", type->architecture);
  if (!image) return pass(image);
  if (auto fits = check_image_fits(context.catalog(), *image, type->name); !fits) return pass(fits);
  plan.image = *image;
  if (!plan.request.user.empty()) plan.image.user = plan.request.user;
  auto disk = choose_disk(plan.request, plan.image);
  if (!disk) return pass(disk);
  plan.disk_gib = *disk;
  Request there = plan.request;
  if (!plan.places.empty()) there.zone = plan.places.front().zone_id;
  auto subnet = choose_subnet(context, there, region, type->name);
  if (!subnet) return pass(subnet);
  plan.subnet = *subnet;
  if (plan.places.empty()) plan.places = zones_to_try(context, plan.request, *type, *subnet);
  if (auto limited = check_limits(context, plan); !limited) return pass(limited);
  describe(plan);
  return plan;
}

}  // namespace

Result<LaunchPlan> plan(Context& context, const Request& request, const std::vector<Place>& places) {
  LaunchPlan plan;
  plan.request = request;
  plan.places = places;
  auto name = choose_name(context, request.name);
  if (!name) return pass(name);
  plan.request.name = *name;
  plan.group_name = group_name(*name);
  const bool region_asked = !request.region.empty();
  if (!region_asked) plan.request.region = context.region;
  if (!places.empty()) {
    plan.request.region = places.front().region;
    plan.request.type = places.front().type;
    plan.request.spot = places.front().spot;
  }
  if (auto checked = check_region(context, plan.request.region); !checked) return pass(checked);
  auto existing =
      request.name.empty() ? Result<std::optional<store::KnownInstance>>{} : find_existing(context, plan, region_asked);
  if (!existing) return pass(existing);
  if (*existing) {
    plan.existing = **existing;
    plan.request.region = (*existing)->region;
    plan.exists.push_back(fmt::format("instance {} ({}, {})", (*existing)->id, (*existing)->type, (*existing)->state));
    return plan;
  }
  forget_gone(context, plan);
  return complete(context, std::move(plan));
}

}  // namespace hotaru::lifecycle
