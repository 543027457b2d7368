#pragma once

#include <string>

#include "aws/call.h"

/// Where a service answers: pure functions of the settings.
namespace hotaru::aws {

/// A service that we call.
struct Service {
  const char* name;      ///< as in `Call::service`; but for the sign-in services also what signatures name
  const char* variable;  ///< its part of AWS_ENDPOINT_URL_…; in lower case its key in a `services` section
  const char* host;      ///< what its host names begin with
  const char* title;     ///< for people
};
inline constexpr Service services[] = {
    {"ec2", "EC2", "ec2", "EC2"},
    {"sts", "STS", "sts", "STS"},
    {"ssm", "SSM", "ssm", "Systems Manager"},
    {"ec2-instance-connect", "EC2_INSTANCE_CONNECT", "ec2-instance-connect", "EC2 Instance Connect"},
    {"servicequotas", "SERVICE_QUOTAS", "servicequotas", "Service Quotas"},
    {"monitoring", "CLOUDWATCH", "monitoring", "CloudWatch"},
    {"pricing", "PRICING", "api.pricing", "AWS's price list"},
    {"sso", "SSO", "portal.sso", "IAM Identity Center"},
    {"sso-oidc", "SSO_OIDC", "oidc", "IAM Identity Center"},
};

/// The endpoint that the user has set for a service; "" if AWS's own is meant.
std::string own_endpoint(const Settings& settings, const std::string& service);

/// The URL of a service in a region, with '/' at its end: the user's, else AWS's by partition, dual stack and FIPS
/// ("https://ec2.us-east-1.amazonaws.com/").
std::string endpoint_of(const Settings& settings, const std::string& service, const std::string& region);

/// Where a region's EC2 answers without being asked anything: for round trips and the time.
std::string ping_url(const Settings& settings, const std::string& region);

/// A service as people call it; its own name if it is none of ours.
std::string title_of(const std::string& service);

/// Where the price list of a region's partition is asked: it answers for all of them, from few places (Price List
/// Query API, "Service endpoints").
std::string pricing_region(const std::string& region);

/// Whether a region is by its name one of China's, GovCloud's or another partition than the usual one.
bool in_another_partition(const std::string& region);

/// A region to ask STS in for a role, where none is chosen: the first one of its ARN's partition.
std::string home_region_of_arn(const std::string& arn);

}  // namespace hotaru::aws
