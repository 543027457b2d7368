#include "sim/control/backend.h"

#include "sim/instances/life.h"
#include "sim/instances/transitions.h"
#include "sim/null_machines.h"
#include "sim/sandbox/host_check.h"
#include "sim/sandbox/image.h"
#include "sim/sandbox/sandbox_machines.h"

namespace hotaru::sim {
namespace {

Result<std::unique_ptr<Machines>> make_sandboxes(const SimFolder& folder, const std::filesystem::path& cache,
                                                 Runner& runner, Clock& clock) {
  if (auto able = check_host(); !able) return pass(able);
  SandboxSettings settings;
  settings.state = folder.path();
  settings.image = image_folder(cache, image_distribution());
  settings.supervisor = {own_executable().string(), "sim-machine"};
  auto machines = SandboxMachines::open(std::move(settings), runner, clock);
  if (!machines) return pass(machines);
  return *std::move(machines);
}

/// One-time spot instances cannot be stopped, by EC2's rule: they end.
Instance put_away(const Instance& instance, TimePoint now) {
  const bool one_time = instance.lifecycle == "spot" && !instance.spot_persistent;
  return one_time ? begin_termination(instance, now) : begin_stop(instance, now);
}

}  // namespace

Result<Backend> Backend::open(const std::string& kind, const SimFolder& folder, const std::filesystem::path& cache,
                              Clock& clock, Random& random) {
  Backend backend;
  backend.script = std::make_unique<Script>(clock);
  std::unique_ptr<Machines> machines;
  if (kind == "null") {
    machines = std::make_unique<NullMachines>(clock);
  } else if (kind == "sandbox") {
    auto sandboxes = make_sandboxes(folder, cache, *backend.runner, clock);
    if (!sandboxes) return pass(sandboxes);
    machines = *std::move(sandboxes);
  } else {
    return fail(ErrorClass::invalid, "There is no kind '" + kind + "' of sim.", "Use 'sandbox' or 'null'.");
  }
  backend.machines = std::make_unique<ScriptedMachines>(std::move(machines), *backend.script);
  auto world = World::open(folder.database_file(), backend.script->clock(), random);
  if (!world) return pass(world);
  backend.world = *std::move(world);
  backend.world->follow(*backend.script);
  return backend;
}

Result<void> Backend::end(bool erase_volumes) {
  if (erase_volumes) return machines->shut_down(true);
  {
    const auto lock = world->lock();
    for (RegionState* state : world->regions()) {
      std::vector<std::string> ids;
      for (const auto& [id, instance] : state->instances.all())
        if (instance.state == "pending" || instance.state == "running") ids.push_back(id);
      for (const std::string& id : ids) state->instances.put(put_away(*state->instances.find(id), world->now()));
    }
  }
  auto ended = machines->shut_down(false);
  Later later;
  {
    const auto lock = world->lock();
    for (RegionState* state : world->regions()) settle(*world, *state, machines.get(), later);
  }
  for (const auto& work : later) work();
  return ended;
}

std::map<std::string, int> Backend::count_instances() const {
  std::map<std::string, int> counts;
  const auto lock = world->lock();
  for (const RegionState* state : world->regions()) {
    for (const auto& [name, count] : state->instances.index().states().all()) counts[name] += static_cast<int>(count);
  }
  return counts;
}

}  // namespace hotaru::sim
