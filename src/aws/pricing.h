#pragma once

#include <string>
#include <vector>

#include "aws/client.h"
#include "base/result.h"

/// AWS's price list of EC2. It is asked in few places (pricing_region), for every region.
namespace hotaru::aws {

/// On demand, Linux, shared tenancy, before tax; in a region proper, not in a Local Zone.
struct OnDemandPrice {
  std::string region;
  std::string type;
  double usd_per_hour = 0;
  std::string as_of;  ///< the day of the list: "2026-11-20"; "" if it does not say
};

/// Of all types in a region.
Result<std::vector<OnDemandPrice>> on_demand_prices_in(Client& client, const std::string& region);
/// Of one type in all regions of the partition of `near`.
Result<std::vector<OnDemandPrice>> on_demand_prices_of(Client& client, const std::string& near,
                                                       const std::string& type);

/// What EBS costs a month in a region. Kinds as catalog::StoragePrice has them.
struct StoragePrice {
  std::string region;
  std::string kind;
  double usd_per_month = 0;
  std::string as_of;
};

/// gp3 volumes and snapshots: two calls.
Result<std::vector<StoragePrice>> storage_prices_in(Client& client, const std::string& region);
/// As the other.
void read_product(const std::string& product, std::vector<StoragePrice>& into);

/// One product of the list, as GetProducts hands it out: JSON in a text. Appends its price; nothing if it is no such
/// product. Never fails.
void read_product(const std::string& product, std::vector<OnDemandPrice>& into);

}  // namespace hotaru::aws
