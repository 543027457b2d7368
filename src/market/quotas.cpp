#include "market/quotas.h"

#include <algorithm>
#include <future>

#include "aws/quotas.h"
#include "catalog/catalog.h"
#include "catalog/quotas.h"

namespace hotaru::market {

namespace {

constexpr std::size_t few = 2;  // calls, each by its code; more are cheaper by the list

const catalog::QuotaFamily* find_family(const std::string& name) {
  const auto families = catalog::quota_families();
  const auto found = std::ranges::find(families, name, &catalog::QuotaFamily::name);
  return found != families.end() ? &*found : nullptr;
}

std::string_view code_of(const catalog::QuotaFamily& family, bool spot) {
  return spot ? family.spot_code : family.on_demand_code;
}

std::string_view name_of(const catalog::QuotaFamily& family, bool spot) {
  return spot ? family.spot_name : family.on_demand_name;
}

QuotaState state_of(const QuotaKey& key, const aws::Quota& quota) {
  return {.family = key.family, .spot = key.spot, .limit = quota.value, .code = quota.code, .name = quota.name};
}

Result<std::vector<QuotaState>> by_codes(aws::Client& client, const std::string& region,
                                         const std::vector<QuotaKey>& keys, std::optional<Duration> deadline) {
  std::vector<QuotaState> states;
  for (const QuotaKey& key : keys) {
    auto quota = aws::get_quota(client, region, std::string(code_of(*find_family(key.family), key.spot)), deadline);
    if (!quota && quota.error().kind == ErrorClass::not_found) continue;
    if (!quota) return pass(quota);
    states.push_back(state_of(key, *quota));
  }
  return states;
}

/// By the code, and where we do not know it, or the region calls it otherwise, by the name.
const aws::Quota* find_quota(const std::vector<aws::Quota>& quotas, const catalog::QuotaFamily& family, bool spot) {
  for (const aws::Quota& quota : quotas)
    if (!quota.code.empty() && quota.code == code_of(family, spot)) return &quota;
  for (const aws::Quota& quota : quotas)
    if (!quota.name.empty() && quota.name == name_of(family, spot)) return &quota;
  return nullptr;
}

/// ListServiceQuotas leaves out what was never applied to the account (its reference): that has AWS's default.
Result<std::vector<aws::Quota>> list_all(aws::Client& client, const std::string& region,
                                         const std::vector<QuotaKey>& keys, std::optional<Duration> deadline) {
  auto applied = aws::list_quotas(client, region, deadline);
  if (!applied) return applied;
  const auto lacks = [&](const QuotaKey& key) {
    return find_quota(*applied, *find_family(key.family), key.spot) == nullptr;
  };
  if (std::ranges::none_of(keys, lacks)) return applied;
  auto defaults = aws::list_default_quotas(client, region);
  if (!defaults) return applied;  // a permission of its own: what is applied is the better half
  const std::size_t count = applied->size();
  for (aws::Quota& quota : *defaults) {
    const auto end = applied->begin() + static_cast<std::ptrdiff_t>(count);
    if (std::find_if(applied->begin(), end, [&](const auto& one) { return one.code == quota.code; }) == end)
      applied->push_back(std::move(quota));
  }
  return applied;
}

}  // namespace

std::vector<QuotaKey> all_quotas() {
  std::vector<QuotaKey> keys;
  for (const catalog::QuotaFamily& family : catalog::quota_families())
    for (const bool spot : {false, true})
      if (!name_of(family, spot).empty()) keys.push_back({std::string(family.name), spot});
  return keys;
}

Result<std::vector<QuotaState>> quota_limits(aws::Client& client, const std::string& region,
                                             const std::vector<QuotaKey>& keys, std::optional<Duration> deadline) {
  std::vector<QuotaKey> known;
  bool have_codes = true;
  for (const QuotaKey& key : keys) {
    const catalog::QuotaFamily* family = find_family(key.family);
    if (family == nullptr) continue;
    known.push_back(key);
    have_codes = have_codes && !code_of(*family, key.spot).empty();
  }
  if (known.size() <= few && have_codes) return by_codes(client, region, known, deadline);
  auto listed = list_all(client, region, known, deadline);
  if (!listed) return pass(listed);
  std::vector<QuotaState> states;
  for (const QuotaKey& key : known)
    if (const aws::Quota* quota = find_quota(*listed, *find_family(key.family), key.spot))
      states.push_back(state_of(key, *quota));
  return states;
}

namespace {

/// EC2 is asked for types that the built-in catalogue does not have. Where it does not know them any more (retired ones
/// that run still) they count as none.
void add_unknown(aws::Ec2 ec2, const std::map<std::string, std::map<QuotaKey, int>>& unknown,
                 std::map<QuotaKey, double>& used) {
  std::vector<std::string> names;
  for (const auto& [name, counts] : unknown) names.push_back(name);
  const auto infos = ec2.describe_instance_types(names);
  if (!infos) return;
  for (const aws::TypeInfo& info : *infos) {
    const auto found = unknown.find(info.name);
    if (found == unknown.end()) continue;
    for (const auto& [key, count] : found->second) used[key] += static_cast<double>(count) * info.vcpus;
  }
}

}  // namespace

Result<std::map<QuotaKey, double>> used_vcpus(aws::Ec2 ec2) {
  std::map<QuotaKey, double> used;
  std::map<std::string, std::map<QuotaKey, int>> unknown;  // instances of types that are not built in
  aws::DescribeInstances request;
  request.filters = {{"instance-state-name", {"pending", "running"}}};
  auto read = ec2.each_instance(request, [&](const aws::Instance& instance) {
    if (instance.lifecycle == "capacity-block") return;  // bought ahead, and counted in no quota
    const catalog::QuotaFamily* family = catalog::quota_family_of(instance.type);
    const catalog::InstanceType* type = catalog::find_type(instance.type);
    if (family == nullptr) return;
    const QuotaKey key{std::string(family->name), instance.lifecycle == "spot"};
    if (type != nullptr)
      used[key] += type->vcpus;
    else
      ++unknown[instance.type][key];
  });
  if (!read) return pass(read);
  if (!unknown.empty()) add_unknown(ec2, unknown, used);
  return used;
}

void set_use(std::vector<QuotaState>& states, const std::map<QuotaKey, double>& used) {
  for (QuotaState& state : states) {
    const catalog::QuotaFamily* own = find_family(state.family);
    state.used = 0;
    for (const auto& [key, vcpus] : used) {
      const catalog::QuotaFamily* other = find_family(key.family);
      const bool together = own != nullptr && other != nullptr && key.spot == state.spot &&
                            name_of(*own, key.spot) == name_of(*other, key.spot);
      if (together) state.used += vcpus;
    }
  }
}

Result<std::vector<QuotaState>> quotas(aws::Client& client, const std::string& region) {
  auto used = std::async(std::launch::async, [&] { return used_vcpus(aws::Ec2(client, region)); });
  auto states = quota_limits(client, region, all_quotas());
  const auto use = used.get();
  if (!states) return states;
  if (!use) return std::unexpected(use.error());
  set_use(*states, *use);
  return states;
}

}  // namespace hotaru::market
