#include "sim/scenario/late_reads.h"

#include <algorithm>
#include <set>

namespace hotaru::sim {

void LateReads::before_change(const RowStore::Key& key, std::optional<std::string> before) {
  const TimePoint now = script_.clock().now();
  forget_old(script_.late(), now);
  changes_.push_back({now, key, std::move(before)});
}

Duration LateReads::lag(const RowStore::Key& key, const Lateness& late) const {
  return script_.lag(key.region + key.kind + key.id, key.kind == "tags" ? late.tags : late.reads);
}

bool LateReads::is_seen(const Change& change, const Lateness& late, TimePoint now) const {
  return change.time + lag(change.key, late) <= now;
}

void LateReads::forget_old(const Lateness& late, TimePoint now) {
  const Duration longest = std::max(late.reads, late.tags);
  while (!changes_.empty() && changes_.front().time + longest <= now) changes_.pop_front();
}

std::unique_ptr<LateView> LateReads::view(RegionState& state) {
  if (changes_.empty()) return nullptr;
  const Lateness late = script_.late();
  const TimePoint now = script_.clock().now();
  forget_old(late, now);
  const auto hidden = [&](const Change& change) {
    return change.key.account == state.account && change.key.region == state.region && !is_seen(change, late, now);
  };
  std::unique_ptr<LateView> view;
  // What the oldest change that is not seen yet has changed is what is seen.
  std::set<RowStore::Key> done;
  for (const Change& change : changes_) {
    if (!hidden(change) || !done.insert(change.key).second) continue;
    if (!view) view = std::make_unique<LateView>();
    view->show(state, change.key, change.before);
  }
  return view;
}

}  // namespace hotaru::sim
