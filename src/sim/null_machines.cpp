#include "sim/null_machines.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace hotaru::sim {

namespace {

constexpr std::size_t console_limit = 65'536;
constexpr std::size_t most_events = 1'024;  // each is a line of 64 characters and more

template <class Events, class Event>
void note(Events& events, Event event) {
  if (events.size() == most_events) events.erase(events.begin());
  events.push_back(std::move(event));
}

std::string end_line(TimePoint when, const SharedText& how) {
  return fmt::format("{} hotaru simulator: ended ({})\r\n", iso8601(when), how);
}

std::string boot_lines(const std::string& instance_id, const SharedText& type, bool armed, TimePoint when) {
  return fmt::format(
      "{} hotaru simulator: {} ({}) is simulated without a machine behind it (null kind); nothing runs here, and "
      "nobody can log in.\r\n{}",
      iso8601(when), instance_id, type,
      armed ? "hotaru guard: armed (simulated: a null instance runs nothing)\r\n" : "");
}

/// What a guard of hotaru cannot do without: the folder that it works in.
bool holds_guard(const MachineSpec& spec) { return spec.user_data.find("/run/hotaru") != std::string::npos; }

}  // namespace

MachineStatus NullMachines::status_of(const Machine& machine) {
  const Event& last = machine.events.back();
  return {machine.ended ? MachineState::ended : MachineState::booted, last.how, last.when};
}

Result<void> NullMachines::start(const MachineSpec& spec, const Firewall&) {
  MachineStatus status;
  {
    const std::lock_guard lock(mutex_);
    Machine& machine = machines_[spec.instance_id];
    machine.instance_type = spec.instance_type;
    machine.armed = holds_guard(spec) && !spec.unarmed;
    machine.ended = false;
    note(machine.events, Event{clock_.now(), ""});
    status = status_of(machine);
    changed_.push_back(spec.instance_id);
  }
  tell(spec.instance_id, status);
  return {};
}

Result<void> NullMachines::set_disks(const MachineSpec&, bool) { return {}; }

Result<void> NullMachines::update(const MachineSpec& spec) {
  return change(spec.instance_id, [&](Machine&) {});
}

Result<void> NullMachines::set_firewall(const Firewall& firewall) {
  return change(firewall.instance_id, [&](Machine&) {});
}

Result<void> NullMachines::stop(const std::string& instance_id, bool) { return end(instance_id, "poweroff"); }

Result<void> NullMachines::end(const std::string& instance_id, const std::string& how) {
  MachineStatus status;
  auto changed = change(instance_id, [&](Machine& machine) {
    if (!machine.ended) {
      machine.ended = true;
      note(machine.events, Event{clock_.now(), how});
    }
    status = status_of(machine);
    changed_.push_back(instance_id);
  });
  if (!changed) return changed;
  tell(instance_id, status);
  return {};
}

Result<void> NullMachines::reboot(const std::string& instance_id) {
  return change(instance_id, [&](Machine& machine) {
    if (!machine.ended) note(machine.events, Event{clock_.now(), ""});
  });
}

Result<void> NullMachines::erase(const std::string& instance_id) {
  const std::lock_guard lock(mutex_);
  const auto found = machines_.find(instance_id);
  if (found == machines_.end()) return {};
  machines_.erase(found);
  changed_.push_back(instance_id);
  return {};
}

MachineStatus NullMachines::status(const std::string& instance_id) {
  const std::lock_guard lock(mutex_);
  auto found = machines_.find(instance_id);
  return found == machines_.end() ? MachineStatus{} : status_of(found->second);
}

Result<std::string> NullMachines::console(const std::string& instance_id) {
  std::string text;
  auto read = change(instance_id, [&](const Machine& machine) {
    for (const Event& event : machine.events)
      text += event.how.empty() ? boot_lines(instance_id, machine.instance_type, machine.armed, event.when)
                                : end_line(event.when, event.how);
  });
  if (!read) return pass(read);
  if (text.size() > console_limit) text.erase(0, text.size() - console_limit);
  return text;
}

Result<void> NullMachines::shut_down(bool erase_volumes) {
  const std::lock_guard lock(mutex_);
  for (auto& [id, machine] : machines_) {
    if (!machine.ended) note(machine.events, Event{clock_.now(), "killed"});
    machine.ended = true;
    changed_.emplace_back(id);
  }
  if (erase_volumes) machines_.clear();
  return {};
}

void NullMachines::on_change(std::function<void(const std::string&, const MachineStatus&)> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

std::optional<std::vector<std::string>> NullMachines::take_changed() {
  const std::lock_guard lock(mutex_);
  return std::exchange(changed_, {});
}

Result<void> NullMachines::change(const std::string& instance_id, const std::function<void(Machine&)>& work) {
  const std::lock_guard lock(mutex_);
  auto found = machines_.find(instance_id);
  if (found == machines_.end())
    return fail(ErrorClass::not_found, fmt::format("there is no simulated machine {}", instance_id));
  work(found->second);
  return {};
}

void NullMachines::tell(const std::string& instance_id, const MachineStatus& status) {
  std::function<void(const std::string&, const MachineStatus&)> listener;
  {
    const std::lock_guard lock(mutex_);
    listener = listener_;
  }
  if (listener) listener(instance_id, status);
}

}  // namespace hotaru::sim
