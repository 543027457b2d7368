#include <algorithm>

#include "base/text.h"
#include "sim/scenario/script.h"

/// What a scenario says about the account.
namespace hotaru::sim {

namespace {

/// "p" in a scenario means every P where it is not told apart.
bool is_of_family(const std::string& rule, const std::string& family) {
  return matches_wildcard(rule, family) || (rule == "p" && (family == "p5" || family == "p6"));
}

bool matches_one(const std::vector<std::string>& patterns, const std::string& name) {
  return std::ranges::any_of(patterns, [&](const std::string& one) { return matches_wildcard(one, name); });
}

}  // namespace

std::optional<std::int64_t> Script::quota(const std::string& region, const std::string& family,
                                          const std::string& market) const {
  const std::lock_guard lock(mutex_);
  std::optional<std::int64_t> least;
  if (!scenario_) return least;
  for (const QuotaRule& rule : scenario_->quotas) {
    if (!matches_wildcard(rule.region, region) || !is_of_family(rule.family, family) ||
        !matches_wildcard(rule.market, market))
      continue;
    least = std::min(least.value_or(rule.vcpus), rule.vcpus);
  }
  return least;
}

bool Script::new_account() const {
  const std::lock_guard lock(mutex_);
  return scenario_ && scenario_->new_account;
}

std::vector<QuotaDecision> Script::quota_decisions(const std::string& region, const std::string& family,
                                                   const std::string& market) const {
  const std::lock_guard lock(mutex_);
  std::vector<QuotaDecision> decisions;
  if (!scenario_) return decisions;
  for (const QuotaDecision& rule : scenario_->quota_requests) {
    if (matches_wildcard(rule.region, region) && is_of_family(rule.family, family) &&
        matches_wildcard(rule.market, market))
      decisions.push_back(rule);
  }
  std::ranges::sort(decisions, {}, [](const QuotaDecision& one) { return std::pair(one.after, one.line); });
  return decisions;
}

std::optional<double> Script::on_demand_price(const std::string& region, const std::string& type) const {
  const std::lock_guard lock(mutex_);
  if (!scenario_) return std::nullopt;
  for (const PriceRule& rule : scenario_->prices)
    if (rule.on_demand && matches_wildcard(rule.region, region) && matches_wildcard(rule.type, type))
      return rule.on_demand;
  return std::nullopt;
}

std::optional<double> Script::spot_price(const std::string& region, const std::string& zone,
                                         const std::string& type) const {
  const std::lock_guard lock(mutex_);
  if (!scenario_) return std::nullopt;
  for (const PriceRule& rule : scenario_->prices)
    if (rule.spot && matches_wildcard(rule.region, region) && matches_wildcard(rule.zone, zone) &&
        matches_wildcard(rule.type, type))
      return rule.spot;
  return std::nullopt;
}

std::optional<bool> Script::region_enabled(const std::string& region) const {
  const std::lock_guard lock(mutex_);
  if (!scenario_) return std::nullopt;
  if (matches_one(scenario_->regions.disabled, region)) return false;
  if (matches_one(scenario_->regions.enabled, region)) return true;
  return std::nullopt;
}

bool Script::subscribed() const {
  const std::lock_guard lock(mutex_);
  return scenario_ && scenario_->subscribed;
}

}  // namespace hotaru::sim
