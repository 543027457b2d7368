#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "guard/model.h"
#include "pipe.h"
#include "sim/bill/bill.h"
#include "sim/endpoint.h"
#include "sim/in_memory_transport.h"
#include "sim/null_machines.h"
#include "sim/scenario/scripted_machines.h"
#include "sim/world.h"

namespace hotaru::chaos {

/// A guard on an instance, from one of its starts to its end.
struct Guarded {
  guard::Model model;
  TimePoint boot{};
  TimePoint next{};              ///< tick
  bool dead = false;             ///< its kernel is: nothing ticks, nobody gets in
  std::int64_t clock_error = 0;  ///< seconds that the system's clock is wrong by
  bool metadata = true;          ///< the metadata service answers
};

/// EC2 and its instances on a virtual clock: outlives the clients that are killed. One region.
class Universe {
 public:
  static constexpr const char* account = "000000000000";
  static constexpr const char* region = "us-east-1";

  Universe(std::uint64_t seed, std::shared_ptr<SharedTime> time);

  /// Answers one question of a client.
  Message answer(const Message& question);
  /// Time passes: guards look and decide, what is due in EC2 happens.
  void pass(Duration time);
  void load(const std::string& scenario);

  /// As EC2 has it now.
  std::vector<sim::Instance> living();
  std::vector<std::string> groups();
  std::size_t alarms();
  std::size_t templates();
  std::size_t volumes();
  sim::Bill bill();
  Guarded* guard_of(const std::string& instance_id);
  /// Its process was killed, and is back.
  void restart(Guarded& guarded) { guarded.model.restart(seen_by(guarded)); }

  TimePoint now() const { return clock_.now(); }
  /// By the console, from elsewhere.
  void call(const std::string& action, const std::string& instance_id);
  /// Somebody works on all instances until then.
  void work_until(TimePoint time) { busy_until_ = time; }
  SeededRandom& random() { return random_; }
  bool chance(double probability) { return random_.fraction() < probability; }
  /// An instance was terminated, or never was: what is written of it.
  std::vector<std::string> log;

 private:
  /// What is due in EC2 happens.
  void settle();
  void meet_guards();
  void run_guards();
  void tick(const std::string& id, Guarded& guarded);
  guard::World seen_by(const Guarded& guarded) const;
  Message command(const std::string& address, const std::string& text);
  std::optional<std::string> id_at(const std::string& address);
  void tell_time() { time_->milliseconds = clock_.now().time_since_epoch().count(); }

  std::shared_ptr<SharedTime> time_;
  FakeClock clock_;
  SeededRandom random_;
  sim::Script script_{clock_};
  std::unique_ptr<sim::World> world_;
  sim::ScriptedMachines machines_{std::make_unique<sim::NullMachines>(clock_), script_};
  sim::NullMachines& null_ = dynamic_cast<sim::NullMachines&>(machines_.inner());
  sim::Endpoint endpoint_;
  sim::InMemoryTransport transport_;
  std::map<std::string, Guarded> guards_;      ///< by instance, of those that run
  std::map<std::string, guard::Model> disks_;  ///< what their guards left there
  TimePoint busy_until_{};
};

/// What the user data of an instance, or a command to its guard, orders; nullopt if it orders nothing.
std::optional<guard::Orders> read_orders(const std::string& text);

}  // namespace hotaru::chaos
