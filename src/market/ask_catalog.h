#pragma once

#include <string>
#include <vector>

#include "aws/client.h"
#include "aws/ec2.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/stored.h"

/// What AWS tells of one region, as the stored catalogue has it.
namespace hotaru::market {

/// Zones of each type (DescribeInstanceTypeOfferings).
Result<catalog::StoredRegion> ask_offerings(aws::Client& client, const Clock& clock, const std::string& region);
/// On demand, Linux (the price list, GetProducts). `not_found` where the list has none for the region.
Result<catalog::StoredRegion> ask_prices(aws::Client& client, const Clock& clock, const std::string& region);
/// EBS (the price list, GetProducts, two calls). `not_found` as above.
Result<catalog::StoredRegion> ask_storage(aws::Client& client, const Clock& clock, const std::string& region);
/// The price of now, by type and zone id (DescribeSpotPriceHistory, with DescribeAvailabilityZones for the ids).
Result<catalog::StoredRegion> ask_spot(aws::Client& client, const Clock& clock, const std::string& region);

/// Lines of types, by name; those of `infos` win over those that stand in `before`.
std::string merge_types(const std::string& before, const std::vector<aws::TypeInfo>& infos);
/// The names that begin the lines of a part.
std::vector<std::string> names_in(const std::string& rows);

}  // namespace hotaru::market
