#include "lifecycle/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "ledger/bill.h"
#include "ledger/book.h"
#include "lifecycle/choose.h"
#include "lifecycle/find.h"
#include "lifecycle/limits.h"
#include "lifecycle/names.h"
#include "lifecycle/waiting.h"

namespace hotaru::lifecycle {
namespace {

using ledger::Kind;
using ledger::Span;

/// What EC2 has of a region.
struct Seen {
  std::vector<aws::Instance> instances;
  std::vector<aws::Volume> volumes;
};

ledger::Sighting sighting_of(const std::string& region, const aws::Instance& instance) {
  const guard::Limits limits = read_limits(instance.tags);
  ledger::Sighting seen{.id = instance.id,
                        .name = aws::tag_value(instance.tags, tag::name),
                        .region = region,
                        .type = instance.type,
                        .state = instance.state,
                        .spot = instance.lifecycle == "spot",
                        .address = !instance.public_ip.empty()};
  seen.launched = parse_iso8601(instance.launch_time).value_or(TimePoint{});
  seen.changed = ledger::time_in_reason(instance.transition_reason);
  seen.alarms = (limits.any() ? 1 : 0) + (limits.until || limits.budget ? 1 : 0);
  seen.expires = limits.until;
  seen.gib = read_disk(instance.tags);
  seen.volumes = instance.volume_ids;
  return seen;
}

Result<Seen> read_region(aws::Ec2 ec2) {
  auto instances = ec2.describe_instances({.instance_ids = {}, .filters = {{"tag-key", {tag::name}}}});
  if (!instances) return pass(instances);
  auto volumes = ec2.describe_volumes({{"tag-key", {tag::name}}});
  if (!volumes) return pass(volumes);
  return Seen{std::move(*instances), std::move(*volumes)};
}

/// A volume that is there bills, whatever was known of it.
Span disk_of(const std::vector<Span>& known, const std::string& region, const aws::Volume& volume) {
  Span disk;
  const auto same = [&](const Span& span) { return span.kind == Kind::disk && span.id == volume.id; };
  const TimePoint created = parse_iso8601(volume.create_time).value_or(TimePoint{});
  if (const auto found = std::ranges::find_if(known, same); found != known.end())
    disk = *found;
  else
    disk.since = created;
  disk.kind = Kind::disk;
  disk.id = volume.id;
  if (!volume.instance_id.empty()) disk.instance = volume.instance_id;
  disk.name = aws::tag_value(volume.tags, tag::name);
  disk.region = region;
  disk.what = volume.type;
  disk.gib = volume.size_gib;
  disk.iops = volume.iops;
  disk.throughput = volume.throughput;
  disk.begun = created;
  disk.until.reset();
  disk.bounded = false;
  return disk;
}

/// Runs before the last start, of which EC2 does not tell.
std::optional<std::string> earlier_runs(const std::vector<Span>& known, const aws::Instance& instance,
                                        const std::vector<aws::Volume>& volumes) {
  constexpr Duration same_launch{120'000};
  const auto launched = parse_iso8601(instance.launch_time);
  if (!launched ||
      std::ranges::any_of(known, [&](const Span& span) { return span.kind == Kind::run && span.since < *launched; }))
    return std::nullopt;
  for (const aws::Volume& volume : volumes) {
    const auto created = parse_iso8601(volume.create_time);
    if (volume.instance_id != instance.id || !created || *created + same_launch >= *launched) continue;
    return fmt::format("{} was launched on {}: how long it ran before its start of {} is not known.",
                       aws::tag_value(instance.tags, tag::name), volume.create_time.substr(0, 10),
                       iso8601(*launched, false));
  }
  return std::nullopt;
}

/// Brings the ledger up to date with a region.
class Update {
 public:
  Update(Context& context, ledger::Book& book, Costs& costs) : context_(context), book_(book), costs_(costs) {}

  Result<void> run(const std::string& region, const Seen& seen) {
    std::set<std::string> there;
    for (const aws::Instance& instance : seen.instances) {
      there.insert(instance.id);
      if (auto told = see(region, instance, seen.volumes); !told) return told;
    }
    std::vector<Span> disks;
    for (const aws::Volume& volume : seen.volumes) {
      there.insert(volume.id);
      disks.push_back(disk_of(costs_.spans, region, volume));
    }
    if (auto put = book_.put(context_.scope, disks); !put) return put;
    return end_missing(region, there);
  }

 private:
  Result<void> see(const std::string& region, const aws::Instance& instance, const std::vector<aws::Volume>& volumes) {
    auto known = book_.of(context_.scope, instance.id);
    if (!known) return pass(known);
    if (auto earlier = earlier_runs(*known, instance, volumes)) costs_.unknown.push_back(*earlier);
    return book_.put(context_.scope,
                     ledger::after_sighting(*known, sighting_of(region, instance), context_.clock.now()));
  }

  /// What EC2 no longer has has ended; what is younger than its memory may be late.
  Result<void> end_missing(const std::string& region, const std::set<std::string>& there) {
    const TimePoint now = context_.clock.now();
    std::vector<Span> missing;
    for (const Span& span : costs_.spans)
      if (span.region == region && !span.until && !there.contains(span.id) && now - span.since > kConsistencyBound)
        missing.push_back(span);
    return book_.put(context_.scope, ledger::after_end(missing, now));
  }

  Context& context_;
  ledger::Book& book_;
  Costs& costs_;
};

Result<std::vector<std::string>> regions_of(Context& context, const Costs& costs) {
  auto used = context.known.regions(context.scope);
  if (!used) return pass(used);
  for (const Span& span : costs.spans) used->insert(span.region);
  if (costs.spans.empty()) return enabled_regions(context);
  if (!context.region.empty()) used->insert(context.region);
  return std::vector<std::string>(used->begin(), used->end());
}

}  // namespace

void note_sighting(Context& context, const std::string& region, const aws::Instance& instance,
                   const std::optional<HourlyPrice>& price, int disk_gib) {
  ledger::Book* book = instance.launch_time.empty() ? nullptr : context.book();
  if (book == nullptr) return;
  ledger::Sighting seen = sighting_of(region, instance);
  if (disk_gib > 0) seen.gib = disk_gib;
  if (price) {
    seen.usd_per_hour = price->usd;
    seen.price_as_of = price->as_of;
    seen.estimated = price->estimated;
  }
  auto known = book->of(context.scope, instance.id);
  if (!known) return;
  // Of others' instances nothing is kept; tags may come late.
  if (seen.name.empty() && known->empty() && !price) return;
  (void)book->put(context.scope, ledger::after_sighting(*known, seen, context.clock.now()));
}

void note_gone(Context& context, const std::string& id) {
  ledger::Book* book = context.book();
  if (book == nullptr) return;
  auto known = book->of(context.scope, id);
  if (known) (void)book->put(context.scope, ledger::after_end(*known, context.clock.now()));
}

std::optional<double> stopped_rate(Context& context, const Facts& facts) {
  if (!facts.ours || (facts.state != "stopped" && facts.state != "stopping")) return std::nullopt;
  ledger::Book* book = context.book();
  auto spans = book == nullptr ? Result<std::vector<Span>>() : book->of(context.scope, facts.id);
  if (!spans) return 0;
  std::erase_if(*spans, [](const Span& span) { return span.kind == Kind::run; });
  const TimePoint now = context.clock.now();
  return ledger::bill(*spans, context.catalog(), now, now + std::chrono::hours(1)).per_hour();
}

Result<Costs> costs(Context& context, const std::vector<std::string>& asked) {
  ledger::Book* book = context.book();
  if (book == nullptr) return fail(ErrorClass::io, "The ledger (ledger.db in hotaru's state folder) cannot be opened.");
  Costs costs;
  auto spans = book->all(context.scope);
  if (!spans) return pass(spans);
  costs.spans = std::move(*spans);
  if (costs.spans.empty())
    costs.unknown.emplace_back(
        "This machine's ledger begins now: what had ended before, and earlier runs of what is "
        "stopped, are not known.");
  for (const std::string& region : asked)
    if (auto checked = check_region(context, region); !checked) return pass(checked);
  auto regions = asked.empty() ? regions_of(context, costs) : Result<std::vector<std::string>>(asked);
  if (!regions) return pass(regions);
  auto answers = ask_regions<Seen>(context, *regions, read_region);
  Update update(context, *book, costs);
  for (std::size_t index = 0; index < regions->size(); ++index) {
    if (answers[index]) {
      if (auto done = update.run((*regions)[index], *answers[index]); !done) return pass(done);
      continue;
    }
    if (answers[index].error().kind == ErrorClass::interrupted) return std::unexpected(answers[index].error());
    costs.errors.push_back({(*regions)[index], answers[index].error()});
  }
  if (!regions->empty() && costs.errors.size() == regions->size()) return std::unexpected(costs.errors.front().error);
  spans = book->all(context.scope);
  if (!spans) return pass(spans);
  costs.spans = std::move(*spans);
  return costs;
}

}  // namespace hotaru::lifecycle
