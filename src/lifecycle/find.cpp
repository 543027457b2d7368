#include "lifecycle/find.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "lifecycle/choose.h"
#include "lifecycle/cost.h"
#include "lifecycle/names.h"
#include "lifecycle/waiting.h"

namespace hotaru::lifecycle {
namespace {

constexpr const char* kUserKey = "ssh/id_ed25519";

using Instances = std::vector<aws::Instance>;

bool is_id(const std::string& name) { return name.starts_with("i-"); }

/// Instances by id, or all of hotaru's: their names are candidates for "did you mean".
aws::DescribeInstances question(const Which& which) {
  if (is_id(which.name)) return {.instance_ids = {}, .filters = {{"instance-id", {which.name}}}};
  return {.instance_ids = {}, .filters = {{"tag-key", {tag::name}}}};
}

bool is_meant(const aws::Instance& instance, const std::string& name) {
  return is_id(name) ? instance.id == name : aws::tag_value(instance.tags, tag::name) == name;
}

Result<std::vector<std::string>> regions_to_search(Context& context, const Which& which) {
  if (which.region.empty()) return enabled_regions(context);
  if (auto checked = check_region(context, which.region); !checked) return pass(checked);
  return std::vector<std::string>{which.region};
}

/// `forbidden`: regions that the account's rules keep from being read, where it cannot have made anything either.
Error no_instance(const Which& which, const std::vector<std::string>& names,
                  const std::vector<std::string>& forbidden) {
  std::string place = which.region.empty() ? "" : " in " + which.region;
  if (!forbidden.empty()) place = " in the regions that may be read (not " + join(forbidden, ", ") + ")";
  const auto near = nearest(which.name, names);
  return {ErrorClass::not_found, fmt::format("There is no instance {}{}.", which.name, place),
          near ? "Did you mean " + *near + "?" : "`hotaru ls` shows what there is."};
}

Error ambiguous(const Which& which, const std::vector<Located>& found) {
  std::vector<std::string> places;
  for (const Located& each : found) places.push_back(fmt::format("{} in {}", each.instance.id, each.region));
  return {ErrorClass::conflict, fmt::format("There are several instances {}: {}.", which.name, join(places, ", ")),
          "Say which with --region, or by its id."};
}

/// Live ones if there are any, else the newest of the ended ones.
std::vector<Located> choose(std::vector<Located> candidates) {
  std::vector<Located> live;
  for (const Located& each : candidates)
    if (!is_gone(each.instance.state)) live.push_back(each);
  if (!live.empty() || candidates.empty()) return live;
  const auto by_time = [](const Located& each) { return each.instance.launch_time; };
  return {*std::ranges::max_element(candidates, {}, by_time)};
}

Result<Located> search(Context& context, const Which& which) {
  auto regions = regions_to_search(context, which);
  if (!regions) return pass(regions);
  const auto answers =
      ask_regions<Instances>(context, *regions, [&](aws::Ec2 ec2) { return ec2.describe_instances(question(which)); });
  std::vector<Located> candidates;
  std::vector<std::string> names;
  std::vector<std::string> forbidden;
  std::optional<Error> problem;
  for (std::size_t index = 0; index < answers.size(); ++index) {
    if (!answers[index]) {
      const Error& error = answers[index].error();
      if (error.kind == ErrorClass::unauthorized) forbidden.push_back((*regions)[index]);
      if (!problem || problem->kind == ErrorClass::unauthorized || error.kind == ErrorClass::interrupted)
        problem = error;
      continue;
    }
    for (const aws::Instance& instance : *answers[index]) {
      if (!is_gone(instance.state)) names.push_back(aws::tag_value(instance.tags, tag::name));
      if (is_meant(instance, which.name)) candidates.push_back({(*regions)[index], instance, std::nullopt});
    }
  }
  auto chosen = choose(std::move(candidates));
  if (chosen.size() > 1) return std::unexpected(ambiguous(which, chosen));
  const bool nothing_else =
      problem && (problem->kind != ErrorClass::unauthorized || forbidden.size() == regions->size());
  if (chosen.empty()) return std::unexpected(nothing_else ? *problem : no_instance(which, names, forbidden));
  return located_of(context, chosen.front().region, chosen.front().instance);
}

}  // namespace

Located located_of(Context& context, const std::string& region, const aws::Instance& instance) {
  Located located{region, instance, std::nullopt};
  auto known = context.known.find(context.scope, aws::tag_value(instance.tags, tag::name));
  if (!known) return located;
  for (const store::KnownInstance& each : *known)
    if (each.id == instance.id) located.known = each;
  return located;
}

Result<std::vector<std::string>> enabled_regions(Context& context) {
  const std::string home = context.region.empty() ? "us-east-1" : context.region;
  if (auto checked = check_region(context, home); !checked) return pass(checked);
  auto regions = context.ec2(home).describe_regions();
  if (!regions) return pass(regions);
  std::vector<std::string> names;
  for (const aws::RegionInfo& region : *regions) names.push_back(region.name);
  if (names.empty()) names.push_back(home);
  return names;
}

Result<std::vector<std::string>> remembered_regions(Context& context, bool fresh) {
  constexpr Duration day{24 * 3600 * 1000};
  if (!fresh) {
    auto kept = context.known.fact(context.scope, "", "regions-enabled", day);
    if (kept && *kept && !(*kept)->empty()) return split(**kept, ' ');
  }
  auto regions = enabled_regions(context);
  if (regions) (void)context.known.set_fact(context.scope, "", "regions-enabled", join(*regions, " "));
  return regions;
}

Result<std::optional<store::KnownInstance>> find_known(Context& context, const Which& which) {
  auto all = is_id(which.name) ? context.known.all(context.scope) : context.known.find(context.scope, which.name);
  if (!all) return pass(all);
  std::erase_if(*all, [&](const store::KnownInstance& each) {
    return (is_id(which.name) && each.id != which.name) || (!which.region.empty() && each.region != which.region);
  });
  if (all->empty()) return std::optional<store::KnownInstance>{};
  if (all->size() > 1)
    return fail(
        ErrorClass::conflict,
        fmt::format("There are several instances {}: in {} and {}.", which.name, (*all)[0].region, (*all)[1].region),
        "Say which with --region.");
  return std::optional(all->front());
}

bool is_fresh(Context& context, const store::KnownInstance& known) {
  auto operation = context.journal.find(known.operation);
  return operation && *operation && context.clock.now() - (*operation)->touched < kConsistencyBound;
}

namespace {

/// What EC2 has of an instance that was seen before. One that this machine has just launched may be unknown to EC2's
/// readers, and without its tags, for a while (eventual consistency): that is waited for.
Result<Instances> look_up(Context& context, const store::KnownInstance& known) {
  Pauses pauses(context.clock);
  while (true) {
    auto found =
        context.ec2(known.region).describe_instances({.instance_ids = {}, .filters = {{"instance-id", {known.id}}}});
    const bool whole = found && !found->empty() && !aws::tag_value(found->front().tags, tag::name).empty();
    if (!found || whole || !is_fresh(context, known)) return found;
    if (auto rested = pauses.rest(); !rested) return pass(rested);
  }
}

}  // namespace

Result<Located> locate(Context& context, const Which& which) {
  auto known = find_known(context, which);
  if (!known) return pass(known);
  if (!*known) return search(context, which);
  const std::string region = (*known)->region;
  auto found = look_up(context, **known);
  if (!found) return pass(found);
  if (!found->empty() && !is_gone(found->front().state)) return Located{region, found->front(), *known};
  // What the cache knew has ended; the name may have been taken again, by this account's other machines.
  auto again = search(context, which);
  if (again || again.error().kind != ErrorClass::not_found || found->empty()) return again;
  return Located{region, found->front(), *known};
}

Result<std::optional<aws::SecurityGroup>> group_of(Context& context, const Located& located) {
  const std::string name = aws::tag_value(located.instance.tags, tag::name);
  if (name.empty()) return std::optional<aws::SecurityGroup>{};
  aws::Filters filters{{"group-name", {group_name(name)}}, {"tag:" + std::string(tag::name), {name}}};
  if (!located.instance.vpc_id.empty()) filters.push_back({"vpc-id", {located.instance.vpc_id}});
  auto groups = context.ec2(located.region).describe_security_groups(filters);
  if (!groups) return pass(groups);
  if (groups->empty()) return std::optional<aws::SecurityGroup>{};
  return std::optional(groups->front());
}

OwnKey own_key(const Context& context) {
  const auto file = context.folders.state / kUserKey;
  auto text = read_file(file.string() + ".pub");
  return {file.string(), text ? key_pair_name(*text) : ""};
}

store::KnownInstance to_remember(const Located& located, const OwnKey& key) {
  auto known = to_known(to_facts(located.instance, located.region), located.known.value_or(store::KnownInstance{}));
  if (!located.known && !key.pair.empty() && located.instance.key_name == key.pair) known.identity = key.file;
  return known;
}

store::KnownInstance remember(Context& context, const Located& located) {
  note_sighting(context, located.region, located.instance);
  const store::KnownInstance known = to_remember(located, own_key(context));
  (void)context.known.put(context.scope, known);
  return known;
}

Result<void> check_ours(const Located& located, const Which& which) {
  if (!aws::tag_value(located.instance.tags, tag::name).empty()) return {};
  Error error{ErrorClass::conflict, fmt::format("{} was not made by hotaru, so hotaru leaves it alone.", which.name),
              "Use the console or the AWS CLI for it."};
  error.code = is_not_ours;
  return std::unexpected(error);
}

Result<std::optional<aws::Instance>> instance_in_group(Context& context, const std::string& region,
                                                       const std::string& group_id) {
  auto found =
      context.ec2(region).describe_instances({.instance_ids = {}, .filters = {{"instance.group-id", {group_id}}}});
  if (!found) return pass(found);
  for (const aws::Instance& instance : *found)
    if (!is_gone(instance.state)) return std::optional(instance);
  return std::optional<aws::Instance>{};
}

}  // namespace hotaru::lifecycle
