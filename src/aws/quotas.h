#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"
#include "base/clock.h"
#include "base/result.h"

/// Service Quotas of EC2 in one region: how much the account may run, and asking for more.
namespace hotaru::aws {

struct Quota {
  std::string code;  ///< "L-DB2E81BA"
  std::string name;  ///< "Running On-Demand G and VT instances"
  double value = 0;  ///< for instances: vCPUs
  bool adjustable = false;
};

/// A request for a higher quota.
struct QuotaChange {
  std::string id;
  std::string case_id;  ///< of AWS Support; "" if there is none
  std::string quota_code;
  std::string quota_name;
  double desired = 0;
  std::string status;  ///< "PENDING", "CASE_OPENED", "APPROVED", "DENIED", "CASE_CLOSED", "NOT_APPROVED", …
  std::optional<TimePoint> created;
  std::optional<TimePoint> updated;
};

/// The applied value, which may be higher than AWS's default; the default where none was ever applied. `not_found`: the
/// region has no such quota.
/// `deadline`: in the clock's steady time, when an answer is of no use any more.
Result<Quota> get_quota(Client& client, const std::string& region, const std::string& code,
                        std::optional<Duration> deadline = {});
/// All applied values.
Result<std::vector<Quota>> list_quotas(Client& client, const std::string& region,
                                       std::optional<Duration> deadline = {});
/// What a new account has.
Result<std::vector<Quota>> list_default_quotas(Client& client, const std::string& region);
/// Not idempotent: with a request open, `conflict`.
Result<QuotaChange> request_quota_increase(Client& client, const std::string& region, const std::string& code,
                                           double desired);
/// Newest first; of one quota, or of all with "".
Result<std::vector<QuotaChange>> quota_changes(Client& client, const std::string& region, const std::string& code);
Result<QuotaChange> get_quota_change(Client& client, const std::string& region, const std::string& id);

}  // namespace hotaru::aws
