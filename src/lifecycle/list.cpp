#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "base/text.h"
#include "lifecycle/access.h"
#include "lifecycle/choose.h"
#include "lifecycle/expire.h"
#include "lifecycle/find.h"
#include "lifecycle/follow.h"
#include "lifecycle/limits.h"
#include "lifecycle/names.h"
#include "lifecycle/removal.h"

namespace hotaru::lifecycle {
namespace {

constexpr Duration kSweepPause{3600 * 1000};
/// Up to so many are told together, sorted; more are told as they come.
constexpr std::size_t kTogether = 1000;

using Instances = std::vector<aws::Instance>;
using Names = std::vector<std::string>;

/// From so many regions on their pages alone keep us busy: none is fetched ahead.
constexpr std::size_t kManyRegions = 4;

/// Pages of several regions come at the same time: the more there are the smaller, so that all together take about as
/// much memory as those of one.
int page_size(std::size_t regions) {
  return static_cast<int>(std::clamp<std::size_t>(2 * kTogether / std::max<std::size_t>(regions, 1), 100, kTogether));
}

aws::DescribeInstances question(bool all, std::size_t regions) {
  aws::DescribeInstances request;
  request.page_size = page_size(regions);
  request.ahead = regions < kManyRegions;
  // Ended ones bill nothing and are left out where they are, to spare the answer.
  request.filters.push_back({"instance-state-name", {"pending", "running", "stopping", "stopped", "shutting-down"}});
  if (!all) request.filters.push_back({"tag-key", {tag::name}});
  return request;
}

void sort(std::vector<Facts>& instances) {
  std::ranges::sort(instances, {}, [](const Facts& facts) { return std::tie(facts.region, facts.name, facts.id); });
}

struct Place {
  std::string region;
  Follower follower;
  bool sweep = false;   ///< what other machines left is looked for
  bool partly = false;  ///< some of it is listed
  std::vector<aws::SecurityGroup> groups = {};
  std::vector<aws::AlarmState> alarms = {};
  Result<void> outcome = {};
};

/// What several regions say, put together: asked at once, each from a thread of its own.
class Reading {
 public:
  Reading(Context& context, bool all, const TakeInstances& take) : context_(context), all_(all), take_(take) {}

  /// `swept`: the regions where what others left is looked for, if that is due.
  Result<void> read(const Names& regions, const std::set<std::string>& swept);
  /// One more region that could not be read.
  void note(RegionError error) { listing_.errors.push_back(std::move(error)); }
  Result<Listing> finish();

 private:
  Result<void> prepare(const std::string& region, bool may_sweep);
  Result<void> read_region(aws::Ec2 ec2, Place& place);
  void tell(std::vector<Facts> part);
  void take(Place& place, const Instances& part);
  std::vector<Facts> facts_of(const Place& place, const Instances& part) const;
  void settle(Place& place);
  Result<void> end_those_expired();

  Context& context_;
  bool all_;
  const TakeInstances& take_;
  std::map<std::string, Place> places_;
  std::vector<Facts> expired_;
  std::mutex mutex_;  ///< of all below, and of what a Follower writes
  Listing listing_;
};

Result<void> Reading::prepare(const std::string& region, bool may_sweep) {
  auto follower = Follower::begin(context_, region);
  if (!follower) return pass(follower);
  Place place{region, std::move(*follower)};
  if (may_sweep) {
    // Not at every call.
    auto swept = context_.known.fact(context_.scope, region, "swept", kSweepPause);
    place.sweep = swept && !*swept;
  }
  places_.emplace(region, std::move(place));
  return {};
}

Result<void> Reading::read(const Names& regions, const std::set<std::string>& swept) {
  Names fresh;  // each once
  for (const std::string& region : regions) {
    if (places_.contains(region)) continue;
    if (auto ready = prepare(region, swept.contains(region)); !ready) return ready;
    fresh.push_back(region);
  }
  auto outcomes = ask_regions<void>(context_, fresh,
                                    [&](const aws::Ec2& ec2) { return read_region(ec2, places_.at(ec2.region())); });
  for (std::size_t index = 0; index < fresh.size(); ++index) places_.at(fresh[index]).outcome = outcomes[index];
  return {};
}

Result<void> Reading::read_region(aws::Ec2 ec2, Place& place) {
  std::future<Result<std::vector<aws::SecurityGroup>>> groups;
  // Beside the instances, so that it costs no further round trip.
  const auto when = context_.one_by_one ? std::launch::deferred : std::launch::async;
  std::future<Result<std::vector<aws::AlarmState>>> alarms;
  if (place.sweep) groups = std::async(when, [ec2] { return groups_with_deadline(ec2); });
  if (place.sweep) alarms = std::async(when, [&] { return alarms_of_ours(context_, place.region); });
  Instances part;
  const aws::DescribeInstances wanted = question(all_, places_.size());
  const auto most = static_cast<std::size_t>(wanted.page_size);
  auto asked = ec2.each_instance(wanted, [&](aws::Instance instance) {
    part.push_back(std::move(instance));
    if (part.size() < most) return;
    take(place, part);
    part.clear();
  });
  if (!asked) return asked;
  take(place, part);
  if (!place.sweep) return {};
  auto found = groups.get();
  place.sweep = found.has_value();  // the listing is what was asked for; the next one looks again
  if (found) place.groups = std::move(*found);
  if (auto rung = alarms.get()) place.alarms = std::move(*rung);
  return {};
}

std::vector<Facts> Reading::facts_of(const Place& place, const Instances& part) const {
  std::vector<Facts> facts;
  facts.reserve(part.size());
  for (const aws::Instance& instance : part)
    if (instance.state != "terminated") facts.push_back(to_facts(instance, place.region));
  return facts;
}

void Reading::tell(std::vector<Facts> part) {
  sort(part);
  if (!part.empty()) take_(part);
}

void Reading::take(Place& place, const Instances& part) {
  auto facts = facts_of(place, part);
  const std::lock_guard lock(mutex_);
  place.follower.note(part);
  place.partly = place.partly || !facts.empty();
  for (const Facts& one : facts)
    if (is_expired(one, context_.clock.now())) expired_.push_back(one);
  const bool few = !listing_.told && listing_.instances.size() + facts.size() <= kTogether;
  if (!take_ || few) {
    std::ranges::move(facts, std::back_inserter(listing_.instances));
    return;
  }
  listing_.told = true;
  tell(std::exchange(listing_.instances, {}));
  tell(std::move(facts));
}

/// What is done once a region is read: by one thread.
void Reading::settle(Place& place) {
  place.follower.finish();
  if (!place.sweep) return;
  auto settled = remove_leftovers(context_, place.region, place.groups);
  if (!settled) return;
  listing_.settled.insert(listing_.settled.end(), settled->begin(), settled->end());
  auto silenced = remove_dead_alarms(context_, place.region, place.alarms);
  if (!silenced) return;
  listing_.settled.insert(listing_.settled.end(), silenced->begin(), silenced->end());
  (void)context_.known.set_fact(context_.scope, place.region, "swept", "yes");
}

/// What runs past its time limit is ended by whoever reads it.
Result<void> Reading::end_those_expired() {
  for (Facts& one : expired_) {
    auto ended = end_expired(context_, one);
    if (!ended && ended.error().kind == ErrorClass::interrupted) return pass(ended);
    if (!ended) {
      listing_.settled.push_back({.operation = one.operation,
                                  .name = one.name,
                                  .region = one.region,
                                  .pending = true,
                                  .text = one.name + " runs past its time limit, and bills: " + ended.error().message});
      continue;
    }
    listing_.settled.push_back(*ended);
    for (Facts& shown : listing_.instances)
      if (shown.id == one.id) shown.state = one.state;
  }
  return {};
}

Result<Listing> Reading::finish() {
  std::size_t failed = 0;
  for (auto& [region, place] : places_) {
    if (place.outcome) {
      settle(place);
      continue;
    }
    ++failed;
    Error error = place.outcome.error();
    if (error.kind == ErrorClass::interrupted) listing_.failure = error;
    if (listing_.told && place.partly) error.message = sentence(error.message) + " What is listed of it is not all.";
    std::erase_if(listing_.instances, [&](const Facts& facts) { return facts.region == region; });
    listing_.errors.push_back({region, std::move(error)});
  }
  if (!listing_.failure && failed > 0 && failed == places_.size()) listing_.failure = listing_.errors.front().error;
  if (listing_.failure && !listing_.told) return std::unexpected(*listing_.failure);
  sort(listing_.instances);
  if (auto ended = end_those_expired(); !ended) return pass(ended);
  return std::move(listing_);
}

/// Without a memory all regions are in use. Those that every account has are asked while EC2 says which others there
/// are: a cold start waits for one round trip and not for two. Elsewhere than in AWS's usual partition nobody knows.
bool can_guess(const Context& context) {
  const bool sim = context.scope.starts_with("sim/");
  return !context.one_by_one && (sim || !has_own_endpoint(context)) &&
         (context.region.empty() || catalog::is_region(context.region));
}

Names regions_of_every_account() {
  Names names;
  for (const catalog::Region& region : catalog::regions())
    if (!region.opt_in) names.emplace_back(region.name);
  return names;
}

Result<void> read_everywhere(Context& context, Reading& reading) {
  const std::set<std::string> here{context.region};  // what others left is not looked for in all thirty
  const std::string home = context.region.empty() ? "us-east-1" : context.region;
  if (!can_guess(context)) {
    auto enabled = enabled_regions(context);
    if (!enabled) return pass(enabled);
    if (auto read = reading.read(*enabled, here); !read) return read;
    (void)context.known.set_fact(context.scope, "", "regions-seen", "yes");
    return {};
  }
  auto asked = std::async(std::launch::async,
                          [ec2 = context.ec2(home).by(context.clock.steady() + aws::patience_with_regions)]() mutable {
                            return ec2.describe_regions();
                          });
  auto read = reading.read(regions_of_every_account(), here);
  const auto enabled = asked.get();
  if (!read) return read;
  if (!enabled) {
    reading.note({home, enabled.error()});
    return {};
  }
  Names names;
  for (const aws::RegionInfo& region : *enabled) names.push_back(region.name);
  if (auto rest = reading.read(names, here); !rest) return rest;
  (void)context.known.set_fact(context.scope, "", "regions-seen", "yes");
  return {};
}

}  // namespace

Result<Listing> list(Context& context, const ListRequest& request, const TakeInstances& take) {
  for (const std::string& region : request.regions)
    if (auto checked = check_region(context, region); !checked) return pass(checked);
  // Where this machine has made something and, always, the region that it works in.
  auto used = context.known.regions(context.scope);
  if (!used) return pass(used);
  auto seen = context.known.fact(context.scope, "", "regions-seen", Duration{365LL * 24 * 3600 * 1000});
  const bool no_memory = request.everywhere || (used->empty() && !(seen && *seen));
  if (!context.region.empty()) used->insert(context.region);
  Reading reading(context, request.all, take);
  if (request.regions.empty() && no_memory) {
    if (auto read = read_everywhere(context, reading); !read) return pass(read);
    return reading.finish();
  }
  Names regions = request.regions;
  if (regions.empty()) regions.assign(used->begin(), used->end());
  if (regions.empty()) regions.emplace_back("us-east-1");
  for (const std::string& region : regions)
    if (auto checked = check_region(context, region); !checked) return pass(checked);
  if (auto read = reading.read(regions, *used); !read) return pass(read);
  return reading.finish();
}

}  // namespace hotaru::lifecycle
