#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "sim/null_machines.h"

namespace hotaru::sim {

/// For tests: null machines that keep what they were last given, rules too.
class RecordingMachines : public NullMachines {
 public:
  using NullMachines::NullMachines;

  bool has_network() const override { return true; }
  Result<void> start(const MachineSpec& spec, const Firewall& firewall) override {
    {
      const std::lock_guard lock(mutex_);
      specs_[spec.instance_id] = spec;
      firewalls_[spec.instance_id] = firewall;
    }
    return NullMachines::start(spec, firewall);
  }
  Result<void> update(const MachineSpec& spec) override {
    {
      const std::lock_guard lock(mutex_);
      specs_[spec.instance_id] = spec;
    }
    return NullMachines::update(spec);
  }
  Result<void> set_disks(const MachineSpec& spec, bool) override {
    const std::lock_guard lock(mutex_);
    specs_[spec.instance_id] = spec;
    return {};
  }
  Result<void> set_firewall(const Firewall& firewall) override {
    {
      const std::lock_guard lock(mutex_);
      firewalls_[firewall.instance_id] = firewall;
    }
    return NullMachines::set_firewall(firewall);
  }

  /// nullopt for one that was never started.
  std::optional<MachineSpec> spec(const std::string& instance_id) const { return find(specs_, instance_id); }
  std::optional<Firewall> firewall(const std::string& instance_id) const { return find(firewalls_, instance_id); }

 private:
  template <class T>
  std::optional<T> find(const std::map<std::string, T>& all, const std::string& instance_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = all.find(instance_id);
    return found == all.end() ? std::nullopt : std::optional(found->second);
  }

  mutable std::mutex mutex_;
  std::map<std::string, MachineSpec> specs_;
  std::map<std::string, Firewall> firewalls_;
};

}  // namespace hotaru::sim
