#include "aws/trace.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hotaru::aws {

std::string trace_line(TimePoint now, const TracedAttempt& attempt) {
  return fmt::format("{} {} {}{}{}, attempt {}: {} ({} ms)", iso8601(now), attempt.service, attempt.region,
                     attempt.region.empty() ? "" : " ", attempt.action, attempt.attempt, attempt.result,
                     attempt.took.count());
}

}  // namespace hotaru::aws
