#include "lifecycle/follow.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "lifecycle/facts.h"
#include "lifecycle/find.h"
#include "lifecycle/keys.h"
#include "lifecycle/names.h"

namespace hotaru::lifecycle {

Result<Follower> Follower::begin(Context& context, const std::string& region) {
  Follower follower(context, region);
  auto read = context.known.each(context.scope, region, [&](const store::KnownInstance& known) {
    follower.known_.push_back(std::hash<std::string>{}(known.id));
  });
  if (!read) return pass(read);
  std::ranges::sort(follower.known_);
  follower.listed_.resize(follower.known_.size());
  return follower;
}

/// The number of known ids if it is not one of them.
std::size_t Follower::index_of(const std::string& id) const {
  const std::size_t hash = std::hash<std::string>{}(id);
  const auto found = std::ranges::lower_bound(known_, hash);
  return found != known_.end() && *found == hash ? static_cast<std::size_t>(found - known_.begin()) : known_.size();
}

bool Follower::mark(const std::string& id) {
  const std::size_t index = index_of(id);
  if (index == known_.size()) return false;
  listed_[index] = true;
  return true;
}

void Follower::note(const std::vector<aws::Instance>& part) {
  std::vector<std::string> ids;
  std::vector<const aws::Instance*> ours;
  for (const aws::Instance& instance : part) {
    const bool known = mark(instance.id);
    if (aws::tag_value(instance.tags, tag::name).empty() || is_gone(instance.state)) continue;
    ours.push_back(&instance);
    if (known) ids.push_back(instance.id);
  }
  if (ours.empty()) return;
  auto among = context_->known.among(context_->scope, ids);
  if (!among) return;  // what cannot be read cannot be brought up to date
  std::unordered_map<std::string, const store::KnownInstance*> before;
  for (const store::KnownInstance& each : *among) before.emplace(each.id, &each);
  const OwnKey key = own_key(*context_);
  std::vector<store::KnownInstance> changed;
  for (const aws::Instance* instance : ours) {
    const auto known = before.find(instance->id);
    if (known == before.end()) {
      changed.push_back(to_remember({region_, *instance, std::nullopt}, key));
    } else if (known->second->state != instance->state || known->second->address != instance->public_ip) {
      changed.push_back(to_remember({region_, *instance, *known->second}, key));
    }
  }
  (void)context_->known.put_all(context_->scope, changed);
}

void Follower::finish() {
  if (std::ranges::all_of(listed_, std::identity{})) return;
  std::vector<store::KnownInstance> missing;
  (void)context_->known.each(context_->scope, region_, [&](const store::KnownInstance& known) {
    const std::size_t index = index_of(known.id);
    if (index < listed_.size() && !listed_[index] && known.state != "pending") missing.push_back(known);
  });
  for (const store::KnownInstance& each : missing)
    if (!is_fresh(*context_, each)) forget_instance(*context_, each.name, each.id);
}

}  // namespace hotaru::lifecycle
