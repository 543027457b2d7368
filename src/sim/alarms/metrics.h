#pragma once

#include <optional>
#include <vector>

#include "sim/scenario/script.h"
#include "sim/world.h"

/// What CloudWatch hears of an instance: computed from its life whenever somebody asks, never stored.
namespace hotaru::sim {

/// From one moment, to before another.
struct Span {
  TimePoint from;
  TimePoint until;
};

struct InstanceMetrics {
  std::vector<Span> running;
  std::vector<Span> instance_fails;  ///< StatusCheckFailed_Instance is 1
  std::vector<Span> system_fails;    ///< StatusCheckFailed_System is 1
  bool detailed = false;             ///< CPUUtilization each minute, not every five
};

/// A boot that has not ended so long after its start is one that fails the instance's status check.
constexpr Duration boot_patience = std::chrono::minutes(5);
/// What CPUUtilization says of every running instance: nothing is measured.
constexpr double simulated_cpu_percent = 5;

InstanceMetrics metrics_of(const World& world, const std::string& region, const Instance& instance);
bool fails(const InstanceMetrics& metrics, StatusCheck check, TimePoint at);

/// What a metric's statistic is over a time; nullopt: there is no data. Metrics are those of AWS/EC2 by InstanceId:
/// StatusCheckFailed, StatusCheckFailed_Instance, StatusCheckFailed_System (each minute), CPUUtilization.
std::optional<double> datapoint(const InstanceMetrics& metrics, const std::string& metric, const std::string& statistic,
                                Span time);
/// How far apart the samples of a metric are.
Duration sample_step(const InstanceMetrics& metrics, const std::string& metric);
/// Whether anything of it begins or ends within the time.
bool changes_within(const InstanceMetrics& metrics, Span time);

}  // namespace hotaru::sim
