#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"

namespace hotaru::catalog {

/// What a user means by "T4", "a100:8", "A100 80GB", "24GiB" or "24GiB:4".
struct GpuWish {
  std::string name;      ///< as the catalogue writes it; "": any
  double memory_gb = 0;  ///< of one GPU, at least; 0: any
  int count = 0;         ///< exactly so many whole ones; 0: any number, fractions too
  bool operator==(const GpuWish&) const = default;
};

/// `invalid` for what makes no sense, `not_found` with the nearest names for a GPU that EC2 does not have (what
/// replaces it, if it once had).
Result<GpuWish> parse_gpu_wish(const Catalog& catalog, std::string_view text);

/// In GB (10⁹ bytes), as makers count it: EC2's 22,888 MiB is a GPU of 24 GB.
double memory_gb(int mib);
/// At least `wished` GB or GiB: the two are not told apart, as on a GPU's box.
bool has_memory(int mib, double wished);
/// "16 GB", "24 GB": what stands on the box.
std::string memory_text(int mib);
/// "4 × T4 (16 GB)", "1/8 × L4 (3 GB)"; "" without a GPU. Memory is that of one.
std::string gpu_text(const InstanceType& type);

/// Whole GPUs, or the part of one: 8, 0.125; 0 without.
double gpus_of(const InstanceType& type);
/// Of all GPUs together, MiB.
int total_gpu_memory_mib(const InstanceType& type);
/// The CUDA compute capability ("7.5" is 7.5); 0 for GPUs that have no CUDA or that nobody has told us of.
double cuda_capability(std::string_view gpu_name);
/// Gbit/s of "Up to 25 Gigabit", "4x 100 Gigabit"; 0 for words ("Moderate").
double network_gbps(std::string_view network);

std::vector<std::string> gpu_names(const Catalog& catalog);

}  // namespace hotaru::catalog
