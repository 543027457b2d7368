#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sim/action.h"

/// What the API's instances and the machines behind them have to do with each other. The world's lock is held where a
/// RegionState is given; machines are asked for slow work only through `later`, after it was dropped.
namespace hotaru::sim {

using Later = std::vector<std::function<void()>>;

/// What the machine must know, from the world as it is.
MachineSpec machine_spec(World& world, const RegionState& state, const Instance& instance);
/// The rules of all its groups, group references resolved to the private addresses of their members.
Firewall firewall_of(const RegionState& state, const Instance& instance);

/// Brings the region's instances up to date with their machines and the clock. Every action that looks at instances, or
/// at what they hold (volumes, interfaces, groups), begins with this.
void settle(World& world, RegionState& state, Machines* machines, Later& later);
inline void settle(Context& context) { settle(context.world, context.state, context.machines, context.later); }

/// The same for one instance of the region.
void settle_instance(World& world, RegionState& state, Machines* machines, const std::string& instance_id,
                     Later& later);
/// Does what is due by the clock without anybody's call: evaluates alarms.
void advance(World& world, Machines& machines);

/// Takes back an instance that was never started, with all that was made for it.
void abandon(const World& world, RegionState& state, const std::string& instance_id);

/// Later: starts the machines of pending instances; a failure becomes the instance's.
void start_later(Context& context, const std::vector<std::string>& ids);
/// Later: tells the machine of changed user data, tags or metadata options, if it runs.
void update_later(Context& context, const std::string& instance_id);
/// Later: tells every running machine of the VPC its rules again, after a group or its members changed.
void refresh_firewalls_later(Context& context, const std::string& vpc_id);

/// Listens to the machines for as long as it lives; one per world. Neither world nor machines may go before it.
class InstanceLife {
 public:
  InstanceLife(World& world, Machines& machines);
  ~InstanceLife();
  InstanceLife(const InstanceLife&) = delete;
  InstanceLife& operator=(const InstanceLife&) = delete;

  /// Once, before the first request: finds the machines again, applies the shutdown behaviour to those that ended
  /// meanwhile, and goes on with what was begun (starts, stops, terminations).
  Result<void> recover();

 private:
  void settle_all();
  void settle_these(const std::set<std::string>& ids);
  void work();

  World& world_;
  Machines& machines_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::set<std::string> changed_;  ///< instances whose machines have told of something
  bool ending_ = false;
  std::thread worker_;
};

}  // namespace hotaru::sim
