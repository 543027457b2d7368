#include "cli/wish_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace hotaru::cli {

namespace {

/// "24", "24GiB", "24 GB": a number that may carry its unit; 0 for "".
Result<double> read_size(const std::string& option, const std::string& text, std::string_view units) {
  if (text.empty()) return 0;
  const std::string lower = to_lower(trim(text));
  const auto end = std::min(lower.find_first_not_of("0123456789."), lower.size());
  const auto number = parse_number(std::string_view(lower).substr(0, end));
  const std::string unit = trim(std::string_view(lower).substr(end));
  const auto known = split(units, ' ');
  const bool fits = unit.empty() || std::ranges::find(known, unit) != known.end();
  if (number && *number > 0 && fits) return *number;
  return fail(ErrorClass::invalid, fmt::format("\"{}\" makes no sense for {}.", text, option),
              fmt::format("Say a number above 0, such as {} 24.", option));
}

Result<void> read_market(const WishOptions& values, plan::Wish& wish) {
  const std::string market = values.spot ? "spot" : values.market;
  if (values.spot && !values.market.empty() && values.market != "spot")
    return fail(ErrorClass::invalid, fmt::format("--spot and --market {} contradict each other.", values.market));
  wish.spot = market == "spot" || market == "any";
  wish.on_demand = market != "spot";
  return {};
}

plan::Order order_of(const std::string& word) {
  if (word == "gpu") return plan::Order::price_per_gpu;
  if (word == "gb") return plan::Order::price_per_gb;
  return word == "latency" ? plan::Order::latency : plan::Order::price;
}

/// Each number into its place, with the units that people add.
Result<void> read_numbers(const WishOptions& values, plan::Wish& wish) {
  double price = 0;
  double latency = 0;
  struct Number {
    const char* option;
    const std::string& text;
    const char* units;
    double& value;
  };
  const Number numbers[] = {{"--gpu-memory", values.gpu_memory, "g gb gib", wish.gpu.memory_gb},
                            {"--total-gpu-memory", values.total_gpu_memory, "g gb gib", wish.total_gpu_memory_gb},
                            {"--cuda", values.cuda, "", wish.cuda},
                            {"--memory", values.memory, "g gb gib", wish.memory_gib},
                            {"--network", values.network, "g gbps gbit", wish.network_gbps},
                            {"--max-price", values.max_price, "$ usd", price},
                            {"--max-latency", values.max_latency, "ms", latency}};
  for (const Number& one : numbers) {
    if (one.text.empty()) continue;
    auto number = read_size(one.option, one.text, one.units);
    if (!number) return pass(number);
    one.value = *number;
  }
  if (price > 0) wish.usd_per_hour = price;
  if (latency > 0) wish.round_trip = Duration{static_cast<Duration::rep>(latency)};
  return {};
}

}  // namespace

void declare_wish(Options& options, WishOptions& values) {
  options.text("-t,--type", "TYPE", values.type, "instance type, such as g4dn.xlarge; \"g5.*\" means all of a family");
  options.text("-g,--gpu", "GPU[:COUNT]", values.gpu, "T4, \"A100 80GB\", 24GiB (at least so much), T4:4");
  options.text("--gpu-memory", "GB", values.gpu_memory, "of one GPU, at least");
  options.text("--total-gpu-memory", "GB", values.total_gpu_memory, "of all GPUs together, at least");
  options.text("--cuda", "CAPABILITY", values.cuda, "compute capability, at least: 7.5 (T4), 8.0 (A100), 9.0 (H100)");
  options.number("--vcpus", "N", values.vcpus, "vCPUs, at least");
  options.text("--memory", "GIB", values.memory, "memory, at least");
  options.choice("--arch", {"x86_64", "arm64"}, values.arch, "processor architecture");
  options.text("--network", "GBPS", values.network, "network, at least (\"up to\" counts)");
  options.flag("--efa", values.efa, "with Elastic Fabric Adapter");
  options.flag("--spot", values.spot, "spot instances");
  options.choice("--market", {"on-demand", "spot", "any"}, values.market, "how it is paid for");
  options.text("--max-price", "USD", values.max_price, "at most so much an hour");
  options.text("--max-latency", "MS", values.max_latency, "round trip to the region, at most (see hotaru regions)");
  options.choice("--sort", {"price", "gpu", "gb", "latency"}, values.sort,
                 "by price, price per GPU, per GB of GPU memory, or round trip");
}

Result<plan::Wish> read_wish(const WishOptions& values, const Context& context, const catalog::Catalog& catalog) {
  plan::Wish wish;
  wish.type = values.type;
  if (!values.gpu.empty()) {
    auto gpu = catalog::parse_gpu_wish(catalog, values.gpu);
    if (!gpu) return pass(gpu);
    wish.gpu = *gpu;
    wish.any_gpu = true;
  }
  if (values.vcpus < 0) return fail(ErrorClass::invalid, "A number of vCPUs cannot be negative.");
  wish.vcpus = values.vcpus;
  wish.arch = values.arch;
  wish.efa = values.efa;
  if (auto market = read_market(values, wish); !market) return pass(market);
  if (auto numbers = read_numbers(values, wish); !numbers) return pass(numbers);
  wish.order = order_of(values.sort);
  wish.regions = context.globals().regions;
  return wish;
}

bool has_wish(const WishOptions& values) {
  return !values.gpu.empty() || !values.gpu_memory.empty() || !values.total_gpu_memory.empty() ||
         !values.cuda.empty() || values.vcpus > 0 || !values.memory.empty() || !values.arch.empty() ||
         !values.network.empty() || values.efa;
}

}  // namespace hotaru::cli
