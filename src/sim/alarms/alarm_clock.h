#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"

namespace hotaru::sim {

/// When each alarm of a region is evaluated next, by name. Nothing of it is stored: after a restart of the sim alarms
/// are evaluated again from their last change on, which comes to the same.
class AlarmClock {
 public:
  void set(const std::string& name, TimePoint when) {
    remove(name);
    times_[name] = when;
    order_.emplace(when, name);
  }
  void remove(const std::string& name) {
    const auto found = times_.find(name);
    if (found == times_.end()) return;
    order_.erase({found->second, name});
    times_.erase(found);
  }
  bool has(const std::string& name) const { return times_.contains(name); }
  std::size_t size() const { return times_.size(); }
  /// The next one; nullopt if there is none.
  std::optional<std::pair<TimePoint, std::string>> next() const {
    return order_.empty() ? std::nullopt : std::optional(*order_.begin());
  }
  void clear() {
    times_.clear();
    order_.clear();
  }

 private:
  std::map<std::string, TimePoint> times_;
  std::set<std::pair<TimePoint, std::string>> order_;
};

}  // namespace hotaru::sim
