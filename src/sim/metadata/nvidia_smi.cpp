#include "sim/metadata/nvidia_smi.h"

#include <fmt/format.h>

#include <array>

#include "base/digest.h"
#include "base/text.h"
#include "sim/metadata/nvidia_smi_body.h"

namespace hotaru::sim {
namespace {

struct Gpu {
  std::string_view ec2_name;      ///< as DescribeInstanceTypes has it
  std::string_view product_name;  ///< as nvidia-smi has it; '#' stands for the memory in GB
  std::string_view architecture;
  std::string_view capability;  ///< of CUDA
  int power_limit;              ///< W
  int clock;                    ///< highest of the SMs, MHz
  int clock_memory;
  bool mig;  ///< can be partitioned
};

// Compute capabilities: https://developer.nvidia.com/cuda-gpus. Power and clocks: NVIDIA's data sheets.
constexpr std::array gpus = {
    Gpu{"M2050", "Tesla M2050", "Fermi", "2.0", 225, 1147, 1546, false},
    Gpu{"K520", "GRID K520", "Kepler", "3.0", 125, 797, 2500, false},
    Gpu{"K80", "Tesla K80", "Kepler", "3.7", 149, 875, 2505, false},
    Gpu{"M60", "Tesla M60", "Maxwell", "5.2", 150, 1177, 2505, false},
    Gpu{"V100", "Tesla V100-SXM2-#GB", "Volta", "7.0", 300, 1530, 877, false},
    Gpu{"T4", "Tesla T4", "Turing", "7.5", 70, 1590, 5001, false},
    Gpu{"T4g", "NVIDIA T4G", "Turing", "7.5", 70, 1590, 5001, false},
    Gpu{"A100", "NVIDIA A100-SXM4-#GB", "Ampere", "8.0", 400, 1410, 1215, true},
    Gpu{"A10G", "NVIDIA A10G", "Ampere", "8.6", 300, 1710, 6251, false},
    Gpu{"L4", "NVIDIA L4", "Ada Lovelace", "8.9", 72, 2040, 6251, false},
    Gpu{"L40S", "NVIDIA L40S", "Ada Lovelace", "8.9", 350, 2520, 9001, false},
    Gpu{"H100", "NVIDIA H100 80GB HBM3", "Hopper", "9.0", 700, 1980, 2619, true},
    Gpu{"H200", "NVIDIA H200", "Hopper", "9.0", 700, 1980, 3201, true},
    Gpu{"B200", "NVIDIA B200", "Blackwell", "10.0", 1000, 1965, 3996, true},
    Gpu{"B300", "NVIDIA B300", "Blackwell", "10.3", 1400, 2032, 3996, true},
    Gpu{"RTX PRO 4500", "NVIDIA RTX PRO 4500 Blackwell", "Blackwell", "12.0", 200, 2617, 14001, false},
    Gpu{"RTX PRO Server 6000", "NVIDIA RTX PRO 6000 Blackwell Server Edition", "Blackwell", "12.0", 600, 2430, 12481,
        true},
};

const Gpu* find_gpu(std::string_view name) {
  for (const Gpu& gpu : gpus) {
    if (to_lower(gpu.ec2_name) == to_lower(name)) return &gpu;
  }
  return nullptr;
}

struct Driver {
  std::string_view version;
  std::string_view cuda;  ///< the newest that it runs
};

/// The last branch that still drives the GPU, or today's long-term one (R470 is Kepler's last, R390 Fermi's).
Driver driver_for(const Gpu& gpu) {
  const double capability = parse_number(gpu.capability).value_or(0);
  if (capability < 3) return {"390.157", "9.1"};
  if (capability < 5) return {"470.256.02", "11.4"};
  if (capability < 7.5) return {"570.172.08", "12.8"};
  return {"580.95.05", "13.0"};
}

std::string product_name(const Gpu& gpu, int memory_mib) {
  std::string name(gpu.product_name);
  if (const std::size_t mark = name.find('#'); mark != name.npos) {
    name.replace(mark, 1, std::to_string((memory_mib + 512) / 1024));
  }
  return name;
}

/// The table has 30 columns for the name, and the mark must be seen in it.
std::string table_name(std::string name) {
  constexpr std::size_t room = 18;
  if (name.size() > room && name.starts_with("NVIDIA ")) name.erase(0, 7);
  if (name.size() > room && name.starts_with("Tesla ")) name.erase(0, 6);
  if (name.size() > room) name = name.substr(0, room - 3) + "...";
  return name + " (simulated)";
}

/// The same at every boot of an instance, different for every other one.
std::string uuid(const MachineSpec& spec, int index) {
  const std::string hex = hex_encode(sha256(spec.instance_id + "/" + std::to_string(index)));
  return fmt::format("GPU-{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20, 12));
}

/// EC2's last GPU sits at 00:1E.0, the others before it.
std::string bus_id(const MachineSpec& spec, int index) {
  return fmt::format("00000000:00:{:02X}.0", 0x1e - (spec.gpu_count - 1) + index);
}

std::string by_index(const std::string& function, const MachineSpec& spec,
                     std::string (*value)(const MachineSpec&, int)) {
  std::string text = function + "() {\n  case $1 in\n";
  for (int i = 0; i < spec.gpu_count; ++i) text += fmt::format("    {}) say '{}' ;;\n", i, value(spec, i));
  return text + "  esac\n}\n";
}

}  // namespace

std::string nvidia_smi_script(const MachineSpec& spec) {
  const Gpu* gpu = find_gpu(spec.gpu_name);
  if (gpu == nullptr || spec.gpu_count < 1) return "";
  const Driver driver = driver_for(*gpu);
  const std::string name = product_name(*gpu, spec.gpu_memory_mib);
  std::string text =
      "#!/bin/sh\n# A simulated nvidia-smi: there is no GPU here. Made by hotaru for this instance.\nset -u\n";
  const auto fact = [&](std::string_view variable, const std::string& value) {
    text += fmt::format("{}='{}'\n", variable, value);
  };
  fact("driver", std::string(driver.version));
  fact("cuda", std::string(driver.cuda));
  fact("name", name + " (simulated)");
  fact("table_name", table_name(name));
  fact("architecture", std::string(gpu->architecture));
  fact("capability", std::string(gpu->capability));
  fact("count", std::to_string(spec.gpu_count));
  fact("cpus", std::to_string(spec.vcpus));
  fact("memory", std::to_string(spec.gpu_memory_mib));
  fact("power_limit", fmt::format("{}.00", gpu->power_limit));
  fact("power_min", fmt::format("{}.00", gpu->power_limit / 2));
  fact("power_idle", fmt::format("{:.2f}", gpu->power_limit * 0.13));
  fact("clock", std::to_string(gpu->clock));
  fact("clock_memory", std::to_string(gpu->clock_memory));
  fact("mig", gpu->mig ? "Disabled" : "[N/A]");
  fact("table_mig", gpu->mig ? "Disabled" : "N/A");
  return text + by_index("uuid", spec, uuid) + by_index("bus", spec, bus_id) + nvidia_smi_body;
}

}  // namespace hotaru::sim
