#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "sim/api_error.h"
#include "sim/machine.h"
#include "sim/scenario/scenario.h"

namespace hotaru::sim {

/// A call, as far as rules look at it.
struct CallFacts {
  std::string region;
  std::string action;
  std::int64_t instances = 0;  ///< that it launches, starts, stops or terminates
  bool plain = false;          ///< a Describe… without filters, ids and page size
};

/// What befalls a call.
struct Disturbance {
  Duration delay{0};  ///< before it is looked at
  std::optional<ApiError> refusal;
  bool lost_reply = false;  ///< it is done, and the connection closes without an answer
};

/// Where an instance of which type is to run, and how it is paid for ("on-demand", "spot").
struct Wanted {
  std::string region;
  std::string zone;
  std::string market;
  std::string type;
};

/// What becomes of a machine that is started.
struct Fate {
  struct Death {
    Duration after{0};
    std::string code;
    std::string message;
  };
  std::optional<Duration> boots_after = Duration{0};  ///< nullopt: never
  bool unarmed = false;
  std::optional<Death> death;
};

/// What becomes of a stop that is not forced.
struct StopFate {
  std::optional<Duration> takes = Duration{0};  ///< nullopt: it hangs
};

/// When a status check fails: from, and until (nullopt: for ever).
struct FailingTime {
  TimePoint from;
  std::optional<TimePoint> until;
};
enum class StatusCheck { instance, system };

/// The scenario that is loaded, if any, and all that must be remembered to follow it. With the same seed and the same
/// calls in the same order it decides the same. Thread-safe; none of it waits.
class Script {
 public:
  /// `machine`: the clock that the scenario's clock is made of.
  explicit Script(Clock& machine);
  ~Script();

  /// Told what happens by scenario, a line each; it must not call back.
  void on_event(std::function<void(const std::string& line)> event);
  /// `since`: when it was loaded, by the machine's clock.
  void load(Scenario scenario, TimePoint since);
  void clear();
  bool loaded() const;

  /// The sim's clock: the machine's, until a scenario makes it run at another speed or jump. Sleeping on it takes the
  /// machine's time.
  Clock& clock() { return *clock_; }
  /// The sim's time of a moment of the machine's.
  TimePoint map(TimePoint machine_time) const;
  /// The time that signatures are judged by: jumps count, speed does not, since nobody's clock could follow it.
  TimePoint signature_time() const;

  Disturbance disturb(const CallFacts& call);
  Fate fate(const MachineSpec& spec);
  StopFate stop_fate(const std::string& region, const std::string& zone, const std::string& type,
                     const std::string& instance_id);
  /// When a check fails of instances of that type there.
  std::vector<FailingTime> failing_checks(const std::string& region, const std::string& zone, const std::string& type,
                                          StatusCheck check) const;
  /// How many more instances may start there; nullopt: any number. The tightest rule counts. `running`: how many run
  /// of those that a rule counts together.
  std::optional<std::int64_t> room(const Wanted& wanted,
                                   const std::function<std::int64_t(const CapacityRule&)>& running);
  /// The same for somebody who only asks: nothing is told of it.
  std::optional<std::int64_t> room_left(const Wanted& wanted,
                                        const std::function<std::int64_t(const CapacityRule&)>& running) const;
  /// The vCPUs that a rule gives to a family of catalog::quota_families(); nullopt: no rule does.
  std::optional<std::int64_t> quota(const std::string& region, const std::string& family,
                                    const std::string& market) const;
  /// Whether quotas without a rule are those of a new account.
  bool new_account() const;
  /// What is decided on requests for more of a quota, earliest first.
  std::vector<QuotaDecision> quota_decisions(const std::string& region, const std::string& family,
                                             const std::string& market) const;
  /// US dollars an hour; nullopt: no rule says.
  std::optional<double> on_demand_price(const std::string& region, const std::string& type) const;
  std::optional<double> spot_price(const std::string& region, const std::string& zone, const std::string& type) const;
  /// Whether the account may use a region; nullopt: no rule says.
  std::optional<bool> region_enabled(const std::string& region) const;
  /// Whether the account has accepted the terms of what AWS Marketplace sells.
  bool subscribed() const;
  Lateness late() const;
  /// How late the object with this key is seen, at most `bound`: always the same for the same key and seed.
  Duration lag(const std::string& key, Duration bound) const;

 private:
  class WarpedClock;
  struct Bucket {
    double tokens = 0;
    TimePoint filled;
  };
  bool holds(const When& when) const;
  std::vector<const CapacityRule*> capacity_rules(const Wanted& wanted) const;
  bool befalls(const When& when);
  bool throttled(const CallFacts& call);
  bool take(const std::string& bucket, double burst, double per_second, double tokens);
  Duration latency(const CallFacts& call);
  std::optional<ApiError> refusal(const CallFacts& call);
  void tell(int line, const std::string& what);
  TimePoint now() const;

  Clock& machine_;
  std::function<void(const std::string&)> event_;
  std::unique_ptr<Clock> clock_;
  mutable std::mutex mutex_;
  std::optional<Scenario> scenario_;
  TimePoint since_;
  std::unique_ptr<Random> random_;
  std::map<const When*, std::int64_t> befallen_;  ///< by the rule: several may stand on one line
  std::map<std::string, Bucket> buckets_;
};

}  // namespace hotaru::sim
