#pragma once

#include <span>
#include <string_view>

namespace hotaru::catalog {

/// Types whose vCPUs one quota of EC2 counts together (Service Quotas, service code "ec2"; per region, and apart for
/// on-demand and spot). GPU families begin with 0 in a new account.
struct QuotaFamily {
  std::string_view name;            ///< "g", "p", "p5", "p6", "standard", "inf", "trn", "dl", "f", "x", "hpc", "u"
  std::string_view on_demand_name;  ///< "Running On-Demand G and VT instances"
  std::string_view on_demand_code;  ///< "L-DB2E81BA"; "": to be found by the name
  std::string_view spot_name;       ///< "All G and VT Spot Instance Requests"
  std::string_view spot_code;       ///< "": to be found by the name
  bool has_gpus;
};

/// P, P5 and P6 share their on-demand quota, and have spot quotas of their own.
std::span<const QuotaFamily> quota_families();
/// The family that a type counts in: by the letters of its name, and its generation for P. nullptr for families that
/// nobody has told us of.
const QuotaFamily* quota_family_of(std::string_view type);

}  // namespace hotaru::catalog
