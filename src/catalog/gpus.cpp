#include "catalog/gpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "base/text.h"

namespace hotaru::catalog {

namespace {

struct Capability {
  std::string_view gpu;
  double cuda;
};
// NVIDIA's table of compute capabilities ("CUDA GPUs").
constexpr Capability capability_table[] = {
    {"Tesla M2050", 2.0},   {"GRID K520", 3.0},
    {"K80", 3.7},           {"M60", 5.2},
    {"V100", 7.0},          {"T4", 7.5},
    {"T4g", 7.5},           {"A100", 8.0},
    {"A10G", 8.6},          {"L4", 8.9},
    {"L40S", 8.9},          {"H100", 9.0},
    {"H200", 9.0},          {"B200", 10.0},
    {"B300", 10.3},         {"RTX PRO 4500", 12.0},
    {"RTX PRO 6000", 12.0}, {"RTX PRO Server 6000", 12.0},
};

/// Letters and digits alone, without the makers' names: "NVIDIA RTX PRO 6000" and "rtx-pro-6000" are one.
std::string bare(std::string_view name) {
  std::string text;
  for (const char letter : to_lower(name))
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0) text += letter;
  for (const std::string_view word : {"nvidia", "amd", "tesla", "radeon", "grid", "server"}) {
    const auto found = text.find(word);
    if (found != std::string::npos) text.erase(found, word.size());
  }
  return text;
}

/// "v520" for "prov520": the end of a name, as long as it says enough.
bool is_short_for(const std::string& word, const std::string& name) { return word.size() >= 4 && name.ends_with(word); }

/// "24GiB", "80 GB", "80G" in GB; nullopt for anything else.
std::optional<double> parse_memory(std::string_view text) {
  const std::string lower = to_lower(trim(text));
  const auto unit = lower.find_first_not_of("0123456789.");
  if (unit == 0 || unit == std::string::npos) return std::nullopt;
  const std::string word = trim(std::string_view(lower).substr(unit));
  if (word != "g" && word != "gb" && word != "gib") return std::nullopt;
  const auto number = parse_number(std::string_view(lower).substr(0, unit));
  return number && *number > 0 ? number : std::nullopt;
}

/// The memory at the end of "A100 80GB" or "a100-80gb", which is cut off.
double take_memory(std::string& name) {
  const auto gap = name.find_last_of(" -_");
  if (gap == std::string::npos) return 0;
  auto memory = parse_memory(std::string_view(name).substr(gap + 1));
  if (!memory && gap > 0 && name[gap] == ' ') {  // "A100 80 GB"
    const auto before = name.find_last_of(" -_", gap - 1);
    if (before != std::string::npos) memory = parse_memory(std::string_view(name).substr(before + 1));
    if (memory) name.resize(before);
  } else if (memory) {
    name.resize(gap);
  }
  return memory.value_or(0);
}

std::unexpected<Error> no_such_gpu(const Catalog& catalog, const std::string& name) {
  for (const RetiredType& retired : retired_types()) {
    if (bare(retired.gpu) != bare(name)) continue;
    return fail(ErrorClass::not_found,
                fmt::format("EC2 no longer offers the {} ({} GiB each, {}).", retired.gpu, retired.gpu_memory_gib,
                            retired.pattern),
                fmt::format("{} takes its place.", retired.successor));
  }
  const std::vector<std::string> names = gpu_names(catalog);
  const auto near = nearest(name, names);
  return fail(ErrorClass::not_found, fmt::format("EC2 has no GPU called {}.", name),
              (near ? fmt::format("Did you mean {}? ", *near) : "") + "There are: " + join(names, ", ") + ".");
}

std::unexpected<Error> no_wish(std::string_view text) {
  return fail(ErrorClass::invalid, fmt::format("\"{}\" is not a GPU and a count.", text),
              "Say it as in T4, T4:4, \"A100 80GB\" or 24GiB.");
}

}  // namespace

Result<GpuWish> parse_gpu_wish(const Catalog& catalog, std::string_view text) {
  GpuWish wish;
  const auto parts = split(text, ':');
  if (parts.size() > 2) return no_wish(text);
  if (parts.size() == 2) {
    const auto count = parse_integer(trim(parts[1]));
    if (!count || *count < 1 || *count > 64) return no_wish(text);
    wish.count = static_cast<int>(*count);
  }
  std::string name = trim(parts[0]);
  if (const auto memory = parse_memory(name)) {
    wish.memory_gb = *memory;
    return wish;
  }
  wish.memory_gb = take_memory(name);
  if (bare(name).empty()) return no_wish(text);
  for (const std::string& each : gpu_names(catalog))
    if (bare(each) == bare(name) || is_short_for(bare(name), bare(each))) wish.name = each;
  if (wish.name.empty()) return no_such_gpu(catalog, name);
  return wish;
}

double memory_gb(int mib) { return mib * 1048576.0 / 1e9; }

bool has_memory(int mib, double wished) { return memory_gb(mib) >= wished - 0.1; }

std::string memory_text(int mib) {
  const bool even = mib % 1024 == 0;
  return fmt::format("{:.0f} GB", even ? mib / 1024.0 : std::round(memory_gb(mib)));
}

std::string gpu_text(const InstanceType& type) {
  if (!type.has_gpu()) return "";
  const std::string memory = memory_text(type.gpu_memory_mib);
  if (type.gpu_count > 0) return fmt::format("{} × {} ({})", type.gpu_count, type.gpu_name, memory);
  if (type.gpu_partition <= 0) return fmt::format("part of a {} ({})", type.gpu_name, memory);
  return fmt::format("1/{:.0f} × {} ({})", 1 / type.gpu_partition, type.gpu_name, memory);
}

double gpus_of(const InstanceType& type) {
  return type.gpu_count > 0 ? type.gpu_count : type.logical_gpu_count * type.gpu_partition;
}

int total_gpu_memory_mib(const InstanceType& type) {
  return std::max(type.gpu_count, type.logical_gpu_count) * type.gpu_memory_mib;
}

double cuda_capability(std::string_view gpu_name) {
  const auto found = std::ranges::find(capability_table, gpu_name, &Capability::gpu);
  return found != std::end(capability_table) ? found->cuda : 0;
}

double network_gbps(std::string_view network) {
  // "Up to 12.5 Gigabit", "100 Gigabit", "4x 100 Gigabit", "3200 Gigabit", "Low to Moderate"
  double cards = 1;
  double last = 0;
  for (const std::string& word : split(network, ' ')) {
    if (word.ends_with('x')) cards = parse_number(word.substr(0, word.size() - 1)).value_or(1);
    if (const auto number = parse_number(word)) last = *number;
    if (word == "Gigabit") return cards * last;
    if (word == "Megabit") return cards * last / 1000;
  }
  return 0;
}

std::vector<std::string> gpu_names(const Catalog& catalog) {
  std::set<std::string> names;
  for (const InstanceType& type : catalog.types())
    if (type.has_gpu()) names.emplace(type.gpu_name);
  return {names.begin(), names.end()};
}

}  // namespace hotaru::catalog
