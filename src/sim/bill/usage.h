#pragma once

#include <cstdint>
#include <vector>

#include "sim/world.h"

/// What things cost, by EC2's rules, in billionths of a US dollar before tax. Written apart from hotaru's own prices
/// (src/price), so that the two cannot agree on the same mistake: here is what a bill says, there what is foretold.
namespace hotaru::sim {

using NanoUsd = std::int64_t;

/// A month, where a price is by the month: 730 hours, as AWS's price pages have it.
constexpr Duration billing_month = std::chrono::hours(730);
/// Whole seconds; each begun one counts.
std::int64_t billed_seconds(TimePoint since, TimePoint until);

/// What an instance has on the bill by itself until now: a line for each of its runs (60 seconds at least, EC2 User
/// Guide, "Billing"), and for each public address that it had.
std::vector<Usage> usages_of(const World& world, const RegionState& state, const Instance& instance, TimePoint now);
/// From its creation, or its last change, on, whatever became of the instance.
Usage usage_of(const RegionState& state, const Volume& volume, TimePoint until);
Usage usage_of(const RegionState& state, const Snapshot& snapshot, TimePoint until);
/// From its allocation on, whoever has it.
Usage usage_of(const ElasticAddress& address, TimePoint until);
Usage usage_of(const Alarm& alarm, TimePoint until);

/// Of what is about to go: written down, so that the bill goes on telling it. Volumes have lines of their own.
void bill_instance(const World& world, RegionState& state, const Instance& instance);
void bill_address(RegionState& state, const ElasticAddress& address, TimePoint until);
void bill_volume(RegionState& state, const Volume& volume, TimePoint until);
void bill_snapshot(RegionState& state, const Snapshot& snapshot, TimePoint until);
void bill_alarm(RegionState& state, const Alarm& alarm, TimePoint until);

}  // namespace hotaru::sim
