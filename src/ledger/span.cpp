#include "ledger/span.h"

#include <algorithm>

#include "base/text.h"

namespace hotaru::ledger {

namespace {

bool is_ended(const std::string& state) {
  return state == "stopping" || state == "stopped" || state == "shutting-down" || state == "terminated";
}

bool is_gone(const std::string& state) { return state == "shutting-down" || state == "terminated"; }

void close(Span& span, TimePoint at, bool bounded) {
  span.until = std::max(at, span.begun);
  span.bounded = bounded;
}

/// Brings a run up to date with what is seen of it.
void follow(Span& run, const Sighting& seen, TimePoint now) {
  run.name = seen.name.empty() ? run.name : seen.name;
  run.what = seen.type;
  run.spot = seen.spot;
  run.address = run.address || seen.address;
  run.expires = seen.expires;
  if (run.gib == 0) run.gib = seen.gib;
  if (seen.usd_per_hour && !run.usd_per_hour) {
    run.usd_per_hour = seen.usd_per_hour;
    run.price_as_of = seen.price_as_of;
    run.estimated = seen.estimated;
  }
  if (seen.state == "pending") run.begun = std::max(run.begun, now);
  if (seen.state == "running") run.pending = false;
  // A time of the change that lies before the run is that of another change.
  const bool told = seen.changed && *seen.changed >= run.since;
  if (is_ended(seen.state) && !run.until) {
    run.pending = run.pending && !told;
    close(run, told ? std::min(*seen.changed, now) : now, !told);
  }
}

Span begun_run(const Sighting& seen) {
  Span run;
  run.id = run.instance = seen.id;
  run.name = seen.name;
  run.region = seen.region;
  run.since = run.begun = seen.launched;
  run.pending = seen.state == "pending";
  return run;
}

/// Alarms go with the instance, from its first launch on.
void follow_alarms(const std::vector<Span>& known, const Sighting& seen, TimePoint now, std::vector<Span>& changed) {
  const auto found = std::ranges::find(known, Kind::alarms, &Span::kind);
  if (found == known.end() && (seen.alarms == 0 || is_gone(seen.state))) return;
  Span alarms = found != known.end() ? *found : begun_run(seen);
  if (alarms.until) return;
  alarms.kind = Kind::alarms;
  alarms.what = "alarms";
  alarms.pending = false;
  alarms.count = std::max(seen.alarms, alarms.count);
  if (is_gone(seen.state)) close(alarms, seen.changed.value_or(now), !seen.changed);
  changed.push_back(alarms);
}

/// The disk that it was launched with, until somebody reads its volumes; it goes with the instance.
void follow_disks(const std::vector<Span>& known, const Sighting& seen, TimePoint now, std::vector<Span>& changed) {
  int gib = 0;
  bool has_disk = false;
  for (const Span& span : known) {
    if (span.kind == Kind::run) gib = std::max(gib, span.gib);
    if (span.kind != Kind::disk) continue;
    has_disk = true;
    if (span.until || !is_gone(seen.state)) continue;
    Span disk = span;
    close(disk, seen.changed.value_or(now), !seen.changed);
    changed.push_back(disk);
  }
  gib = std::max(gib, seen.gib);
  if (has_disk || is_gone(seen.state) || gib == 0 || seen.volumes.size() != 1) return;
  Span disk = begun_run(seen);
  disk.kind = Kind::disk;
  disk.id = seen.volumes.front();
  disk.what = "gp3";
  disk.gib = gib;
  disk.pending = false;
  changed.push_back(disk);
}

}  // namespace

const char* to_string(Kind kind) {
  if (kind == Kind::run) return "run";
  return kind == Kind::disk ? "disk" : "alarms";
}

std::optional<TimePoint> time_in_reason(const std::string& reason) {
  const auto open = reason.find('(');
  const auto close = reason.find(" GMT)", open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  std::string time = reason.substr(open + 1, close - open - 1);
  const auto space = time.find(' ');
  if (space == std::string::npos) return std::nullopt;
  time[space] = 'T';
  return parse_iso8601(time + "Z");
}

std::vector<Span> after_sighting(const std::vector<Span>& known, const Sighting& seen, TimePoint now) {
  std::vector<Span> changed;
  std::optional<Span> current;
  for (const Span& span : known) {
    if (span.kind == Kind::run && span.since == seen.launched) current = span;
    if (span.kind != Kind::run || span.until || span.since >= seen.launched) continue;
    Span earlier = span;  // it was stopped and started, and nobody saw it
    close(earlier, seen.launched, true);
    changed.push_back(earlier);
  }
  const bool told = seen.changed && *seen.changed >= seen.launched;
  // A run that nobody saw, and of which EC2 does not tell the end, cannot be known.
  if (current || !is_ended(seen.state) || told) {
    Span run = current ? *current : begun_run(seen);
    follow(run, seen, now);
    changed.push_back(run);
  }
  follow_alarms(known, seen, now, changed);
  follow_disks(known, seen, now, changed);
  return changed;
}

std::vector<Span> after_end(const std::vector<Span>& known, TimePoint now) {
  std::vector<Span> changed;
  for (Span span : known) {
    if (span.until) continue;
    close(span, now, true);
    changed.push_back(span);
  }
  return changed;
}

}  // namespace hotaru::ledger
