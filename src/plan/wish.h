#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/gpus.h"

namespace hotaru::plan {

/// What offers are ranked by; the lowest comes first. Those whose figure is not known come last.
enum class Order { price, price_per_gpu, price_per_gb, latency };

/// What is asked for. Zero and empty mean "no wish".
struct Wish {
  std::string type;  ///< exact, or with wildcards: "g5.*"
  catalog::GpuWish gpu;
  bool any_gpu = false;  ///< must have one, whichever
  double total_gpu_memory_gb = 0;
  double cuda = 0;  ///< compute capability, at least
  int vcpus = 0;
  double memory_gib = 0;
  std::string arch;  ///< "x86_64", "arm64"
  double network_gbps = 0;
  bool efa = false;
  std::vector<std::string> regions;
  std::string zone_id;
  bool on_demand = true;
  bool spot = false;
  std::optional<double> usd_per_hour = {};  ///< at most
  std::optional<Duration> round_trip = {};  ///< at most
  Order order = Order::price;
};

}  // namespace hotaru::plan
