#include "guard/model.h"

#include <algorithm>
#include <chrono>

namespace hotaru::guard {
namespace {

constexpr std::int64_t kFar = 999'999;
constexpr std::int64_t kWeek = 604'800;
// The script's thresholds.
constexpr std::int64_t kCpu = 25;
constexpr std::int64_t kNet = 50;
constexpr std::int64_t kDisk = 1000;

std::int64_t seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
std::int64_t seconds(Duration time) { return std::chrono::floor<std::chrono::seconds>(time).count(); }
std::optional<TimePoint> time_or_none(std::int64_t seconds) {
  return seconds == 0 ? std::nullopt : std::optional(TimePoint(std::chrono::seconds(seconds)));
}

}  // namespace

Model::Number Model::numbers() const {
  const Limits& limits = orders_.limits;
  return {.until = limits.until ? seconds(*limits.until) : 0,
          .idle = limits.idle ? seconds(*limits.idle) : 0,
          .budget = limits.budget.value_or(0),
          .written = seconds(orders_.written)};
}

std::int64_t Model::running_rate() const {
  const auto rate = orders_.rates.types.find(type_);
  return (rate == orders_.rates.types.end() ? orders_.rates.other_type : rate->second) + orders_.rates.address;
}

void Model::ask(const World& world) {
  asked_ = world.uptime;
  if (world.metadata_time) answer_.emplace(*world.metadata_time - world.uptime, world.type);
}

void Model::read_clock(const World& world) {
  uptime_ = world.uptime;
  if (!fixed_ && answer_) {
    std::tie(base_, type_) = *answer_;
    fixed_ = true;
  } else if (!fixed_) {
    base_ = std::max(base_, world.clock - uptime_);
    if (uptime_ - asked_ >= 60) ask(world);
  }
  now_ = base_ + uptime_;
}

void Model::boot(const Orders& user_data, const World& start, const World& armed) {
  orders_ = changed_ && changed_->written >= user_data.written ? *changed_ : user_data;
  const Stored before = stored_.value_or(Stored());
  units_ = before.units, keep_ = before.keep, grace_ = before.grace, type_ = before.type;
  uptime_ = start.uptime;
  base_ = std::max({start.clock, numbers().written, before.now}) - uptime_;
  fixed_ = false;
  answer_.reset();
  keep_uptime_.reset();
  stamps_.clear();
  typed_.reset();
  ended_.reset();
  ask(start);
  read_clock(armed);
  known_ = numbers().written;
  active_ = at_ = uptime_;
  active_by_ = "";
  sent_ = seen_ = 0;
  left_ = kFar;
  start_paying(start, before.now);
  settle_grace(before.now);
  tick(armed);
}

/// For what ran until now, 60 s at least; for disks since it was last seen.
void Model::start_paying(const World& start, std::int64_t last) {
  const std::int64_t age = start.uptime - start.init_started;
  const std::int64_t run = std::max<std::int64_t>(age, 60);
  paid_ = uptime_ - age + run;
  units_ += running_rate() * run;
  units_ += orders_.rates.disks * (last == 0 ? age : std::max<std::int64_t>(now_ - last, 0));
}

void Model::settle_grace(std::int64_t last) {
  find_past();
  time_spared_ = budget_spared_ = false;
  const bool ended = stored_ && stored_->ended;
  if ((!time_past_ && !budget_past_) || numbers().written > last) {
    grace_ = 0;
  } else if (grace_ <= now_) {
    grace_ = (ended ? 999 : 0) + now_ - last > 300 ? now_ + 900 : 0;
  }
  if (grace_ == 0) return;
  time_spared_ = time_past_;
  budget_spared_ = budget_past_;
}

void Model::restart(const World& world) {
  asked_ = world.uptime;
  seen_ = 0;
  left_ = kFar;
  tick(world);
}

void Model::change(const Orders& orders) {
  if (orders.written < orders_.written) return;
  orders_ = orders;
  changed_ = orders;
}

void Model::keep(Duration time, const World& world) { keep_uptime_ = world.uptime + seconds(time); }

void Model::tick(const World& world) {
  if (ended_) return;
  read_clock(world);
  charge(world);
  take_new_orders();
  if (keep_uptime_) keep_ = base_ + *keep_uptime_;
  watch(world);
  decide();
  if (left_ <= 0) ended_ = why_;
  save();
}

void Model::charge(const World& world) {
  units_ += orders_.rates.disks * (uptime_ - at_);
  at_ = uptime_;
  if (uptime_ > paid_) {
    units_ += running_rate() * (uptime_ - paid_);
    paid_ = uptime_;
  }
  // 10^9 bytes at a price, in units of a 3600th.
  if (world.sent > sent_) units_ += (world.sent - sent_) * orders_.rates.sent / 277'778;
  sent_ = world.sent;
  units_ = std::max(units_, orders_.rates.spent * 3600);
}

void Model::take_new_orders() {
  if (numbers().written == known_) return;
  known_ = numbers().written;
  find_past();
  if (grace_ == 0 || time_past_ || budget_past_) return;
  grace_ = 0;
  time_spared_ = budget_spared_ = false;
}

void Model::saw(std::string what) {
  active_ = uptime_;
  active_by_ = std::move(what);
}

void Model::watch(const World& world) {
  if (!orders_.limits.idle) return saw("");
  for (const char* probe : {"look", "gpus"}) {
    const auto stamp = stamps_.find(probe);
    if (stamp != stamps_.end() && stamp->second.first > active_) std::tie(active_, active_by_) = stamp->second;
  }
  const std::int64_t span = uptime_ - seen_;
  if ((span < 60 && left_ > 60) || span <= 0) return;
  const std::int64_t bytes = world.received + world.sent;
  if (seen_ != 0) {
    if (world.sectors - sectors_ > kDisk * span * 2) saw("disk");
    if (bytes - bytes_ > kNet * span * 1000) saw("net");
    if (world.cpu - cpu_ > kCpu * span) saw("cpu");
  }
  seen_ = uptime_, cpu_ = world.cpu, sectors_ = world.sectors, bytes_ = bytes;
  std::string look = typed_ && *typed_ != world.typed ? "terminal" : "";
  typed_ = world.typed;
  if (world.job) look = "job";
  if (world.notebook) look = "jupyter";
  if (!look.empty()) stamps_["look"] = {uptime_, look};
  if (world.gpu) stamps_["gpus"] = {uptime_, "gpu"};
}

void Model::find_past() {
  const Number number = numbers();
  room_ = number.budget * 3600 - orders_.rates.disks * kWeek - units_;
  time_past_ = number.until != 0 && now_ >= number.until;
  budget_past_ = number.budget != 0 && room_ <= 0;
}

void Model::sooner(std::int64_t time, std::string why) {
  if (ends_ != 0 && time >= ends_) return;
  ends_ = time;
  why_ = std::move(why);
}

void Model::decide() {
  const Number number = numbers();
  ends_ = 0;
  why_ = "";
  left_ = kFar;
  find_past();
  if (number.until != 0 && !time_spared_) sooner(number.until, "time");
  const std::int64_t rate = running_rate() + orders_.rates.disks;
  const std::int64_t room = std::max<std::int64_t>(room_, 0);
  if (number.budget != 0 && !budget_spared_ && (room == 0 || rate != 0))
    sooner(now_ + (rate == 0 ? 0 : room / rate), "budget");
  if (number.idle != 0) sooner(std::max(base_ + active_ + number.idle, keep_), "idle");
  if (grace_ != 0) sooner(grace_, "grace");
  if (ends_ != 0) left_ = ends_ - now_;
}

void Model::save() {
  stored_ =
      Stored{.now = now_, .units = units_, .keep = keep_, .grace = grace_, .ended = ended_.has_value(), .type = type_};
  if (!changed_) changed_ = orders_;
}

Duration Model::pause() const {
  const bool usual = left_ > 89 || (left_ < 61 && left_ > 30);
  const std::int64_t soon = left_ > 60 ? left_ - 60 : std::max<std::int64_t>(left_, 1);
  return std::chrono::seconds(usual ? 30 : soon);
}

Status Model::status() const {
  Status status;
  status.armed = !ended_;
  status.instance = instance_;
  status.limits = orders_.limits;
  status.limits.then = End::stop;
  status.now = TimePoint(std::chrono::seconds(now_));
  if (orders_.limits.idle) status.idle_for = std::chrono::seconds(uptime_ - active_);
  status.active_by = active_by_;
  status.keep = time_or_none(keep_);
  status.grace = time_or_none(grace_);
  status.spent = units_ / 3600;
  status.ends = time_or_none(ends_);
  status.ends_by = why_;
  return status;
}

}  // namespace hotaru::guard
