#include "sim/scenario/scripted_machines.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/text.h"
#include "sim/trouble.h"

namespace hotaru::sim {

namespace {

/// What ended no later than its start is an earlier run.
constexpr Duration moment{1};

}  // namespace

Result<void> ScriptedMachines::start(const MachineSpec& spec, const Firewall& firewall) {
  forget(spec.instance_id);
  const Fate fate = script_.fate(spec);
  const bool at_once = fate.boots_after && fate.boots_after->count() == 0;
  MachineSpec wanted = spec;
  wanted.unarmed = fate.unarmed;
  if (at_once && !fate.death) return machines_->start(wanted, firewall);
  const TimePoint now = script_.clock().now();
  Held held{
      .spec = std::move(wanted), .firewall = firewall, .waiting = true, .boots = std::nullopt, .dies = std::nullopt};
  if (fate.boots_after) held.boots = now + *fate.boots_after;
  if (fate.death) {
    held.dies = now + fate.death->after;
    held.how = fmt::format("died: {}: {}", fate.death->code, fate.death->message);
  }
  {
    const std::lock_guard lock(mutex_);
    plan(spec.instance_id, held);
    changed_.push_back(spec.instance_id);
    held_[spec.instance_id] = std::move(held);
  }
  do_what_is_due(spec.instance_id);
  return {};
}

std::optional<ScriptedMachines::Held> ScriptedMachines::find(const std::string& instance_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(instance_id);
  if (found == held_.end()) return std::nullopt;
  return found->second;
}

void ScriptedMachines::plan(const std::string& instance_id, const Held& held) {
  if (held.waiting && held.boots) due_.emplace(*held.boots, instance_id);
  if (held.dies) due_.emplace(*held.dies, instance_id);
}

void ScriptedMachines::forget(const std::string& instance_id) {
  const std::lock_guard lock(mutex_);
  held_.erase(instance_id);
}

/// From here on it answers for the machine, until that is started again or erased.
void ScriptedMachines::end(const std::string& instance_id, const std::string& how, TimePoint when) {
  MachineStatus status{MachineState::ended, how, when};
  std::function<void(const std::string&, const MachineStatus&)> listener;
  {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(instance_id);
    if (found == held_.end() || found->second.ended) return;
    found->second.ended = status;
    changed_.push_back(instance_id);
    listener = listener_;
  }
  if (listener) listener(instance_id, status);
}

void ScriptedMachines::do_what_is_due(const std::string& instance_id) {
  const auto held = find(instance_id);
  if (!held || held->ended) return;
  const TimePoint now = script_.clock().now();
  if (held->dies && now >= *held->dies) {
    if (!held->waiting) note_trouble("end " + instance_id, machines_->stop(instance_id, /*force=*/true));
    // When it was due, however late somebody looks.
    end(instance_id, held->how, held->waiting ? *held->dies + moment : *held->dies);
    return;
  }
  if (!held->waiting || !held->boots || now < *held->boots) return;
  {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(instance_id);
    if (found == held_.end() || !found->second.waiting) return;  // somebody else was quicker
    found->second.waiting = false;
  }
  const auto started = machines_->start(held->spec, held->firewall);
  if (!started) end(instance_id, "failed: " + started.error().message, now + moment);
}

bool ScriptedMachines::change_held(const MachineSpec& spec) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(spec.instance_id);
  if (found == held_.end()) return false;
  const bool unarmed = found->second.spec.unarmed;
  found->second.spec = spec;
  found->second.spec.unarmed = unarmed;
  return found->second.waiting;
}

Result<void> ScriptedMachines::update(const MachineSpec& spec) {
  if (change_held(spec)) return {};
  return machines_->update(spec);
}

Result<void> ScriptedMachines::set_disks(const MachineSpec& spec, bool force) {
  if (change_held(spec)) return {};
  return machines_->set_disks(spec, force);
}

Result<void> ScriptedMachines::set_firewall(const Firewall& firewall) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(firewall.instance_id);
    if (found != held_.end()) found->second.firewall = firewall;
    if (found != held_.end() && found->second.waiting) return {};
  }
  return machines_->set_firewall(firewall);
}

Result<void> ScriptedMachines::stop(const std::string& instance_id, bool force) {
  const auto held = find(instance_id);
  if (held && held->waiting) {
    end(instance_id, "poweroff", script_.clock().now() + moment);
    return {};
  }
  return machines_->stop(instance_id, force);
}

Result<void> ScriptedMachines::reboot(const std::string& instance_id) {
  const auto held = find(instance_id);
  if (held && held->waiting) return {};
  return machines_->reboot(instance_id);
}

Result<void> ScriptedMachines::erase(const std::string& instance_id) {
  forget(instance_id);
  return machines_->erase(instance_id);
}

MachineStatus ScriptedMachines::status(const std::string& instance_id) {
  if (machines_->kind() == "null") do_what_is_due(instance_id);
  const auto held = find(instance_id);
  if (held && held->ended) return *held->ended;
  if (held && held->waiting) return {MachineState::starting, "", std::nullopt};
  MachineStatus status = machines_->status(instance_id);
  if (status.when) status.when = script_.map(*status.when);
  // It booted when that was due, however late somebody looked.
  if (held && held->boots && status.state == MachineState::booted && kind() == "null") status.when = held->boots;
  return status;
}

Result<std::string> ScriptedMachines::console(const std::string& instance_id) {
  const auto held = find(instance_id);
  if (!held || !held->waiting) return machines_->console(instance_id);
  return fmt::format("{} hotaru simulator: {} does not boot yet: the scenario says so.\r\n",
                     iso8601(script_.clock().now()), instance_id);
}

Result<void> ScriptedMachines::shut_down(bool erase_volumes) {
  {
    const std::lock_guard lock(mutex_);
    held_.clear();
    due_.clear();
  }
  return machines_->shut_down(erase_volumes);
}

void ScriptedMachines::on_change(std::function<void(const std::string&, const MachineStatus&)> listener) {
  {
    const std::lock_guard lock(mutex_);
    listener_ = listener;
  }
  machines_->on_change([this, listener = std::move(listener)](const std::string& id, const MachineStatus& status) {
    MachineStatus told = status;
    if (told.when) told.when = script_.map(*told.when);
    if (listener) listener(id, told);
  });
}

void ScriptedMachines::tick() {
  std::vector<std::string> ids;
  {
    const TimePoint now = script_.clock().now();
    const std::lock_guard lock(mutex_);
    while (!due_.empty() && due_.begin()->first <= now) {
      ids.push_back(due_.begin()->second);
      due_.erase(due_.begin());
    }
  }
  for (const std::string& id : ids) do_what_is_due(id);
}

std::optional<std::vector<std::string>> ScriptedMachines::take_changed() {
  if (machines_->kind() == "null") tick();
  auto changed = machines_->take_changed();
  const std::lock_guard lock(mutex_);
  const auto own = std::exchange(changed_, {});
  if (changed) changed->insert(changed->end(), own.begin(), own.end());
  return changed;
}

}  // namespace hotaru::sim
