#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "sim/scenario/script.h"
#include "sim/world.h"

namespace hotaru::sim {

/// Eventual consistency: what an object was before its latest changes, for as long as some reader may still see that.
/// Used under the world's lock.
class LateReads final : public RowStore::Watch {
 public:
  explicit LateReads(Script& script) : script_(script) {}
  bool wants_to_know() const override { return script_.late().any(); }
  void before_change(const RowStore::Key& key, std::optional<std::string> before) override;
  /// Makes the region what it was for whoever reads late, for as long as the view lives; nullptr if that is how it is.
  std::unique_ptr<LateView> view(RegionState& state);

 private:
  struct Change {
    TimePoint time;
    RowStore::Key key;
    std::optional<std::string> before;
  };
  Duration lag(const RowStore::Key& key, const Lateness& late) const;
  bool is_seen(const Change& change, const Lateness& late, TimePoint now) const;
  /// Changes that everybody sees.
  void forget_old(const Lateness& late, TimePoint now);

  Script& script_;
  std::deque<Change> changes_;  ///< oldest first
};

}  // namespace hotaru::sim
