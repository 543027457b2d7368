#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "ledger/span.h"

namespace hotaru::ledger {

/// One thing of one instance over a time. US dollars before tax.
struct Line {
  std::string instance;
  std::string name;
  std::string region;
  std::string kind;  ///< "compute", "disk", "iops" (IOPS and throughput beyond what is included), "address", "alarms"
  std::string what;  ///< "g4dn.xlarge", "64 GiB gp3"
  Duration time{};   ///< billed
  std::optional<double> usd = {};           ///< nullopt: no price is known
  std::optional<double> usd_per_hour = {};  ///< of what goes on at the end of the time; 0 of what does not
  std::string as_of = {};                   ///< of the price
  bool estimated = false;                   ///< the price, or the time
};

struct Bill {
  std::vector<Line> lines;  ///< by name, instance, kind
  double total() const;
  double per_hour() const;
  double of_kind(const std::string& kind) const;
  /// Some line has no price.
  bool complete() const;
};

/// What spans cost from `from` to `to`. Those that go on are taken to go on until `to`, or until their limits end them.
/// By EC2's rules (User Guide, "Billing"): by the second, 60 seconds at least for each start; pending and stopped time
/// is free, disks always bill. Pure.
Bill bill(const std::vector<Span>& spans, const catalog::Catalog& catalog, TimePoint from, TimePoint to);

/// The first moment of a day and of a month, UTC, as AWS's bills have them.
TimePoint day_of(TimePoint time);
TimePoint month_of(TimePoint time);
TimePoint next_month(TimePoint time);

/// A month of a CloudWatch alarm of the standard kind, in every region; as of 2025.
inline constexpr double alarm_rate = 0.10;

}  // namespace hotaru::ledger
