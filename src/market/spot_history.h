#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/ec2.h"
#include "base/clock.h"
#include "base/result.h"

namespace hotaru::market {

/// What a type cost on the spot market of a zone over some time: from each step's time on that price, until the next.
struct SpotHistory {
  std::string region;
  std::string zone;     ///< as this account calls it
  std::string zone_id;  ///< "" where EC2 does not tell
  TimePoint since{};
  TimePoint until{};
  std::vector<std::pair<TimePoint, double>> steps;  ///< dollars an hour, by time; never empty; the first at `since` or
                                                    ///< when the zone had its first price
  double now() const { return steps.back().second; }
  double lowest() const;
  double highest() const;
  double mean() const;  ///< weighted by time
};

/// Linux, each zone of the region that has prices, the cheapest now first. `not_found` where there is none. A read.
Result<std::vector<SpotHistory>> spot_history(aws::Ec2 ec2, const std::string& type, TimePoint since, TimePoint until);

/// The same from what EC2 told, in any order. Pure.
std::vector<SpotHistory> to_histories(const std::string& region, const std::vector<aws::SpotPricePoint>& points,
                                      TimePoint since, TimePoint until);

}  // namespace hotaru::market
