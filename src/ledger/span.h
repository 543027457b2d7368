#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

/// What things have cost: kept on this machine as it is seen, rebuilt from the cloud where that is lost.
namespace hotaru::ledger {

enum class Kind {
  run,     ///< an instance, from a start to the end of that run
  disk,    ///< a volume, from its creation to its deletion
  alarms,  ///< the CloudWatch alarms of an instance
};
const char* to_string(Kind kind);

/// Something that bills over a time. A kind, an id and `since` are of one span alone.
struct Span {
  Kind kind = Kind::run;
  std::string id;        ///< of the instance or the volume
  std::string instance;  ///< whose it is
  std::string name;      ///< hotaru's, of that instance
  std::string region;
  std::string what;  ///< instance or volume type
  bool spot = false;
  bool address = false;  ///< has a public IPv4 address while it runs
  int count = 0;         ///< alarms
  int gib = 0;           ///< of a disk, or of the one that an instance was launched with; 0: not known
  int iops = 0;
  int throughput = 0;                       ///< MiB/s
  std::optional<double> usd_per_hour = {};  ///< of a run, as it was when it began; else the catalogue's is taken
  std::string price_as_of = {};
  bool estimated = false;                 ///< that price
  TimePoint since{};                      ///< EC2's launch or creation time
  TimePoint begun{};                      ///< not before this does it bill: pending is free
  bool pending = false;                   ///< it has not been seen running
  std::optional<TimePoint> until = {};    ///< nullopt: it goes on
  bool bounded = false;                   ///< it ended at some time before `until`: nobody has told when
  std::optional<TimePoint> expires = {};  ///< its limits end it then
};

/// An instance as EC2 describes it now.
struct Sighting {
  std::string id;
  std::string name;
  std::string region;
  std::string type;
  std::string state;
  bool spot = false;
  bool address = false;
  int alarms = 0;
  TimePoint launched{};                   ///< when its last start was asked for
  std::optional<TimePoint> changed = {};  ///< when its state last did, where EC2 tells
  std::optional<TimePoint> expires = {};
  int gib = 0;                            ///< of its disk, as far as it is known
  std::vector<std::string> volumes = {};  ///< empty once it is gone
  std::optional<double> usd_per_hour = {};
  std::string price_as_of = {};
  bool estimated = false;
};

/// The time in "User initiated (2026-11-22 16:00:00 GMT)".
std::optional<TimePoint> time_in_reason(const std::string& transition_reason);

/// The spans of an instance (its volumes' too) that change by what is seen of it at `now`, as they are then. Pure.
std::vector<Span> after_sighting(const std::vector<Span>& known, const Sighting& seen, TimePoint now);
/// EC2 no longer knows the instance: what went on has ended by now. Pure.
std::vector<Span> after_end(const std::vector<Span>& known, TimePoint now);

}  // namespace hotaru::ledger
