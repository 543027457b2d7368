#pragma once

#include <string>
#include <vector>

#include "sim/bill/usage.h"
#include "sim/machine.h"

/// The exact bill of the sim: the truth that hotaru's own figures are held against.
namespace hotaru::sim {

struct BillLine {
  Usage usage;
  std::string region;
  bool open = false;  ///< it goes on: `until` is now
};

struct Bill {
  TimePoint as_of;
  std::vector<BillLine> lines;  ///< by their begin
  NanoUsd total() const;
  /// Of one instance, all kinds together.
  NanoUsd of_instance(const std::string& instance_id) const;
  /// Some line has no price: the sim does not know what it costs.
  bool complete() const;
};

/// All that was ever used, in all regions, up to now: from the running times that instances carry, and from what was
/// written down of those that are gone. Whatever is due by the clock is done first. Free tiers, taxes and traffic are
/// not in it. Takes the world's lock.
Bill bill_of(World& world, Machines* machines);

/// What `hotaru sim bill -o json` tells under "bill" (docs/json.md).
std::string bill_json(const Bill& bill);

}  // namespace hotaru::sim
