#pragma once

#include <optional>
#include <string>

#include "lifecycle/lifecycle.h"

namespace hotaru::lifecycle {

/// What an operation may have left in a region.
struct Remains {
  std::string region;
  std::string name;
  std::string operation;
  std::string group_id;     ///< "": look for it by the operation's tag
  std::string instance_id;  ///< "": if there is one, the group leads to it
  bool fresh = false;       ///< launched moments ago: EC2 may not know the id yet
};

/// Waits until EC2 says `terminated`, or no longer knows the id. `unavailable` when the patience is over.
Result<void> await_terminated(Context& context, const std::string& region, const std::string& id, Duration patience);

/// Terminates and waits. An id that is not known (any more) counts as ended; a fresh one is asked for again first.
Result<aws::StateChange> terminate(Context& context, const Remains& remains, Duration patience);

/// Deletes the group, or returns the live instance that keeps it from being deleted: once it is gone no late launch can
/// succeed. `conflict` (code DependencyViolation) while something on its way out still holds it.
Result<std::optional<aws::Instance>> try_remove_group(Context& context, const std::string& region,
                                                      const std::string& group_id);

/// The id of the operation's group; "" if there is none.
Result<std::string> find_group(Context& context, const Remains& remains);

/// Removes instance and group, whatever there is. Begins with the group where no instance is known.
Result<void> remove_all(Context& context, Remains remains, Duration patience);

}  // namespace hotaru::lifecycle
