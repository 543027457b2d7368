#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "lifecycle/context.h"

/// Whether an account can launch what is wanted: reads, and calls with DryRun, which change nothing.
namespace hotaru::lifecycle {

enum class Health { good, warning, bad, unknown };

/// One thing that was looked at.
struct Finding {
  std::string what;  ///< "identity", "clock", …: stable, for programs
  Health health = Health::good;
  std::string seen;                        ///< a sentence without its full stop
  std::string todo = {};                   ///< what to do; "" where there is nothing
  ErrorClass kind = ErrorClass::internal;  ///< of what is bad
};

/// Looks at one thing after the other, and hands on each finding as it is made. `interrupted` ends it.
Result<void> examine(Context& context, const std::string& region, const std::function<void(const Finding&)>& tell);

}  // namespace hotaru::lifecycle
