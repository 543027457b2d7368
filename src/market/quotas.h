#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/ec2.h"
#include "base/result.h"

/// How much an account may run of a family of types, and how much of that it uses.
namespace hotaru::market {

/// A quota of EC2: a family (catalog::QuotaFamily's name), on demand or on spot.
struct QuotaKey {
  std::string family;
  bool spot = false;
  auto operator<=>(const QuotaKey&) const = default;
};

struct QuotaState {
  std::string family;
  bool spot = false;
  double limit = 0;  ///< vCPUs
  double used = 0;   ///< vCPUs of what is pending or running
  std::string code;  ///< "L-DB2E81BA"
  std::string name;  ///< "Running On-Demand G and VT instances"
};

/// Every family in both markets.
std::vector<QuotaKey> all_quotas();

/// The limits, found by their codes (a call each, if they are few) or by their names in the whole list. One that the
/// region does not have is left out.
Result<std::vector<QuotaState>> quota_limits(aws::Client& client, const std::string& region,
                                             const std::vector<QuotaKey>& keys, std::optional<Duration> deadline = {});
/// vCPUs of what is pending or running, by family and market. Service Quotas does not tell it. Types that the built-in
/// catalogue does not have are asked for.
Result<std::map<QuotaKey, double>> used_vcpus(aws::Ec2 ec2);
/// Puts the use into the limits; families that share a quota (P, P5 and P6 on demand) are counted together.
void set_use(std::vector<QuotaState>& states, const std::map<QuotaKey, double>& used);

/// Both, at once.
Result<std::vector<QuotaState>> quotas(aws::Client& client, const std::string& region);

}  // namespace hotaru::market
