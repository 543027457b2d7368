#include <algorithm>
#include <set>
#include <tuple>

#include "lifecycle/access.h"
#include "lifecycle/choose.h"
#include "lifecycle/find.h"
#include "lifecycle/keys.h"
#include "lifecycle/names.h"

namespace hotaru::lifecycle {
namespace {

constexpr Duration kSweepPause{3600 * 1000};

using Instances = std::vector<aws::Instance>;

aws::DescribeInstances question(bool all) {
  aws::DescribeInstances request;
  // Ended ones bill nothing and are left out where they are, to spare the answer.
  request.filters.push_back({"instance-state-name", {"pending", "running", "stopping", "stopped", "shutting-down"}});
  if (!all) request.filters.push_back({"tag-key", {tag::name}});
  return request;
}

/// Where this machine has made something and, always, the region that it works in. Without a memory: everywhere.
Result<std::vector<std::string>> regions_in_use(Context& context) {
  auto known = context.known.all(context.scope);
  if (!known) return pass(known);
  std::set<std::string> regions;
  for (const store::KnownInstance& each : *known) regions.insert(each.region);
  auto seen = context.known.fact(context.scope, "", "regions-seen", Duration{365LL * 24 * 3600 * 1000});
  if (regions.empty() && !(seen && *seen)) {
    auto enabled = enabled_regions(context);
    if (enabled) (void)context.known.set_fact(context.scope, "", "regions-seen", "yes");
    return enabled;
  }
  if (!context.region.empty()) regions.insert(context.region);
  if (regions.empty()) regions.insert("us-east-1");
  return std::vector<std::string>(regions.begin(), regions.end());
}

/// The cache follows what EC2 says of a region. An instance launched moments ago may not be listed yet: it stays.
void follow(Context& context, const std::string& region, const Instances& instances,
            const std::vector<store::KnownInstance>& known) {
  std::set<std::string> listed;
  for (const aws::Instance& instance : instances) {
    listed.insert(instance.id);
    if (aws::tag_value(instance.tags, tag::name).empty() || is_gone(instance.state)) continue;
    const auto before = std::ranges::find(known, instance.id, &store::KnownInstance::id);
    if (before != known.end() && before->state == instance.state && before->address == instance.public_ip) continue;
    (void)remember(context, {region, instance, before != known.end() ? std::optional(*before) : std::nullopt});
  }
  for (const store::KnownInstance& each : known)
    if (each.region == region && !listed.contains(each.id) && each.state != "pending" && !is_fresh(context, each))
      forget_instance(context, each.name, each.id);
}

/// What other machines left is looked for in the regions that are read anyway, but not at every call.
void sweep(Context& context, const std::string& region, Listing& listing) {
  auto swept = context.known.fact(context.scope, region, "swept", kSweepPause);
  if (!swept || *swept) return;
  auto settled = reconcile_region(context, region);
  if (!settled) return;  // the listing is what was asked for; the next one looks again
  listing.settled.insert(listing.settled.end(), settled->begin(), settled->end());
  (void)context.known.set_fact(context.scope, region, "swept", "yes");
}

}  // namespace

Result<Listing> list(Context& context, const ListRequest& request) {
  auto regions = request.regions.empty() ? regions_in_use(context) : Result<std::vector<std::string>>(request.regions);
  if (!regions) return pass(regions);
  for (const std::string& region : *regions)
    if (auto checked = check_region(context, region); !checked) return pass(checked);
  auto known = context.known.all(context.scope);
  if (!known) return pass(known);
  auto answers = ask_regions<Instances>(context, *regions,
                                        [&](aws::Ec2 ec2) { return ec2.describe_instances(question(request.all)); });
  Listing listing;
  std::set<std::string> used{context.region};  // not all thirty regions, where all are read for want of a memory
  for (const store::KnownInstance& each : *known) used.insert(each.region);
  for (std::size_t index = 0; index < answers.size(); ++index) {
    const std::string& region = (*regions)[index];
    if (!answers[index]) {
      if (answers[index].error().kind == ErrorClass::interrupted) return pass(answers[index]);
      listing.errors.push_back({region, answers[index].error()});
      continue;
    }
    follow(context, region, *answers[index], *known);
    if (used.contains(region)) sweep(context, region, listing);
    for (const aws::Instance& instance : *answers[index])
      if (instance.state != "terminated") listing.instances.push_back(to_facts(instance, region));
  }
  if (!listing.errors.empty() && listing.errors.size() == regions->size())
    return std::unexpected(listing.errors.front().error);
  std::ranges::sort(listing.instances, {},
                    [](const Facts& facts) { return std::tie(facts.region, facts.name, facts.id); });
  return listing;
}

Result<Facts> show(Context& context, const Which& which) {
  auto located = locate(context, which);
  if (!located) return pass(located);
  Facts facts = to_facts(located->instance, located->region);
  if (!facts.ours || is_gone(facts.state)) return facts;
  const store::KnownInstance known = remember(context, *located);
  if (!known.group_id.empty()) facts.group_id = known.group_id;
  return facts;
}

Result<store::KnownInstance> look_up(Context& context, const Which& which) {
  auto known = find_known(context, which);
  if (!known) return pass(known);
  if (*known) return **known;
  auto located = locate(context, which);
  if (!located) return pass(located);
  return to_known(to_facts(located->instance, located->region), {});
}

Result<ssh::Target> target(Context& context, const Which& which, bool refresh) {
  auto known = find_known(context, which);
  if (!known) return pass(known);
  if (*known && !refresh && !(*known)->address.empty() && (*known)->state == "running") {
    ssh::Target reach = target_of(context, **known);
    // Without a host key (seen by `ls` alone, or the file is lost) nothing could be verified: the tag has it.
    auto stored = ssh::stored_host_keys(reach);
    if (stored && !stored->empty()) return reach;
  }
  auto located = locate(context, which);
  if (!located) return pass(located);
  const Facts facts = to_facts(located->instance, located->region);
  if (facts.state != "running" || (facts.address.empty() && facts.private_address.empty()))
    return fail(ErrorClass::conflict,
                which.name + " is " + facts.state + (facts.state == "running" ? " without an address." : "."),
                facts.state == "stopped" ? "`hotaru start " + which.name + "` starts it." : "");
  if (auto ours = check_ours(*located, which); !ours) return pass(ours);
  store::KnownInstance fresh = remember(context, *located);
  if (fresh.address.empty()) fresh.address = facts.private_address;
  const ssh::Target reach = target_of(context, fresh);
  auto trusted = trust_host_key(context, reach, facts.host_key, facts.operation);
  if (!trusted) return pass(trusted);
  if (auto alias = ssh::write_alias(context.folders, reach); !alias) return pass(alias);
  return reach;
}

}  // namespace hotaru::lifecycle
