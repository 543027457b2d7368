#include "aws/endpoints.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hotaru::aws {

namespace {

/// What distinguishes AWS's separate worlds (botocore's partitions.json, 2025).
struct Partition {
  const char* name;
  const char* region_prefix;
  const char* suffix;
  const char* dual_stack_suffix;
  const char* home_region;
};
constexpr Partition partitions[] = {
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1"},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws", "us-gov-west-1"},
    {"aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"},
    {"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"},
    {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"},
    {"aws", "", "amazonaws.com", "api.aws", "us-east-1"},  // last: its prefix is everybody's
};

const Partition& partition(const std::string& region) {
  for (const Partition& one : partitions) {
    if (region.starts_with(one.region_prefix)) return one;
  }
  return partitions[std::size(partitions) - 1];
}

const Service* find_service(const std::string& service) {
  for (const Service& one : services) {
    if (service == one.name) return &one;
  }
  return nullptr;
}

std::string host_of(const std::string& service) {
  const Service* known = find_service(service);
  return known != nullptr ? known->host : service;
}

}  // namespace

std::string own_endpoint(const Settings& settings, const std::string& service) {
  const auto own = settings.endpoints.find(service);
  return own != settings.endpoints.end() ? own->second : settings.endpoint;
}

std::string endpoint_of(const Settings& settings, const std::string& service, const std::string& region) {
  std::string own = own_endpoint(settings, service);
  if (!own.empty()) return own.ends_with('/') ? own : own + "/";
  const Partition& where = partition(region);
  // GovCloud's usual host names are its FIPS ones; only its dual-stack ones say so in the name.
  const bool fips = settings.fips && (settings.dual_stack || std::string_view(where.name) != "aws-us-gov");
  return fmt::format("https://{}{}.{}.{}/", host_of(service), fips ? "-fips" : "", region,
                     settings.dual_stack ? where.dual_stack_suffix : where.suffix);
}

std::string ping_url(const Settings& settings, const std::string& region) {
  // An endpoint of one's own has one address for all regions: there it is the path that says which is meant.
  const std::string own = own_endpoint(settings, "ec2");
  if (own.empty()) return endpoint_of(settings, "ec2", region) + "ping";
  return own + (own.ends_with('/') ? "" : "/") + region + "/ping";
}

std::string title_of(const std::string& service) {
  const Service* known = find_service(service);
  return known != nullptr ? known->title : service;
}

std::string pricing_region(const std::string& region) {
  if (region.starts_with("cn-")) return "cn-northwest-1";
  if (region.starts_with("ap-")) return "ap-south-1";
  for (const char* near_frankfurt : {"eu-", "af-", "il-", "me-"}) {
    if (region.starts_with(near_frankfurt)) return "eu-central-1";
  }
  return "us-east-1";
}

bool in_another_partition(const std::string& region) { return *partition(region).region_prefix != '\0'; }

std::string home_region_of_arn(const std::string& arn) {
  const auto parts = split(arn, ':');
  for (const Partition& one : partitions) {
    if (parts.size() > 1 && parts[1] == one.name) return one.home_region;
  }
  return "us-east-1";
}

}  // namespace hotaru::aws
