#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/process.h"
#include "base/random.h"
#include "base/result.h"
#include "http/message.h"
#include "sim/control/daemon.h"
#include "sim/control/folder.h"

namespace hotaru::sim {

struct StartOptions {
  std::string kind = {};  ///< "sandbox" or "null"; "": as last time, else sandbox
  int port = 0;           ///< 0: as last time, else any free one
};

struct Started {
  SimInfo info;
  bool found = false;  ///< it ran already
};

struct SimStatus {
  bool running = false;
  bool answers = false;                  ///< false while `running`: it hangs, or is only just starting
  SimInfo info;                          ///< of the running one
  std::string kind;                      ///< "" before the first start
  std::map<std::string, int> instances;  ///< number by state; only of a running one
  std::string public_range;              ///< only of a running one
  std::uintmax_t disk_used = 0;
  std::filesystem::path folder;
};

/// An environment variable to set, or (nullopt) to unset.
struct Variable {
  std::string name;
  std::optional<std::string> value;
};

/// Starts, finds and ends the sim of one user (or of one HOTARU_SIM_DIR). Any number of processes may do so at once:
/// a lock lets them take turns.
class Control {
 public:
  struct Needs {
    Environment environment;
    Clock& clock;
    Random& random;
    Runner& runner;
    http::Transport& transport;
    std::filesystem::path executable;  ///< run as `EXECUTABLE sim serve --dir DIR …`: own_executable()
    /// Told of what takes long: the root file system that the first sim on a machine makes.
    std::function<void(const std::string& line)> progress = {};
  };
  explicit Control(Needs needs) : needs_(std::move(needs)), folder_(SimFolder::of(needs_.environment)) {}

  /// Finds the running one, or starts one and waits until it answers (the first sandbox sim on a machine makes its root
  /// file system before that: about a minute). `conflict` if one of another kind, or on another port, is there;
  /// `unsupported` if this user or host cannot have sandboxes.
  Result<Started> start(const StartOptions& options = {});
  /// Checks as `start` does, and says what to `serve` in this process (`hotaru sim start --foreground`).
  Result<ServeOptions> foreground(const StartOptions& options = {});
  /// For `--cloud sim`: any running one will do.
  Result<SimInfo> ensure_running();
  /// Ends it and its instances, keeping their disks. False if there was nothing to end but what a killed sim had left.
  Result<bool> stop();
  /// Stops, and erases all: instances, disks, what the API knew, credentials.
  Result<void> reset();
  Result<SimStatus> status();

  /// The exact bill, as JSON (docs/json.md); of a sim that does not run, too.
  Result<std::string> bill();

  /// Checks the file, and keeps a copy that a running sim follows from its next call on, and a later one from its
  /// start.
  Result<void> load_scenario(const std::filesystem::path& file);
  /// The scenario in force; nullopt if there is none.
  Result<std::optional<std::string>> scenario() const;
  Result<void> clear_scenario();

  /// What points any AWS tool at a running sim.
  Result<std::vector<Variable>> environment(const SimInfo& info);
  Result<SimCredentials> credentials();

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path log_file() const { return folder_.log_file(); }

 private:
  struct Probe {
    enum { dead, silent, alive } state = dead;
    SimInfo info;
    std::string health;  ///< JSON text, when alive
  };
  Result<Probe> probe();
  Result<Probe> probe_before_start();
  Result<FileLock> take_control();
  Result<Started> use_running(const SimInfo& info, const StartOptions& options) const;
  Result<std::string> choose_kind(const StartOptions& options) const;
  std::filesystem::path cache() const;
  /// What must be there before a sim of that kind can serve.
  Result<void> prepare(const std::string& kind);
  Result<Started> launch(const std::string& kind, int port);
  Result<Started> await_answer(pid_t child, std::uintmax_t log_start);
  Result<bool> end_daemon();
  Result<void> end_machines(bool erase_volumes);
  std::string log_since(std::uintmax_t start) const;

  Needs needs_;
  SimFolder folder_;
};

}  // namespace hotaru::sim
