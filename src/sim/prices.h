#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "sim/world.h"

/// What instances cost here: the catalogue's prices, until a scenario has others.
namespace hotaru::sim {

/// US dollars an hour, Linux, shared tenancy; nullopt where the catalogue has no price.
std::optional<double> on_demand_price(const World& world, const std::string& region, std::string_view type);

/// Dollars a month of storage (kinds: catalog::StoragePrice).
struct StorageRate {
  double usd_per_month = 0;
  std::string as_of;
  bool made_up = false;  ///< nobody has told it: us-east-1's, dearer as instances are dearer
};
/// The same kinds in every region.
StorageRate storage_price(const std::string& region, std::string_view kind);

/// From `since` on, until the next one.
struct SpotPoint {
  TimePoint since;
  double usd_per_hour = 0;
};

/// Spot prices are kept so long (EC2 User Guide, "Spot Instance pricing history").
constexpr Duration spot_history_length = std::chrono::hours(24 * 90);

/// The prices that held at some time from `start` to `end`, newest first; empty where the type is no spot instance, is
/// not offered in the zone, or has no price. They change some times a day around the on-demand price less what Amazon's
/// advisor tells of savings: nothing of it is stored, the same time always gives the same price.
std::vector<SpotPoint> spot_history(const World& world, const std::string& region, const Zone& zone,
                                    const catalog::InstanceType& type, TimePoint start, TimePoint end);

/// What a spot instance costs there now; nullopt as above.
std::optional<double> spot_price(const World& world, const std::string& region, const Zone& zone,
                                 const catalog::InstanceType& type);

}  // namespace hotaru::sim
