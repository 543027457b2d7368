// What an instance says of its guard, in the middle of whatever else it says.
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "guard/guard.h"

namespace hotaru {

HOTARU_FUZZ(input) {
  using fuzz::require;
  guard::says_armed(input);
  const auto status = guard::parse_status(input);
  if (!status) return;
  require(status->armed, "who says its limits keeps them");
  require(status->spent >= 0, "nobody is paid for running");
  require(!status->idle_for || status->idle_for->count() >= 0, "quiet since a time that was");
  for (const std::string& word : {status->instance, status->active_by, status->ends_by})
    require(word == printable(word), "nothing reaches a terminal raw");
}

}  // namespace hotaru
