#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "guard/guard.h"

namespace hotaru::guard {

/// What an instance shows its guard. Times in seconds, counters since the boot.
struct World {
  std::int64_t uptime = 0;
  std::int64_t init_started = 0;  ///< by uptime: 0, but for a container
  std::int64_t clock = 0;         ///< the system's, since 1970
  std::optional<std::int64_t> metadata_time;
  std::string type;          ///< as the metadata service says
  std::int64_t cpu = 0;      ///< hundredths of a core's second
  std::int64_t sectors = 0;  ///< read and written
  std::int64_t received = 0;
  std::int64_t sent = 0;
  bool gpu = false;        ///< busy now; a probe that hangs finds nothing
  std::int64_t typed = 0;  ///< when somebody last did, at any terminal
  bool job = false;
  bool notebook = false;  ///< a kernel is busy now
};

/// What guard.sh decides, tick by tick, without a shell: for whole lives of simulated instances. Random traces through
/// both prove them equal (model_test.cpp). Not in it: warnings, what before-end.d does, and what makes a guard fail.
class Model {
 public:
  explicit Model(std::string instance) : instance_(std::move(instance)) {}

  /// An instance starts, with that user data; ends with the first tick. The script waits for the metadata service
  /// between the two worlds, 5 s at most.
  void boot(const Orders& user_data, const World& start, const World& armed);
  /// A guard that was killed is back, in the same boot.
  void restart(const World& world);
  /// Looks, and decides. After `ends()` nothing changes any more until the next boot.
  void tick(const World& world);
  /// As change_command and keep_command do; to be followed by a tick, which they bring about.
  void change(const Orders& orders);
  void keep(Duration time, const World& world);

  /// Until the next tick.
  Duration pause() const;
  /// The limit that ended it ("time", "idle", "budget", "grace"), if one did.
  const std::optional<std::string>& ended() const { return ended_; }
  Status status() const;

 private:
  /// What is on the disk.
  struct Stored {
    std::int64_t now = 0;
    std::int64_t units = 0;
    std::int64_t keep = 0;
    std::int64_t grace = 0;
    bool ended = false;
    std::string type = "-";
  };
  struct Number {
    std::int64_t until = 0;
    std::int64_t idle = 0;
    std::int64_t budget = 0;
    std::int64_t written = 0;
  };
  Number numbers() const;
  std::int64_t running_rate() const;
  void read_clock(const World& world);
  void ask(const World& world);
  void charge(const World& world);
  void start_paying(const World& start, std::int64_t last);
  void settle_grace(std::int64_t last);
  void take_new_orders();
  void watch(const World& world);
  void saw(std::string what);
  void decide();
  void sooner(std::int64_t time, std::string why);
  void find_past();
  void save();

  std::string instance_;
  std::optional<Stored> stored_;
  std::optional<Orders> changed_;  ///< on the disk
  Orders orders_;

  std::int64_t uptime_ = 0, now_ = 0, base_ = 0, asked_ = 0;
  bool fixed_ = false;
  std::optional<std::pair<std::int64_t, std::string>> answer_;  ///< of the metadata service: base, type
  std::string type_ = "-";
  std::int64_t paid_ = 0, at_ = 0, units_ = 0, sent_ = 0;
  std::int64_t active_ = 0, keep_ = 0, grace_ = 0, known_ = 0;
  std::optional<std::int64_t> keep_uptime_;
  std::string active_by_;
  bool time_spared_ = false, budget_spared_ = false;  ///< past when it started: the grace stands for them
  bool time_past_ = false, budget_past_ = false;
  std::int64_t room_ = 0;
  std::int64_t seen_ = 0, cpu_ = 0, sectors_ = 0, bytes_ = 0;
  std::map<std::string, std::pair<std::int64_t, std::string>> stamps_;  ///< of the probes: when, what
  std::optional<std::int64_t> typed_;
  std::int64_t ends_ = 0, left_ = 0;
  std::string why_;
  std::optional<std::string> ended_;
};

}  // namespace hotaru::guard
