// Scenario files.
#include "sim/scenario/scenario.h"

#include "base/text.h"
#include "fuzz/fuzz.h"

namespace hotaru::sim {
namespace {

using fuzz::require;

void look_at(const When& when) {
  require(when.line > 0 && when.rate >= 0 && when.rate <= 1 && when.from.count() >= 0, "a rule has a line and a rate");
}

}  // namespace

HOTARU_FUZZ(input) {
  const std::string text(input);
  if (const auto time = parse_duration(text)) human_duration(*time);
  const auto scenario = parse_scenario(text, "x.yaml");
  if (!scenario) {
    require(scenario.error().message.starts_with("x.yaml, line "), "it is said in which line");
    require(!scenario.error().message.starts_with("x.yaml, line 0"), "lines count from 1");
    return;
  }
  for (const auto& rule : scenario->latency) look_at(rule.when);
  for (const auto& rule : scenario->lost_replies) look_at(rule.when);
  for (const auto& rule : scenario->boots) look_at(rule.when);
  for (const auto& rule : scenario->deaths) look_at(rule.when);
  for (const auto& rule : scenario->errors) {
    look_at(rule.when);
    require(rule.status >= 400 && rule.status < 600 && !rule.code.empty(), "an error is one");
  }
  for (const auto& rule : scenario->capacity) require(rule.instances >= 0, "there is no room, or some");
  for (const auto& rule : scenario->quotas) require(rule.vcpus >= 0, "a quota is none, or some");
  for (const auto& rule : scenario->quota_requests) require(!rule.status.empty(), "a decision is one");
  for (const auto& rule : scenario->prices)
    require(rule.on_demand.value_or(0) >= 0 && rule.spot.value_or(0) >= 0, "nobody is paid for an instance");
  require(scenario->clock.speed > 0, "time goes on");
}

}  // namespace hotaru::sim
