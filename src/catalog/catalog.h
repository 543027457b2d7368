#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
  std::string_view name;   ///< "ap-northeast-1"
  bool opt_in;             ///< must be enabled by the account first
  std::string_view place;  ///< "Tokyo"
};

/// A GPU type that EC2 no longer offers to new users.
struct RetiredType {
  std::string_view pattern;  ///< "p2.*"
  std::string_view gpu;
  int gpu_memory_gib;          ///< of one
  double last_usd_per_hour;    ///< of its smallest type, Linux, us-east-1
  std::string_view successor;  ///< a type of today to use instead
};

/// Where in a region a type is offered. Tables of these are sorted by region, then type.
struct Offering {
  std::string_view region;
  std::string_view type;
  std::string_view zone_ids;  ///< joined by '+', sorted: "use1-az1+use1-az2"
};

struct PriceRow {
  std::string_view region;
  std::string_view type;
  double usd_per_hour;
  std::string_view as_of;
};

/// What EC2's Spot Instance Advisor told (data/spot_advisor.csv).
struct SpotAdvice {
  std::string_view region;
  std::string_view type;
  int savings_percent;            ///< of the on-demand price, on the average of a month
  std::string_view interruption;  ///< of a month's instances: "<5%", "5-10%", "10-15%", "15-20%", ">20%"
};

/// A spot price of one zone (DescribeSpotPriceHistory); a refreshed catalogue has them. Sorted by region, type, zone.
struct SpotPrice {
  std::string_view region;
  std::string_view type;
  std::string_view zone_id;
  double usd_per_hour;
  std::string_view as_of;
};

/// What EBS costs a month in a region, by kind: "gp3" (a GiB), "iops" and "throughput" (one more, and a MiB/s more,
/// than a gp3 volume includes), "snapshot" (a GiB). Sorted by region and kind.
struct StoragePrice {
  std::string_view region;
  std::string_view kind;
  double usd_per_month;
  std::string_view as_of;
};
/// What every gp3 volume includes (EBS User Guide, "General Purpose SSD volumes").
inline constexpr int included_iops = 3000;
inline constexpr int included_throughput = 125;  ///< MiB/s

/// What a spot instance costs, as well as it is known.
struct SpotEstimate {
  double usd_per_hour;
  std::string_view as_of;
  bool estimated;  ///< by the advisor's savings; else EC2's own price of that zone
};

/// The rows of a catalogue; all sorted as said above, types by name.
struct Tables {
  std::span<const InstanceType> types = {};
  std::span<const Offering> offerings = {};
  std::span<const PriceRow> prices = {};
  std::span<const SpotAdvice> advice = {};
  std::span<const SpotPrice> spot = {};
  std::span<const StoragePrice> storage = {};
};

/// A part of the catalogue, for `hotaru catalog show`.
struct Part {
  std::string_view name;    ///< "types", "offerings", "prices", "spot", "storage"
  std::string_view as_of;   ///< the oldest date in it
  std::string_view source;  ///< "built in", "DescribeInstanceTypes, 17 regions"
};

/// What EC2 offers, where, and for how much: the built-in tables or a refreshed state of them. A cheap value; all reads
/// are bisections of tables that nobody changes.
class Catalog {
 public:
  /// `owner` keeps alive what the rows point to; nullptr for constants.
  Catalog(Tables tables, std::vector<Part> parts, std::shared_ptr<const void> owner)
      : tables_(tables), parts_(std::move(parts)), owner_(std::move(owner)) {}

  const Tables& tables() const { return tables_; }
  const std::vector<Part>& parts() const { return parts_; }
  std::span<const InstanceType> types() const { return tables_.types; }
  const InstanceType* find_type(std::string_view name) const;
  /// Joined by '+'; "" if the region does not have the type.
  std::string_view zones_offering(std::string_view region, std::string_view type) const;
  std::optional<Price> on_demand_price(std::string_view region, std::string_view type) const;
  std::optional<SpotAdvice> spot_advice(std::string_view region, std::string_view type) const;
  /// Of the zone; where its price is not known, by the advisor's savings on the on-demand price. `zone_id` "": the
  /// lowest of the region's zones.
  std::optional<SpotEstimate> spot_price(std::string_view region, std::string_view type,
                                         std::string_view zone_id = "") const;
  /// nullptr: not known, and not guessed.
  const StoragePrice* storage_price(std::string_view region, std::string_view kind) const;
  /// By the advisor's savings alone, on an on-demand price that is at hand.
  std::optional<SpotEstimate> estimated_spot_price(std::string_view region, std::string_view type,
                                                   const Price& on_demand) const;

 private:
  Tables tables_;
  std::vector<Part> parts_;
  std::shared_ptr<const void> owner_;
};

/// The catalogue of data/*.csv: constants of the executable.
const Catalog& built_in();

std::span<const Region> regions();
std::span<const RetiredType> retired_types();
bool is_region(std::string_view name);
/// "Tokyo"; "" if the region is not known.
std::string_view place_of(std::string_view region);
/// The retired types that a name means ("p2.xlarge"); nullptr if none.
const RetiredType* find_retired(std::string_view type);

// Of the built-in catalogue:
std::span<const InstanceType> types();
const InstanceType* find_type(std::string_view name);
/// Zone ids ("use1-az1") of a region, sorted.
std::vector<std::string> zone_ids(std::string_view region);
/// Zone ids that offer the type; empty if the region does not have it.
std::vector<std::string> zones_offering(std::string_view region, std::string_view type);
std::optional<Price> on_demand_price(std::string_view region, std::string_view type);
std::optional<SpotAdvice> spot_advice(std::string_view region, std::string_view type);

}  // namespace hotaru::catalog
