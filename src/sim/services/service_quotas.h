#pragma once

#include <string>

#include "sim/action.h"
#include "sim/quotas.h"

namespace hotaru::sim::services {

constexpr auto ec2_service_name = "Amazon Elastic Compute Cloud (Amazon EC2)";

/// NoSuchResourceException for every service but EC2.
Refusal check_service(const std::string& service_code);
/// The quota of a call that names it, or NoSuchResourceException.
ApiResult<const Quota*> named_quota(const std::string& service_code, const std::string& quota_code);
/// "arn:aws:servicequotas:REGION:ACCOUNT:ec2/CODE"; of AWS's default no account stands in it.
std::string quota_arn(const std::string& region, const std::string& account, const Quota& quota);

}  // namespace hotaru::sim::services
