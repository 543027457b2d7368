#include "sim/instances/life.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "sim/alarms/alarms.h"
#include "sim/instances/endings.h"
#include "sim/instances/releases.h"
#include "sim/instances/transitions.h"
#include "sim/prices.h"
#include "sim/storage/storage.h"
#include "sim/trouble.h"

namespace hotaru::sim {

namespace {

/// Where an instance's object is: pointers into the world do not outlive its lock.
struct Place {
  World* world;
  Machines* machines;
  std::string account;
  std::string region;
  std::string instance_id;

  const Instance* find() const { return world->region(account, region).instances.find(instance_id); }
  RegionState& state() const { return world->region(account, region); }
};

Place place(World& world, const RegionState& state, Machines* machines, const std::string& instance_id) {
  return {&world, machines, state.account, state.region, instance_id};
}

void erase_machine(const Place& at) { note_trouble("erase " + at.instance_id, at.machines->erase(at.instance_id)); }

/// What an hour of a run that has just begun costs.
void price_run(const World& world, const RegionState& state, Instance& instance) {
  const auto price = on_demand_price(world, state.region, instance.instance_type);
  instance.intervals.back().nano_usd_per_hour = std::llround(price.value_or(0) * 1e9);
}

void settle_one(World& world, RegionState& state, Machines* machines, const std::string& id, Later& later) {
  const Instance* found = state.instances.find(id);
  if (!found || found->state == "stopped") return;
  const Instance& before = *found;
  const TimePoint now = world.now();
  if (forgotten(before, now)) {
    forget(world, state, before);
    return;
  }
  if (before.state == "terminated" || !machines) return;
  const MachineStatus status = machine_status(world, state, *machines, before, later);
  Instance after = observe(before, status, now);
  if (after == before) return;
  if (after.intervals.size() > before.intervals.size()) price_run(world, state, after);
  const bool entered = after.state != before.state;
  if (entered && after.state == "shutting-down") {
    after.ends_at = plain_end(machines, after.state_since.value_or(now));
    later.push_back([at = place(world, state, machines, id)] { erase_machine(at); });
  }
  if (entered && after.state == "stopped") release_public_address(state, after);
  if (entered && after.state == "terminated") erase_volumes_later(machines, later, release_all(state, after));
  state.instances.put(std::move(after));
}

struct Start {
  Place at;
  Result<void> started;
  std::string state = {};  ///< the instance's, afterwards
};

/// Instances may have been stopped or terminated while their machines were being made: then that holds.
void reconcile_started(std::vector<Start>& starts) {
  Later later;
  if (starts.empty()) return;
  {
    auto lock = starts.front().at.world->lock();
    for (Start& one : starts) {
      const Place& at = one.at;
      const Instance* instance = at.find();
      if (!one.started && instance && instance->state == "pending")
        at.state().instances.put(fail_start(*instance, one.started.error().message, at.world->now()));
      // This one alone: with all of them, a launch of many would look at each as often as there are some.
      settle_one(*at.world, at.state(), at.machines, at.instance_id, later);
      instance = at.find();
      one.state = instance ? std::string(instance->state) : "terminated";
    }
  }
  for (const auto& one : later) one();
  for (const auto& [at, started, state] : starts) {
    if (state == "shutting-down" || state == "terminated") {
      erase_machine(at);
    } else if (started && (state == "stopping" || state == "stopped")) {
      note_trouble("stop " + at.instance_id, at.machines->stop(at.instance_id, /*force=*/true));
    }
  }
}

/// What it has beside its root volume, and what its root volume is made of.
Result<void> make_volumes(Machines& machines, const std::vector<Volume>& volumes) {
  for (const Volume& one : volumes)
    if (auto made = machines.disks().make_volume(one.id, one.size_gib, one.snapshot_id); !made) return made;
  return {};
}

/// nullopt if it is not to be started any more.
std::optional<Result<void>> start_machine(const Place& at) {
  MachineSpec spec;
  Firewall firewall;
  std::vector<Volume> volumes;
  {
    auto lock = at.world->lock();
    const Instance* instance = at.find();
    if (!instance || (instance->state != "pending" && instance->state != "running")) return std::nullopt;
    spec = machine_spec(*at.world, at.state(), *instance);
    for (const SharedText& id : instance->volume_ids)
      if (const Volume* volume = at.state().volumes.find(id)) volumes.push_back(*volume);
    if (at.machines->has_network()) firewall = firewall_of(at.state(), *instance);
  }
  if (auto made = make_volumes(*at.machines, volumes); !made) return made;
  return at.machines->start(spec, firewall);
}

/// What became of all of them is written down at once.
void start_machines(const std::vector<Place>& places) {
  std::vector<Start> starts;
  for (const Place& at : places)
    if (auto started = start_machine(at)) starts.push_back({at, *std::move(started)});
  reconcile_started(starts);
}

/// Goes on, at the start of the sim, with what was begun; says what an instance whose machine is gone is to become.
void resume(World& world, RegionState& state, Machines& machines, const Instance& instance, std::vector<Place>& starts,
            Later& later) {
  const bool absent = machines.status(instance.id).state == MachineState::absent;
  const Place at = place(world, state, &machines, instance.id);
  // Pending: the start was not begun. The null kind keeps nothing, and nothing can have happened to it.
  if (instance.state == "pending" || (absent && instance.state == "running" && machines.kind() == "null")) {
    starts.push_back(at);
  } else if (absent && instance.state == "running") {
    state.instances.put(observe(instance, {MachineState::ended, "killed", world.now()}, world.now()));
    const Instance* now = state.instances.find(at.instance_id);
    if (now->state == "shutting-down") later.push_back([at] { erase_machine(at); });
  } else if (instance.ends_at && *instance.ends_at > world.now()) {
    return;  // it hangs
  } else if (!absent && instance.state == "stopping") {
    later.push_back([at] { note_trouble("stop " + at.instance_id, at.machines->stop(at.instance_id, false)); });
  } else if (!absent && instance.state == "shutting-down") {
    later.push_back([at] { erase_machine(at); });
  }
}

/// Wherever they are: who takes the changes takes those of all regions.
void settle_changed(World& world, Machines* machines, const std::vector<std::string>& ids, Later& later) {
  for (RegionState* state : world.regions())
    for (const std::string& id : ids) settle_one(world, *state, machines, id, later);
}

}  // namespace

void settle(World& world, RegionState& state, Machines* machines, Later& later) {
  if (!machines) return;
  run_alarms(world, state, machines, later);
  const auto& index = state.instances.index();
  std::set<SharedText> ids = index.restless();
  const TimePoint now = world.now();
  for (const auto& [since, id] : index.terminated()) {
    if (now - since < terminated_visible_for) break;
    ids.insert(id);
  }
  const auto changed = machines->take_changed();
  if (!changed || state.ask_all_machines) {
    for (const auto& [id, instance] : state.instances.all())
      if (instance.state != "stopped") ids.insert(id);
    state.ask_all_machines = false;
  }
  for (const SharedText& id : ids) settle_one(world, state, machines, id, later);
  if (changed) settle_changed(world, machines, *changed, later);
}

void settle_instance(World& world, RegionState& state, Machines* machines, const std::string& instance_id,
                     Later& later) {
  settle_one(world, state, machines, instance_id, later);
}

void advance(World& world, Machines& machines) {
  Later later;
  {
    auto lock = world.lock();
    for (RegionState* state : world.regions()) run_alarms(world, *state, &machines, later);
  }
  for (const auto& one : later) one();
}

void abandon(const World& world, RegionState& state, const std::string& instance_id) {
  const Instance* found = state.instances.find(instance_id);
  if (!found) return;
  Instance instance = *found;
  instance.addresses.clear();  // nobody ever had it
  static_cast<void>(release_all(state, instance));
  forget(world, state, instance);
}

void start_later(Context& context, const std::vector<std::string>& ids) {
  std::vector<Place> places;
  for (const std::string& id : ids) places.push_back(place(context.world, context.state, context.machines, id));
  context.later.push_back([places = std::move(places)] { start_machines(places); });
}

void update_later(Context& context, const std::string& instance_id) {
  if (!context.machines || !context.state.instances.find(instance_id)) return;
  const Place at = place(context.world, context.state, context.machines, instance_id);
  context.later.push_back([at] {
    MachineSpec spec;
    {
      auto lock = at.world->lock();
      const Instance* instance = at.find();
      if (!instance || instance->state != "running") return;
      spec = machine_spec(*at.world, at.state(), *instance);
    }
    note_trouble("update " + spec.instance_id, at.machines->update(spec));
  });
}

void refresh_firewalls_later(Context& context, const std::string& vpc_id) {
  if (!context.machines || !context.machines->has_network()) return;
  const Place at = place(context.world, context.state, context.machines, "");
  context.later.push_back([at, vpc_id] {
    // Read and applied in one order, or an older set could win over a newer one.
    const std::lock_guard order(at.world->firewall_order());
    std::vector<std::string> ids;
    {
      auto lock = at.world->lock();
      for (const auto& [id, instance] : at.state().instances.all())
        if (instance.vpc_id == vpc_id && (instance.state == "running" || instance.state == "pending"))
          ids.push_back(id);
    }
    // One by one: each may name all the others.
    for (const std::string& id : ids) {
      std::optional<Firewall> one;
      {
        auto lock = at.world->lock();
        if (const Instance* instance = at.state().instances.find(id)) one = firewall_of(at.state(), *instance);
      }
      if (one) note_trouble("rules of " + id, at.machines->set_firewall(*one));
    }
    note_trouble("rules in " + vpc_id, at.machines->apply_firewalls(vpc_id));
  });
}

InstanceLife::InstanceLife(World& world, Machines& machines) : world_(world), machines_(machines) {
  worker_ = std::thread([this] { work(); });
  // The machines may hold what they like while they tell us: only the worker asks them something back.
  machines_.on_change([this](const std::string& instance_id, const MachineStatus&) {
    std::lock_guard lock(mutex_);
    changed_.insert(instance_id);
    wake_.notify_one();
  });
}

InstanceLife::~InstanceLife() {
  machines_.on_change({});
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    wake_.notify_one();
  }
  worker_.join();
}

Result<void> InstanceLife::recover() {
  if (auto found = machines_.recover(); !found) return found;
  settle_all();
  std::vector<Place> starts;
  Later later;
  {
    auto lock = world_.lock();
    for (RegionState* state : world_.regions()) {
      std::vector<std::string> ids;
      for (const auto& [id, instance] : state->instances.all())
        if (instance.state != "stopped" && instance.state != "terminated") ids.push_back(id);
      for (const std::string& id : ids)
        resume(world_, *state, machines_, Instance(*state->instances.find(id)), starts, later);
    }
  }
  start_machines(starts);
  for (const auto& one : later) one();
  resume_storage(world_, machines_);
  settle_all();
  return {};
}

void InstanceLife::settle_all() {
  Later later;
  {
    auto lock = world_.lock();
    for (RegionState* state : world_.regions()) settle(world_, *state, &machines_, later);
  }
  for (const auto& one : later) one();
}

void InstanceLife::settle_these(const std::set<std::string>& ids) {
  Later later;
  {
    auto lock = world_.lock();
    settle_changed(world_, &machines_, {ids.begin(), ids.end()}, later);
  }
  for (const auto& one : later) one();
}

void InstanceLife::work() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    wake_.wait(lock, [this] { return !changed_.empty() || ending_; });
    if (ending_) return;
    const std::set<std::string> changed = std::exchange(changed_, {});
    lock.unlock();
    settle_these(changed);
    lock.lock();
  }
}

}  // namespace hotaru::sim
