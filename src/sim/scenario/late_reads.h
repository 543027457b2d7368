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
  /// The region as it was for whoever reads late; nullptr if that is how it is.
  std::unique_ptr<RegionState> view(const RegionState& state);

 private:
  struct Change {
    TimePoint time;
    RowStore::Key key;
    std::optional<std::string> before;
  };
  Duration lag(const RowStore::Key& key, const Lateness& late) const;
  bool is_seen(const Change& change, const Lateness& late, TimePoint now) const;

  Script& script_;
  RowStore nowhere_;            ///< views write nothing
  std::deque<Change> changes_;  ///< oldest first
};

}  // namespace hotaru::sim
