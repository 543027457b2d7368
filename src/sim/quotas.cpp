#include "sim/quotas.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "sim/scenario/script.h"

namespace hotaru::sim {

namespace {

constexpr std::int64_t as_good_as_none = 1'000'000;

/// Of a quota whose code the catalogue does not know: callers are to find it by its name.
std::string derived_code(std::string_view name) {
  std::string digits = hex_encode(sha256(std::string(name))).substr(0, 8);
  std::ranges::transform(digits, digits.begin(), [](char one) { return one >= 'a' ? char(one - 'a' + 'A') : one; });
  return "L-" + digits;
}

void add(std::vector<Quota>& all, const catalog::QuotaFamily& family, const std::string& market) {
  const bool spot = market == "spot";
  const std::string_view name = spot ? family.spot_name : family.on_demand_name;
  const std::string_view code = spot ? family.spot_code : family.on_demand_code;
  if (name.empty() || std::ranges::find(all, name, &Quota::name) != all.end()) return;
  all.push_back({&family, market, std::string(name), code.empty() ? derived_code(name) : std::string(code)});
}

std::vector<Quota> make_quotas() {
  std::vector<Quota> all;
  for (const catalog::QuotaFamily& family : catalog::quota_families()) {
    add(all, family, "on-demand");
    add(all, family, "spot");
  }
  std::ranges::sort(all, {}, &Quota::code);
  return all;
}

/// AWS Support counts its cases in numbers of twelve digits.
std::string case_number(const std::string& request_id) {
  std::uint64_t number = 0;
  for (const char one : request_id) number = number * 31 + static_cast<unsigned char>(one);
  return std::to_string(100'000'000'000 + number % 900'000'000'000);
}

/// The latest of the decisions whose time has come, up to the one that closes the request.
void decide(const std::vector<QuotaDecision>& decisions, TimePoint now, QuotaChange& change) {
  for (const QuotaDecision& one : decisions) {
    const TimePoint when = change.created + one.after;
    if (when > now || !change.open() || change.status == one.status) continue;
    change.status = one.status;
    change.updated = when;
    if (change.case_id.empty() && one.status.starts_with("CASE")) change.case_id = case_number(change.id);
  }
}

}  // namespace

std::span<const Quota> quotas() {
  static const std::vector<Quota> all = make_quotas();
  return all;
}

const Quota* find_quota(std::string_view code) {
  const auto found = std::ranges::find(quotas(), code, &Quota::code);
  return found == quotas().end() ? nullptr : &*found;
}

const Quota* quota_of(std::string_view type, const std::string& market) {
  const catalog::QuotaFamily* family = catalog::quota_family_of(type);
  if (family == nullptr) return nullptr;
  const std::string_view name = market == "spot" ? family->spot_name : family->on_demand_name;
  const auto found = std::ranges::find(quotas(), name, &Quota::name);
  return found == quotas().end() ? nullptr : &*found;
}

std::int64_t default_limit(const Quota& quota) { return quota.family->name == "standard" ? 5 : 0; }

std::int64_t limit_of(World& world, RegionState& state, const Quota& quota) {
  settle_quota_changes(world, state);
  const Script* script = world.script();
  const bool is_new = script != nullptr && script->new_account();
  std::int64_t limit = is_new ? default_limit(quota) : as_good_as_none;
  if (script != nullptr)
    limit = script->quota(state.region, std::string(quota.family->name), quota.market).value_or(limit);
  for (const auto& [id, change] : state.quota_changes.all())
    if (change.quota_code == quota.code && change.status == "APPROVED") limit = std::max(limit, change.desired);
  return limit;
}

std::int64_t vcpus_in_use(const RegionState& state, const Quota& quota) {
  std::int64_t sum = 0;
  for (const auto& [place, count] : state.instances.index().occupied().all()) {
    const std::string market = place.market;
    if (market != quota.market || quota_of(std::string(place.type), market) != &quota) continue;
    const catalog::InstanceType* type = catalog::find_type(std::string(place.type));
    sum += type != nullptr ? count * type->vcpus : 0;
  }
  return sum;
}

void settle_quota_changes(World& world, RegionState& state) {
  const Script* script = world.script();
  if (script == nullptr) return;
  std::vector<QuotaChange> decided;
  for (const auto& [id, change] : state.quota_changes.all()) {
    const Quota* quota = find_quota(change.quota_code);
    if (!change.open() || quota == nullptr) continue;
    QuotaChange now = change;
    decide(script->quota_decisions(state.region, std::string(quota->family->name), quota->market), world.now(), now);
    if (now.status != change.status) decided.push_back(std::move(now));
  }
  for (QuotaChange& one : decided) state.quota_changes.put(std::move(one));
}

}  // namespace hotaru::sim
