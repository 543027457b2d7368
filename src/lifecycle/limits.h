#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/cloudwatch.h"
#include "aws/ec2.h"
#include "guard/guard.h"
#include "lifecycle/lifecycle.h"

/// Limits: what the user says becomes what the guard, CloudWatch and the tags say.
namespace hotaru::lifecycle {

/// With a time that runs from `now` on.
guard::Limits limits_of(const LimitWish& wish, TimePoint now);
/// Those of a plan, if it is launched now.
guard::Limits planned_limits(const LaunchPlan& plan, TimePoint now);
/// Those of an instance that is there, with what is wished of them changed.
guard::Limits changed_limits(const guard::Limits& before, const LimitWish& wish, TimePoint now);
/// The tags that carry them; empty where there are none.
aws::Tags limit_tags(const guard::Limits& limits, int disk_gib);
/// The size of the disk that a budget counts with, as the tags have it; 0 if they do not.
int read_disk(const aws::Tags& tags);
/// As the tags have them. What cannot be read is left out.
guard::Limits read_limits(const aws::Tags& tags);
/// "idle=1h budget=5usd disk=64 then=stop", without the time limit.
std::string limits_code(const guard::Limits& limits, int disk_gib);

/// What an instance costs, for its budget: of the first type or, where EC2 has no room for that, another of them. By
/// the on-demand price also on spot: EC2 never takes more. Where the first one's is not known a budget is `invalid`.
Result<guard::Rates> rates_of(const guard::Limits& limits, const std::vector<std::string>& types,
                              const std::string& region, int disk_gib);

/// The alarms by which EC2 ends what the guard cannot (its kernel is dead, its image has no cloud-init).
struct Alarms {
  std::vector<aws::Alarm> alarms;
  /// Why there is none for the time; "" where there is one, or nothing to limit it.
  std::string without_time;
};
/// For an instance that runs since `launched`. `most`: by when it will have ended, by its time or its budget.
struct AlarmSubject {
  std::string name;       ///< hotaru's
  std::string operation;  ///< of its launch
  std::string region;
  std::string instance_id;
  TimePoint launched;
};
Alarms alarms_for(const AlarmSubject& subject, const guard::Limits& limits, const guard::Rates& rates,
                  const std::string& type);
/// Their names, which a name and an operation are enough for.
std::vector<std::string> alarm_names(const std::string& name, const std::string& operation);

/// Puts the alarms. Where that is not permitted, or not to be had, `progress` is told so, and it is remembered for a
/// day: the instance is guarded all the same. Fails if the user interrupts.
Result<void> put_alarms(Context& context, const std::string& region, const Alarms& alarms);
/// Puts those that an instance should have by its tags, whatever is there.
Result<void> renew_alarms(Context& context, const std::string& region, const aws::Instance& instance);
/// Why there will be no alarms in a region, as far as it is known before they are put; "" if nothing is.
std::string alarms_refused(Context& context, const std::string& region);
/// Deletes both, whether they are there or not.
Result<void> remove_alarms(Context& context, const std::string& region, const std::string& name,
                           const std::string& operation);

/// Every alarm of hotaru's in a region; none where that is not permitted.
Result<std::vector<aws::AlarmState>> alarms_of_ours(Context& context, const std::string& region);
/// Deletes those of them whose instance is gone: it ended by itself, or from elsewhere.
Result<std::vector<Settled>> remove_dead_alarms(Context& context, const std::string& region,
                                                const std::vector<aws::AlarmState>& alarms);

/// The most that an instance may cost before tax, and how long it may run for that; nullopt where nothing bounds it.
std::optional<double> most_usd(const guard::Limits& limits, double running, double stopped, TimePoint now);

}  // namespace hotaru::lifecycle
