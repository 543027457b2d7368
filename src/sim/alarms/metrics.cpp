#include "sim/alarms/metrics.h"

#include <algorithm>

namespace hotaru::sim {

namespace {

using std::chrono::minutes;

constexpr auto cpu = "CPUUtilization";

/// Overlapping ones made one, in order.
std::vector<Span> merged(std::vector<Span> spans) {
  std::ranges::sort(spans, {}, &Span::from);
  std::vector<Span> all;
  for (const Span& one : spans) {
    if (all.empty() || all.back().until < one.from) {
      all.push_back(one);
    } else {
      all.back().until = std::max(all.back().until, one.until);
    }
  }
  return all;
}

void add_common(std::vector<Span>& to, const std::vector<Span>& running, const FailingTime& failing) {
  for (const Span& one : running) {
    const Span both{std::max(one.from, failing.from), std::min(one.until, failing.until.value_or(never))};
    if (both.from < both.until) to.push_back(both);
  }
}

std::vector<Span> failing(const World& world, const std::string& region, const Instance& instance,
                          const std::vector<Span>& running, StatusCheck check) {
  std::vector<Span> spans;
  if (const Script* script = world.script())
    for (const FailingTime& one : script->failing_checks(region, instance.zone, instance.instance_type, check))
      add_common(spans, running, one);
  if (check == StatusCheck::system) return merged(std::move(spans));
  for (const RunningInterval& one : instance.intervals) {
    const Span hung{one.start + boot_patience, one.booted.value_or(one.end.value_or(never))};
    if (hung.from < hung.until) spans.push_back(hung);
  }
  return merged(std::move(spans));
}

/// How many samples lie within a time, where there is one at each multiple of the step.
std::int64_t samples(const std::vector<Span>& spans, Span time, Duration step) {
  const auto before = [&](TimePoint moment) {
    const auto milliseconds = moment.time_since_epoch().count();
    return (milliseconds + step.count() - 1) / step.count();
  };
  std::int64_t count = 0;
  for (const Span& one : spans) {
    const TimePoint from = std::max(one.from, time.from);
    const TimePoint until = std::min(one.until, time.until);
    if (from < until) count += before(until) - before(from);
  }
  return count;
}

std::int64_t failed_samples(const InstanceMetrics& metrics, const std::string& metric, Span time) {
  if (metric == "StatusCheckFailed_Instance") return samples(metrics.instance_fails, time, minutes(1));
  if (metric == "StatusCheckFailed_System") return samples(metrics.system_fails, time, minutes(1));
  std::vector<Span> both = metrics.instance_fails;
  both.insert(both.end(), metrics.system_fails.begin(), metrics.system_fails.end());
  return samples(merged(std::move(both)), time, minutes(1));
}

}  // namespace

InstanceMetrics metrics_of(const World& world, const std::string& region, const Instance& instance) {
  InstanceMetrics metrics;
  metrics.detailed = instance.monitoring;
  for (const RunningInterval& one : instance.intervals) metrics.running.push_back({one.start, one.end.value_or(never)});
  metrics.instance_fails = failing(world, region, instance, metrics.running, StatusCheck::instance);
  metrics.system_fails = failing(world, region, instance, metrics.running, StatusCheck::system);
  return metrics;
}

bool fails(const InstanceMetrics& metrics, StatusCheck check, TimePoint at) {
  const auto& spans = check == StatusCheck::instance ? metrics.instance_fails : metrics.system_fails;
  return std::ranges::any_of(spans, [&](const Span& one) { return one.from <= at && at < one.until; });
}

Duration sample_step(const InstanceMetrics& metrics, const std::string& metric) {
  return metric == cpu && !metrics.detailed ? minutes(5) : minutes(1);
}

std::optional<double> datapoint(const InstanceMetrics& metrics, const std::string& metric, const std::string& statistic,
                                Span time) {
  const bool is_check =
      metric == "StatusCheckFailed" || metric == "StatusCheckFailed_Instance" || metric == "StatusCheckFailed_System";
  if (!is_check && metric != cpu) return std::nullopt;
  const std::int64_t count = samples(metrics.running, time, sample_step(metrics, metric));
  if (count == 0) return std::nullopt;
  const auto all = static_cast<double>(count);
  if (statistic == "SampleCount") return all;
  if (!is_check) return statistic == "Sum" ? all * simulated_cpu_percent : simulated_cpu_percent;
  const auto failed = static_cast<double>(failed_samples(metrics, metric, time));
  if (statistic == "Sum") return failed;
  if (statistic == "Minimum") return failed == all ? 1 : 0;
  if (statistic == "Maximum") return failed > 0 ? 1 : 0;
  return failed / all;
}

bool changes_within(const InstanceMetrics& metrics, Span time) {
  const auto within = [&](TimePoint moment) { return time.from < moment && moment < time.until; };
  const auto changes = [&](const Span& one) { return within(one.from) || within(one.until); };
  return std::ranges::any_of(metrics.running, changes) || std::ranges::any_of(metrics.instance_fails, changes) ||
         std::ranges::any_of(metrics.system_fails, changes);
}

}  // namespace hotaru::sim
