#include "sim/null_machines.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hotaru::sim {

namespace {

constexpr std::size_t console_limit = 65'536;

void print(std::string& console, const std::string& line) {
  console += line + "\r\n";
  if (console.size() > console_limit) console.erase(0, console.size() - console_limit);
}

std::string boot_message(const MachineSpec& spec, TimePoint now) {
  return fmt::format(
      "{} hotaru simulator: {} ({}) is simulated without a machine behind it (null kind); nothing runs here, and "
      "nobody can log in.",
      iso8601(now), spec.instance_id, spec.instance_type);
}

}  // namespace

Result<void> NullMachines::start(const MachineSpec& spec, const Firewall& firewall) {
  MachineStatus status{MachineState::booted, "", clock_.now()};
  {
    std::lock_guard lock(mutex_);
    Machine& machine = machines_[spec.instance_id];
    machine.spec = spec;
    keep(machine, firewall);
    machine.status = status;
    print(machine.console, boot_message(spec, clock_.now()));
  }
  tell(spec.instance_id, status);
  return {};
}

Result<void> NullMachines::update(const MachineSpec& spec) {
  return change(spec.instance_id, [&](Machine& machine) { machine.spec = spec; });
}

/// A group that refers to itself gives each of its members a list of all of them: the same one, so it is kept once.
void NullMachines::keep(Machine& machine, const Firewall& firewall) {
  if (!last_rules_ || last_rules_->ingress != firewall.ingress || last_rules_->egress != firewall.egress)
    last_rules_ = std::make_shared<const Rules>(Rules{firewall.ingress, firewall.egress});
  machine.private_ip = firewall.private_ip;
  machine.rules = last_rules_;
}

Result<void> NullMachines::set_firewall(const Firewall& firewall) {
  return change(firewall.instance_id, [&](Machine& machine) { keep(machine, firewall); });
}

Result<void> NullMachines::stop(const std::string& instance_id, bool) { return end(instance_id, "poweroff"); }

Result<void> NullMachines::end(const std::string& instance_id, const std::string& how) {
  MachineStatus status{MachineState::ended, how, clock_.now()};
  auto changed = change(instance_id, [&](Machine& machine) {
    if (machine.status.state == MachineState::ended) {
      status = machine.status;
      return;
    }
    machine.status = status;
    print(machine.console, fmt::format("{} hotaru simulator: ended ({})", iso8601(clock_.now()), how));
  });
  if (!changed) return changed;
  tell(instance_id, status);
  return {};
}

Result<void> NullMachines::reboot(const std::string& instance_id) {
  return change(instance_id,
                [&](Machine& machine) { print(machine.console, boot_message(machine.spec, clock_.now())); });
}

Result<void> NullMachines::erase(const std::string& instance_id) {
  std::lock_guard lock(mutex_);
  machines_.erase(instance_id);
  return {};
}

MachineStatus NullMachines::status(const std::string& instance_id) {
  std::lock_guard lock(mutex_);
  auto found = machines_.find(instance_id);
  return found == machines_.end() ? MachineStatus{} : found->second.status;
}

Result<std::string> NullMachines::console(const std::string& instance_id) {
  std::string text;
  auto read = change(instance_id, [&](Machine& machine) { text = machine.console; });
  if (!read) return pass(read);
  return text;
}

Result<void> NullMachines::shut_down(bool erase_volumes) {
  std::lock_guard lock(mutex_);
  if (erase_volumes) {
    machines_.clear();
    return {};
  }
  for (auto& [id, machine] : machines_)
    if (machine.status.state != MachineState::ended) machine.status = {MachineState::ended, "killed", clock_.now()};
  return {};
}

void NullMachines::on_change(std::function<void(const std::string&, const MachineStatus&)> listener) {
  std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

std::optional<MachineSpec> NullMachines::spec(const std::string& instance_id) const {
  std::lock_guard lock(mutex_);
  auto found = machines_.find(instance_id);
  if (found == machines_.end()) return std::nullopt;
  return found->second.spec;
}

std::optional<Firewall> NullMachines::firewall(const std::string& instance_id) const {
  std::lock_guard lock(mutex_);
  auto found = machines_.find(instance_id);
  if (found == machines_.end()) return std::nullopt;
  const Machine& machine = found->second;
  return Firewall{instance_id, machine.private_ip, machine.rules->ingress, machine.rules->egress};
}

Result<void> NullMachines::change(const std::string& instance_id, const std::function<void(Machine&)>& work) {
  std::lock_guard lock(mutex_);
  auto found = machines_.find(instance_id);
  if (found == machines_.end())
    return fail(ErrorClass::not_found, fmt::format("there is no simulated machine {}", instance_id));
  work(found->second);
  return {};
}

void NullMachines::tell(const std::string& instance_id, const MachineStatus& status) {
  std::function<void(const std::string&, const MachineStatus&)> listener;
  {
    std::lock_guard lock(mutex_);
    listener = listener_;
  }
  if (listener) listener(instance_id, status);
}

}  // namespace hotaru::sim
