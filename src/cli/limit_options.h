#pragma once

#include <string>

#include "cli/context.h"
#include "cli/options.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::cli {

/// The options by which `up`, `plan`, `start` and `limit` are told when an instance ends.
struct LimitOptions {
  std::string time;
  std::string until;
  std::string idle;
  std::string budget;
  std::string then;
  bool none = false;
};
/// `changes`: they are those of an instance that is there, so that "none" takes one away.
void declare_limits(Options& options, LimitOptions& values, bool changes);

/// What was said alone. `invalid` with what to say instead.
Result<lifecycle::LimitWish> read_limits(const LimitOptions& values, Context& context);
/// For a new instance: what was said, else what is configured, else an hour of idleness and a day.
Result<lifecycle::LimitWish> limits_to_propose(const LimitOptions& values, Context& context);

/// "stops when idle for 1h, and at 18:00"; "none: it bills until it is ended" where there are none.
std::string limits_text(const guard::Limits& limits, TimePoint now);
/// What a guard says of itself: "idle for 12m (last active: gpu), spent $1.20; next: stops at 18:00".
std::string guard_text(const guard::Status& status, const guard::Limits& limits);

}  // namespace hotaru::cli
