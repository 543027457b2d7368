#include "lifecycle/follow.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "lifecycle/cost.h"
#include "lifecycle/facts.h"
#include "lifecycle/find.h"
#include "lifecycle/keys.h"
#include "lifecycle/names.h"

namespace hotaru::lifecycle {

namespace {

/// Of more changes at once the ledger hears when it is asked for.
constexpr std::size_t most_noted = 100;

std::size_t hash_of(const std::string& text) { return std::hash<std::string>{}(text); }

std::size_t state_hash(const std::string& state, const std::string& address) { return hash_of(state + " " + address); }

}  // namespace

Result<Follower> Follower::begin(Context& context, const std::string& region) {
  Follower follower(context, region);
  auto read = context.known.each_seen(context.scope, region,
                                      [&](const std::string& id, const std::string& state, const std::string& address) {
                                        follower.known_.push_back({hash_of(id), state_hash(state, address)});
                                      });
  if (!read) return pass(read);
  std::ranges::sort(follower.known_);
  follower.listed_.resize(follower.known_.size());
  return follower;
}

/// The number of known ids if it is not one of them.
std::size_t Follower::index_of(const std::string& id) const {
  const std::size_t hash = hash_of(id);
  const auto found = std::ranges::lower_bound(known_, hash, {}, &Seen::id);
  return found != known_.end() && found->id == hash ? static_cast<std::size_t>(found - known_.begin()) : known_.size();
}

void Follower::note(const std::vector<aws::Instance>& part) {
  std::vector<std::string> known_ids;
  std::vector<const aws::Instance*> news;
  for (const aws::Instance& instance : part) {
    const std::size_t index = index_of(instance.id);
    const bool known = index < known_.size();
    if (known) listed_[index] = true;
    if (known && is_gone(instance.state)) note_sighting(*context_, region_, instance);
    if (aws::tag_value(instance.tags, tag::name).empty() || is_gone(instance.state)) continue;
    if (known && known_[index].state == state_hash(instance.state, instance.public_ip)) continue;
    news.push_back(&instance);
    if (known) known_ids.push_back(instance.id);
  }
  if (news.empty()) return;
  auto among = context_->known.among(context_->scope, known_ids);
  if (!among) return;  // what cannot be read cannot be brought up to date
  std::unordered_map<std::string, store::KnownInstance> before;
  for (store::KnownInstance& each : *among) before.emplace(each.id, std::move(each));
  const OwnKey key = own_key(*context_);
  std::vector<store::KnownInstance> changed;
  if (news.size() <= most_noted)
    for (const aws::Instance* instance : news) note_sighting(*context_, region_, *instance);
  for (const aws::Instance* instance : news) {
    const auto known = before.find(instance->id);
    const auto former = known == before.end() ? std::nullopt : std::optional(known->second);
    changed.push_back(to_remember({region_, *instance, former}, key));
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
