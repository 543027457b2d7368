#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

/// What keeps an instance's limits: a shell script on the instance itself, started at every boot by cloud-init. Pure:
/// here is what it is told, what is told to EC2 so that it runs, and what it says. Amounts are millionths of a US
/// dollar, before tax.
namespace hotaru::guard {

using MicroUsd = std::int64_t;

/// How an instance ends when a limit is reached. Its EC2 attribute InstanceInitiatedShutdownBehavior says so: the guard
/// itself only powers off.
enum class End { stop, terminate };

/// What the user allows an instance. Without any, it runs until somebody ends it.
struct Limits {
  std::optional<TimePoint> until;  ///< whole seconds
  std::optional<Duration> idle;    ///< all quiet for so long; whole minutes
  /// All that the instance costs from its launch on, over stops and starts, and a week of what it bills when stopped
  /// (unless it is to be terminated).
  std::optional<MicroUsd> budget;
  End then = End::stop;
  bool any() const { return until || idle || budget; }
  bool operator==(const Limits&) const = default;
};

/// What it costs, for the budget.
struct Rates {
  std::map<std::string, MicroUsd> types;  ///< an hour of running, by instance type (the one launched and its family)
  MicroUsd other_type = 0;                ///< an hour of running, as any other type: the dearest that it could be
  MicroUsd address = 0;                   ///< an hour of running
  MicroUsd disks = 0;                     ///< an hour, from the launch on, stopped too
  MicroUsd sent = 0;                      ///< a gigabyte (10^9 bytes) that leaves a network interface
  MicroUsd spent = 0;                     ///< what had been spent when this was written
  bool operator==(const Rates&) const = default;
};

/// What a guard is told. Of two, the later written one counts.
struct Orders {
  Limits limits;
  Rates rates;
  TimePoint written;  ///< whole seconds
  bool operator==(const Orders&) const = default;
};

/// The guard and what starts it, as lines of a cloud-config: the key `bootcmd:` and its list. At most 8 KiB.
std::string cloud_config(const Orders& orders);
/// A word on the console that the guard is armed; never before it is. Reads the console of any boot stage.
bool says_armed(std::string_view console);

/// Shell commands for root on the instance (by ssh), each one line that sh -c takes; without anything secret in them.
/// Gives a running guard new orders and prints its status. Fails (status 1, a word on stderr) where none runs.
std::string change_command(const Orders& orders);
/// Not idle until so much later; prints the status.
std::string keep_command(Duration time);
/// Prints the status.
std::string status_command();

/// What a guard says of itself.
struct Status {
  bool armed = false;
  std::string instance;  ///< whose state it is
  Limits limits;         ///< as it keeps them: `then` is not known to it, a budget has what it need not keep back
  TimePoint now;         ///< by the guard's reckoning
  std::optional<Duration> idle_for;
  std::string active_by;           ///< what it saw last: "gpu", "cpu", "terminal", "jupyter", "job", "net", "disk"
  std::optional<TimePoint> keep;   ///< not idle until then
  std::optional<TimePoint> grace;  ///< started past its limits: ends then, unless it is given others
  MicroUsd spent = 0;              ///< since the launch
  std::optional<TimePoint> ends;   ///< if all goes on as it is: the earliest of its limits
  std::string ends_by;             ///< "time", "idle", "budget", "grace"
};
/// Reads what the commands above print; text around it (a message of the day) is skipped. `invalid` if it is none.
Result<Status> parse_status(std::string_view text);

}  // namespace hotaru::guard
