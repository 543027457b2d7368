#include "sim/scenario/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "base/text.h"

namespace hotaru::sim {

namespace {

/// Elapsed time and all jumps so far added up.
TimePoint warped(TimePoint since, Duration elapsed, const ClockRule& rule) {
  TimePoint now = since + elapsed;
  for (const ClockRule::Jump& jump : rule.jumps)
    if (jump.at <= elapsed) now += jump.by;
  return now;
}

Duration scaled(Duration time, double by) {
  return Duration{static_cast<Duration::rep>(static_cast<double>(time.count()) * by)};
}

struct BucketSize {
  double burst;
  double per_second;
};

/// The request buckets that EC2 documents (Amazon EC2 Developer Guide, "Request throttling"): what changes nothing has
/// 100 tokens and 20 a second, less where it asks for everything; what changes something 50 and 5; some have their own.
BucketSize documented_bucket(const CallFacts& call) {
  static const std::map<std::string, BucketSize> own{{"RunInstances", {5, 2}},
                                                     {"StartInstances", {5, 2}},
                                                     {"TerminateInstances", {100, 5}},
                                                     {"CreateTags", {100, 10}},
                                                     {"DeleteTags", {100, 10}}};
  if (const auto found = own.find(call.action); found != own.end()) return found->second;
  if (call.action.starts_with("Describe") || call.action.starts_with("Get"))
    return call.plain ? BucketSize{50, 10} : BucketSize{100, 20};
  return {50, 5};
}

/// The same page's resource buckets: a token for each instance.
std::optional<BucketSize> documented_resources(const std::string& action) {
  if (action == "RunInstances" || action == "StartInstances") return BucketSize{1000, 2};
  if (action == "StopInstances" || action == "TerminateInstances") return BucketSize{1000, 20};
  return std::nullopt;
}

}  // namespace

/// Reads the machine's clock as the scenario bends it.
class Script::WarpedClock final : public Clock {
 public:
  explicit WarpedClock(const Script& script) : script_(script) {}
  TimePoint now() const override { return script_.map(script_.machine_.now()); }
  Duration steady() const override { return script_.machine_.steady(); }
  bool sleep(Duration duration) override { return script_.machine_.sleep(duration); }

 private:
  const Script& script_;
};

Script::Script(Clock& machine) : machine_(machine), clock_(std::make_unique<WarpedClock>(*this)) {}

Script::~Script() = default;

void Script::on_event(std::function<void(const std::string&)> event) {
  const std::lock_guard lock(mutex_);
  event_ = std::move(event);
}

void Script::load(Scenario scenario, TimePoint since) {
  const std::lock_guard lock(mutex_);
  random_ = std::make_unique<SeededRandom>(scenario.seed);
  scenario_ = std::move(scenario);
  since_ = since;
  befallen_.clear();
  buckets_.clear();
}

void Script::clear() {
  const std::lock_guard lock(mutex_);
  scenario_.reset();
}

bool Script::loaded() const {
  const std::lock_guard lock(mutex_);
  return scenario_.has_value();
}

TimePoint Script::map(TimePoint machine_time) const {
  const std::lock_guard lock(mutex_);
  if (!scenario_ || machine_time < since_) return machine_time;
  return warped(since_, scaled(machine_time - since_, scenario_->clock.speed), scenario_->clock);
}

TimePoint Script::signature_time() const {
  const TimePoint machine_time = machine_.now();
  const TimePoint here = map(machine_time);
  const std::lock_guard lock(mutex_);
  if (!scenario_ || machine_time < since_) return machine_time;
  const Duration sped = scaled(machine_time - since_, scenario_->clock.speed) - (machine_time - since_);
  return here - sped;
}

TimePoint Script::now() const {
  if (!scenario_) return machine_.now();
  return warped(since_, scaled(machine_.now() - since_, scenario_->clock.speed), scenario_->clock);
}

bool Script::holds(const When& when) const {
  const Duration elapsed = scaled(machine_.now() - since_, scenario_->clock.speed);
  return elapsed >= when.from && (!when.until || elapsed < *when.until);
}

bool Script::befalls(const When& when) {
  if (!holds(when)) return false;
  std::int64_t& befallen = befallen_[&when];
  if (when.times && befallen >= *when.times) return false;
  if (when.rate < 1 && random_->fraction() >= when.rate) return false;
  ++befallen;
  return true;
}

void Script::tell(int line, const std::string& what) {
  if (event_) event_(fmt::format("scenario, line {}: {}", line, what));
}

Disturbance Script::disturb(const CallFacts& call) {
  const std::lock_guard lock(mutex_);
  Disturbance disturbance;
  if (!scenario_) return disturbance;
  disturbance.delay = latency(call);
  if (throttled(call)) {
    disturbance.refusal = ApiError{503, "RequestLimitExceeded", "Request limit exceeded."};
    return disturbance;
  }
  disturbance.refusal = refusal(call);
  if (disturbance.refusal) return disturbance;
  for (const LostReplyRule& rule : scenario_->lost_replies) {
    if (!matches_wildcard(rule.action, call.action) || !matches_wildcard(rule.when.region, call.region)) continue;
    if (!befalls(rule.when)) continue;
    disturbance.lost_reply = true;
    tell(rule.when.line, fmt::format("{} in {} is done, and its answer is lost", call.action, call.region));
    break;
  }
  return disturbance;
}

Duration Script::latency(const CallFacts& call) {
  Duration sum{0};
  for (const LatencyRule& rule : scenario_->latency) {
    if (!matches_wildcard(rule.action, call.action) || !matches_wildcard(rule.when.region, call.region)) continue;
    if (!befalls(rule.when)) continue;
    sum += rule.time;
    if (rule.jitter.count() > 0) sum += scaled(rule.jitter, random_->fraction());
  }
  return sum;
}

std::optional<ApiError> Script::refusal(const CallFacts& call) {
  for (const ErrorRule& rule : scenario_->errors) {
    if (!matches_wildcard(rule.action, call.action) || !matches_wildcard(rule.when.region, call.region)) continue;
    if (!befalls(rule.when)) continue;
    tell(rule.when.line, fmt::format("{} in {} is refused with {}", call.action, call.region, rule.code));
    return ApiError{rule.status, rule.code, rule.message};
  }
  return std::nullopt;
}

bool Script::take(const std::string& bucket, double burst, double per_second, double tokens) {
  const TimePoint time = now();
  const auto [found, made] = buckets_.try_emplace(bucket, Bucket{burst, time});
  Bucket& one = found->second;
  const double seconds = std::max(0.0, static_cast<double>((time - one.filled).count()) / 1000);
  one.tokens = std::min(burst, one.tokens + seconds * per_second);
  one.filled = time;
  if (one.tokens < tokens) return false;
  one.tokens -= tokens;
  return true;
}

bool Script::throttled(const CallFacts& call) {
  const std::string name = call.region + " " + call.action;
  const auto say = [&](int line) {
    tell(line, fmt::format("{} in {} is throttled", call.action, call.region));
    return true;
  };
  std::size_t number = 0;
  for (const BucketRule& rule : scenario_->throttling) {
    ++number;
    if (!matches_wildcard(rule.action, call.action)) continue;
    const double tokens = rule.by_instance ? static_cast<double>(call.instances) : 1;
    if (!take(fmt::format("{} {}", number, name), rule.burst, rule.per_second, tokens)) return say(rule.line);
  }
  if (!scenario_->throttled_as_ec2) return false;
  const BucketSize size = documented_bucket(call);
  if (!take(name + (call.plain ? " plain" : ""), size.burst, size.per_second, 1)) return say(0);
  if (const auto resources = documented_resources(call.action)) {
    const double tokens = static_cast<double>(call.instances);
    if (!take(name + " resources", resources->burst, resources->per_second, tokens)) return say(0);
  }
  return false;
}

Fate Script::fate(const MachineSpec& spec) {
  const std::lock_guard lock(mutex_);
  Fate fate;
  if (!scenario_) return fate;
  const auto concerns = [&](const auto& rule) {
    return matches_wildcard(rule.when.region, spec.region) && matches_wildcard(rule.zone, spec.zone) &&
           matches_wildcard(rule.type, spec.instance_type) && befalls(rule.when);
  };
  for (const DeathRule& rule : scenario_->deaths) {
    if (!concerns(rule)) continue;
    fate.death = Fate::Death{rule.after, rule.code, rule.message};
    tell(rule.when.line, fmt::format("{} dies {} s after its start: {}", spec.instance_id,
                                     std::chrono::duration_cast<std::chrono::seconds>(rule.after).count(), rule.code));
    break;
  }
  for (const BootRule& rule : scenario_->boots) {
    if (!concerns(rule)) continue;
    fate.boots_after = rule.takes;
    fate.unarmed = rule.unarmed;
    const char* const what = !rule.takes                ? "never boots"
                             : rule.takes->count() == 0 ? "boots without its guard"
                                                        : "boots late";
    tell(rule.when.line, fmt::format("{} {}", spec.instance_id, what));
    break;
  }
  return fate;
}

StopFate Script::stop_fate(const std::string& region, const std::string& zone, const std::string& type,
                           const std::string& instance_id) {
  const std::lock_guard lock(mutex_);
  if (!scenario_) return {};
  for (const StopRule& rule : scenario_->stops) {
    const bool concerns = matches_wildcard(rule.when.region, region) && matches_wildcard(rule.zone, zone) &&
                          matches_wildcard(rule.type, type);
    if (!concerns || !befalls(rule.when)) continue;
    tell(rule.when.line, fmt::format("the shutdown of {} {}", instance_id, rule.takes ? "takes long" : "hangs"));
    return {rule.takes};
  }
  return {};
}

std::vector<FailingTime> Script::failing_checks(const std::string& region, const std::string& zone,
                                                const std::string& type, StatusCheck check) const {
  const std::lock_guard lock(mutex_);
  std::vector<FailingTime> times;
  if (!scenario_) return times;
  for (const CheckRule& rule : scenario_->checks) {
    const bool concerns = matches_wildcard(rule.when.region, region) && matches_wildcard(rule.zone, zone) &&
                          matches_wildcard(rule.type, type) &&
                          (check == StatusCheck::instance ? rule.instance : rule.system);
    if (!concerns) continue;
    FailingTime one{warped(since_, rule.when.from, scenario_->clock), std::nullopt};
    if (rule.when.until) one.until = warped(since_, *rule.when.until, scenario_->clock);
    times.push_back(one);
  }
  return times;
}

std::vector<const CapacityRule*> Script::capacity_rules(const Wanted& wanted) const {
  std::vector<const CapacityRule*> rules;
  if (!scenario_) return rules;
  for (const CapacityRule& rule : scenario_->capacity) {
    const bool concerns = matches_wildcard(rule.when.region, wanted.region) &&
                          matches_wildcard(rule.zone, wanted.zone) && matches_wildcard(rule.type, wanted.type) &&
                          matches_wildcard(rule.market, wanted.market) && holds(rule.when);
    if (concerns) rules.push_back(&rule);
  }
  return rules;
}

std::optional<std::int64_t> Script::room(const Wanted& wanted,
                                         const std::function<std::int64_t(const CapacityRule&)>& running) {
  const std::lock_guard lock(mutex_);
  std::optional<std::int64_t> least;
  for (const CapacityRule* rule : capacity_rules(wanted)) {
    const std::int64_t free = std::max<std::int64_t>(0, rule->instances - running(*rule));
    if (free == 0) tell(rule->when.line, fmt::format("no room for {} in {}", wanted.type, wanted.zone));
    least = std::min(least.value_or(free), free);
  }
  return least;
}

std::optional<std::int64_t> Script::room_left(const Wanted& wanted,
                                              const std::function<std::int64_t(const CapacityRule&)>& running) const {
  const std::lock_guard lock(mutex_);
  std::optional<std::int64_t> least;
  for (const CapacityRule* rule : capacity_rules(wanted)) {
    const std::int64_t free = std::max<std::int64_t>(0, rule->instances - running(*rule));
    least = std::min(least.value_or(free), free);
  }
  return least;
}

Lateness Script::late() const {
  const std::lock_guard lock(mutex_);
  return scenario_ ? scenario_->late : Lateness{};
}

Duration Script::lag(const std::string& key, Duration bound) const {
  std::uint64_t seed = 0;
  {
    const std::lock_guard lock(mutex_);
    if (scenario_) seed = scenario_->seed;
  }
  const std::string digest = sha256(fmt::format("{} {}", seed, key));
  const double fraction =
      (static_cast<unsigned char>(digest[0]) * 256 + static_cast<unsigned char>(digest[1])) / 65536.0;
  return scaled(bound, fraction);
}

}  // namespace hotaru::sim
