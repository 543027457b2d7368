#include "sim/bill/bill.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "base/text.h"
#include "sim/instances/life.h"
#include "sim/json_object.h"

namespace hotaru::sim {

namespace {

/// Ends what has ended, as far as the clock and the machines tell; what that begins is done before the bill is made.
void bring_up_to_date(World& world, Machines* machines) {
  // An ending that is begun by the first round is over in the second.
  for (int round = 0; round < 2; ++round) {
    Later later;
    {
      const auto lock = world.lock();
      for (RegionState* state : world.regions()) settle(world, *state, machines, later);
    }
    for (const auto& one : later) one();
  }
}

void add_region(const World& world, const RegionState& state, Bill& bill) {
  for (const auto& [id, usage] : state.usages.all()) bill.lines.push_back({usage, state.region});
  for (const auto& [id, instance] : state.instances.all()) {
    const bool runs = !instance.intervals.empty() && !instance.intervals.back().end;
    const bool has_address = !instance.addresses.empty() && !instance.addresses.back().until;
    for (Usage& one : usages_of(world, state, instance, bill.as_of)) {
      const bool open = one.until == bill.as_of && (one.kind == "compute" ? runs : has_address);
      bill.lines.push_back({std::move(one), state.region, open});
    }
  }
  for (const auto& [id, volume] : state.volumes.all())
    bill.lines.push_back({usage_of(state, volume, bill.as_of), state.region, true});
  for (const auto& [id, snapshot] : state.snapshots.all())
    bill.lines.push_back({usage_of(state, snapshot, bill.as_of), state.region, true});
  for (const auto& [id, address] : state.elastic_addresses.all())
    bill.lines.push_back({usage_of(address, bill.as_of), state.region, true});
  for (const auto& [name, alarm] : state.alarms.all())
    bill.lines.push_back({usage_of(alarm, bill.as_of), state.region, true});
}

double dollars(NanoUsd amount) { return static_cast<double>(amount) / 1e9; }

void write_line(const BillLine& line, JsonObject& item) {
  const Usage& usage = line.usage;
  item.text("kind", usage.kind)
      .text("what", usage.what)
      .text("region", line.region)
      .text("instance_id", usage.instance_id)
      .text("name", usage.name)
      .text("since", iso8601(usage.since))
      .text("until", iso8601(usage.until))
      .flag("open", line.open)
      .number("seconds", billed_seconds(usage.since, usage.until))
      .flag("priced", usage.priced)
      .real("usd", dollars(usage.nano_usd));
}

}  // namespace

NanoUsd Bill::total() const {
  return std::accumulate(lines.begin(), lines.end(), NanoUsd{0},
                         [](NanoUsd sum, const BillLine& one) { return sum + one.usage.nano_usd; });
}

NanoUsd Bill::of_instance(const std::string& instance_id) const {
  NanoUsd sum = 0;
  for (const BillLine& one : lines)
    if (one.usage.instance_id == instance_id) sum += one.usage.nano_usd;
  return sum;
}

bool Bill::complete() const {
  return std::ranges::all_of(lines, [](const BillLine& one) { return one.usage.priced; });
}

Bill bill_of(World& world, Machines* machines) {
  bring_up_to_date(world, machines);
  const auto lock = world.lock();
  Bill bill;
  bill.as_of = world.now();
  for (const RegionState* state : world.regions()) add_region(world, *state, bill);
  std::ranges::sort(bill.lines, {}, [](const BillLine& one) {
    return std::tuple(one.usage.since, one.usage.instance_id, one.usage.kind, one.usage.id);
  });
  return bill;
}

std::string bill_json(const Bill& bill) {
  std::map<std::string, NanoUsd> kinds;
  for (const BillLine& one : bill.lines) kinds[one.usage.kind] += one.usage.nano_usd;
  JsonObject by_kind;
  for (const auto& [kind, amount] : kinds) by_kind.real(kind, dollars(amount));
  return JsonObject{}
      .text("as_of", iso8601(bill.as_of))
      .flag("simulated", true)
      .objects("lines", bill.lines, write_line)
      .object("usd_by_kind", by_kind)
      .real("total_usd", dollars(bill.total()))
      .flag("complete", bill.complete())
      .texts("not_counted", std::vector<std::string>{"traffic", "free tiers", "tax"})
      .str();
}

}  // namespace hotaru::sim
