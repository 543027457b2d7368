#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hotaru::catalog {

/// One EC2 instance type, as DescribeInstanceTypes told it (data/instance_types.csv). Sizes: MiB and GB as EC2 gives
/// them.
struct InstanceType {
  std::string_view name;  ///< "g4dn.xlarge"
  std::string_view arch;  ///< "x86_64" or "arm64"
  int vcpus;
  int memory_mib;
  std::string_view gpu_manufacturer;  ///< "NVIDIA", "AMD" …; "" without a GPU
  std::string_view gpu_name;          ///< "T4"; "" without a GPU
  int gpu_count;                      ///< whole GPUs; 0 for a fraction of one
  int logical_gpu_count;              ///< GPUs as the guest sees them: equals gpu_count, 1 for a fraction
  double gpu_partition;               ///< 0.125 … 0.5 for a fraction, 1 for whole GPUs, 0 without
  int gpu_memory_mib;                 ///< of one GPU (of the fraction, where it is one)
  int local_nvme_gb;
  std::string_view network;
  bool efa;
  std::string_view ena;  ///< "required", "supported", "unsupported"
  bool bare_metal;
  std::string_view virtualization;  ///< "hvm"
  std::string_view boot_modes;      ///< "legacy-bios+uefi"
  std::string_view usage_classes;   ///< "on-demand+spot"
  bool current_generation;
  bool has_gpu() const { return gpu_count > 0 || logical_gpu_count > 0; }
};

/// On-demand Linux price, shared tenancy, before tax.
struct Price {
  double usd_per_hour;
  std::string_view as_of;  ///< "2025-04-04"
};

struct Region {
  std::string_view name;  ///< "ap-northeast-1"
  bool opt_in;            ///< must be enabled by the account first
};

/// A GPU type that EC2 no longer offers to new users.
struct RetiredType {
  std::string_view pattern;  ///< "p2.*"
  std::string_view gpu;
  std::string_view successor;  ///< a type of today to use instead
};

std::span<const InstanceType> types();
std::span<const Region> regions();
std::span<const RetiredType> retired_types();

const InstanceType* find_type(std::string_view name);
bool is_region(std::string_view name);
/// Zone ids ("use1-az1") of a region, sorted.
std::vector<std::string> zone_ids(std::string_view region);
/// Zone ids that offer the type; empty if the region does not have it.
std::vector<std::string> zones_offering(std::string_view region, std::string_view type);
std::optional<Price> on_demand_price(std::string_view region, std::string_view type);

/// The types with `count` (whole) GPUs of that name (case does not matter, "A100" finds what EC2 calls A100), cheapest
/// on demand in the region first; types without a price there last.
std::vector<const InstanceType*> types_with_gpu(std::string_view gpu, int count, std::string_view region);
/// All GPU names, for suggestions.
std::vector<std::string> gpu_names();

}  // namespace hotaru::catalog
