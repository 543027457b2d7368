#include "sim/bill/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "catalog/catalog.h"
#include "sim/prices.h"

namespace hotaru::sim {

namespace {

__extension__ using Wide = __int128;  // a price times milliseconds

constexpr std::int64_t hour_ms = 3'600'000;
constexpr NanoUsd address_hour = 5'000'000;   // $0.005 (Amazon VPC pricing)
constexpr NanoUsd alarm_month = 100'000'000;  // $0.10 (CloudWatch pricing); that some are free is not counted
constexpr Duration least_run = std::chrono::seconds(60);

constexpr int included_iops = 3000;
constexpr int included_throughput = 125;

/// `rate` for each `unit_ms`, rounded to the nearest.
NanoUsd cost(Wide rate, std::int64_t milliseconds, std::int64_t unit_ms) {
  return static_cast<NanoUsd>((rate * milliseconds + unit_ms / 2) / unit_ms);
}

std::int64_t billed_ms(TimePoint since, TimePoint until) { return billed_seconds(since, until) * 1000; }

/// What storage costs a month, as the sim's own price list tells it.
Wide month_of(const RegionState& state, std::string_view kind) {
  return std::llround(storage_price(state.region, kind).usd_per_month * 1e9);
}

std::string name_of(const RegionState& state, std::string_view instance_id) {
  const auto& tags = state.tags_of(instance_id);
  const auto found = tags.find("Name");
  return found == tags.end() ? "" : found->second;
}

/// By the spot price of each moment, as DescribeSpotPriceHistory tells it; nullopt: it is not known.
std::optional<NanoUsd> spot_cost(const World& world, const RegionState& state, const Instance& instance,
                                 const RunningInterval& run, TimePoint until) {
  const catalog::InstanceType* type = catalog::find_type(run.instance_type);
  if (type == nullptr) return std::nullopt;
  const Zone zone{instance.zone, instance.zone_id};
  // The newest first.
  const auto points = spot_history(world, state.region, zone, *type, run.start, until);
  if (points.empty()) return std::nullopt;
  Wide sum = 0;
  TimePoint end = until;
  for (const SpotPoint& one : points) {
    const TimePoint start = &one == &points.back() ? run.start : std::max(run.start, one.since);
    sum += static_cast<Wide>(std::llround(one.usd_per_hour * 1e9)) * (end - start).count();
    end = start;
  }
  return static_cast<NanoUsd>((sum + hour_ms / 2) / hour_ms);
}

Usage usage_of_run(const World& world, const RegionState& state, const Instance& instance, std::size_t number,
                   TimePoint now) {
  const RunningInterval& run = instance.intervals[number];
  const bool spot = instance.lifecycle == "spot";
  Usage usage;
  usage.id = fmt::format("{}/run/{}", instance.id, number);
  usage.kind = "compute";
  usage.what = fmt::format("{} ({})", run.instance_type, spot ? "spot" : "on-demand");
  usage.instance_id = instance.id;
  usage.name = name_of(state, instance.id);
  usage.since = run.start;
  usage.until = run.end.value_or(std::max(now, run.start));
  const auto billed = std::max(billed_ms(usage.since, usage.until), least_run.count());
  if (spot) {
    const auto sum = spot_cost(world, state, instance, run, run.start + Duration{billed});
    usage.priced = sum.has_value();
    usage.nano_usd = sum.value_or(0);
  } else {
    usage.priced = run.nano_usd_per_hour > 0;
    usage.nano_usd = cost(run.nano_usd_per_hour, billed, hour_ms);
  }
  return usage;
}

Usage usage_of_address(const RegionState& state, const Instance& instance, std::size_t number, TimePoint now) {
  const AddressTime& address = instance.addresses[number];
  Usage usage;
  usage.id = fmt::format("{}/address/{}", instance.id, number);
  usage.kind = "address";
  usage.what = std::string(address.address);
  usage.instance_id = instance.id;
  usage.name = name_of(state, instance.id);
  usage.since = address.since;
  usage.until = address.until.value_or(std::max(now, address.since));
  usage.nano_usd = cost(address_hour, billed_ms(usage.since, usage.until), hour_ms);
  return usage;
}

/// What never was for any time is on no bill.
void write_down(RegionState& state, Usage usage) {
  if (usage.since < usage.until || usage.kind == "compute") state.usages.put(std::move(usage));
}

}  // namespace

std::int64_t billed_seconds(TimePoint since, TimePoint until) {
  return std::max<std::int64_t>(0, ((until - since).count() + 999) / 1000);
}

std::vector<Usage> usages_of(const World& world, const RegionState& state, const Instance& instance, TimePoint now) {
  std::vector<Usage> usages;
  for (std::size_t number = 0; number < instance.intervals.size(); ++number)
    usages.push_back(usage_of_run(world, state, instance, number, now));
  for (std::size_t number = 0; number < instance.addresses.size(); ++number)
    usages.push_back(usage_of_address(state, instance, number, now));
  return usages;
}

Usage usage_of(const RegionState& state, const Volume& volume, TimePoint until) {
  Usage usage;
  const TimePoint since = volume.billed_from.value_or(volume.created);
  usage.id =
      volume.billed_from ? fmt::format("{}/{}", volume.id, since.time_since_epoch().count()) : std::string(volume.id);
  usage.kind = "disk";
  usage.what = fmt::format("{} GiB {}", volume.size_gib, volume.type);
  usage.instance_id = volume.made_for;
  usage.name = name_of(state, volume.made_for);
  usage.since = since;
  usage.until = std::max(until, since);
  usage.priced = volume.type == "gp3";
  if (!usage.priced) return usage;
  const Wide rate = month_of(state, "gp3") * volume.size_gib +
                    month_of(state, "iops") * std::max(0, volume.iops - included_iops) +
                    month_of(state, "throughput") * std::max(0, volume.throughput - included_throughput);
  usage.nano_usd = cost(rate, billed_ms(usage.since, usage.until), billing_month.count());
  return usage;
}

Usage usage_of(const RegionState& state, const Snapshot& snapshot, TimePoint until) {
  Usage usage;
  usage.id = snapshot.id;
  usage.kind = "snapshot";
  usage.what = fmt::format("{} of {}", snapshot.id, snapshot.volume_id);
  usage.since = snapshot.started;
  usage.until = std::max(until, snapshot.started);
  constexpr Wide gib = Wide{1} << 30;
  const Wide rate = month_of(state, "snapshot") * snapshot.bytes / gib;
  usage.nano_usd = cost(rate, billed_ms(usage.since, usage.until), billing_month.count());
  return usage;
}

Usage usage_of(const ElasticAddress& address, TimePoint until) {
  Usage usage;
  usage.id = address.id;
  usage.kind = "address";
  usage.what = address.public_ip;
  usage.since = address.allocated;
  usage.until = std::max(until, address.allocated);
  usage.nano_usd = cost(address_hour, billed_ms(usage.since, usage.until), hour_ms);
  return usage;
}

Usage usage_of(const Alarm& alarm, TimePoint until) {
  Usage usage;
  usage.id = fmt::format("alarm/{}/{}", alarm.id, alarm.created.time_since_epoch().count());
  usage.kind = "alarm";
  usage.what = alarm.id;
  const auto instance = alarm.dimensions.find("InstanceId");
  if (instance != alarm.dimensions.end()) usage.instance_id = instance->second;
  usage.since = alarm.created;
  usage.until = std::max(until, alarm.created);
  usage.nano_usd = cost(alarm_month, billed_ms(usage.since, usage.until), billing_month.count());
  return usage;
}

void bill_instance(const World& world, RegionState& state, const Instance& instance) {
  for (Usage& one : usages_of(world, state, instance, world.now())) write_down(state, std::move(one));
}

void bill_volume(RegionState& state, const Volume& volume, TimePoint until) {
  write_down(state, usage_of(state, volume, until));
}

void bill_snapshot(RegionState& state, const Snapshot& snapshot, TimePoint until) {
  write_down(state, usage_of(state, snapshot, until));
}

void bill_address(RegionState& state, const ElasticAddress& address, TimePoint until) {
  write_down(state, usage_of(address, until));
}

void bill_alarm(RegionState& state, const Alarm& alarm, TimePoint until) { write_down(state, usage_of(alarm, until)); }

}  // namespace hotaru::sim
