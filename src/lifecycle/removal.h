#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lifecycle/lifecycle.h"

namespace hotaru::lifecycle {

/// What an operation may have left in a region.
struct Remains {
  std::string region;
  std::string name;
  std::string operation;
  std::string group_id = {};       ///< "": look for it by the operation's tag
  std::string instance_id = {};    ///< "": if there is one, the group leads to it
  bool fresh = false;              ///< launched moments ago: EC2 may not know the id yet
  std::string template_name = {};  ///< of the launch template; "": none was made
  std::string template_id = {};    ///< "": look for it by its name
  bool alarms = false;             ///< CloudWatch may have alarms for it
  bool force = false;              ///< also where it is protected against termination
};

/// How long a removal goes on before it is left to the journal.
struct Patience {
  Duration whole;       ///< while EC2 answers and something still ends
  Duration unanswered;  ///< once EC2 does not answer
};

/// Terminates and waits until EC2 says `terminated`, or no longer knows the id. An id that is not known (any more)
/// counts as ended; a fresh one is asked for again first. `unavailable` when the patience is over.
/// What outlives the instance is added to `kept`.
Result<aws::StateChange> terminate(Context& context, const Remains& remains, const Patience& patience,
                                   std::vector<std::string>* kept = nullptr);

/// Deletes the group, or returns the live instance that keeps it from being deleted: once it is gone no late launch can
/// succeed. `conflict` (code DependencyViolation) while something on its way out still holds it.
Result<std::optional<aws::Instance>> try_remove_group(Context& context, const std::string& region,
                                                      const std::string& group_id);

/// The id of the operation's group; "" if there is none.
Result<std::string> find_group(Context& context, const Remains& remains);

/// Deletes the operation's launch template, if one was made. One that is not there (any more) counts as deleted.
Result<void> remove_template(Context& context, Remains& remains);

/// Removes instance and group, whatever there is. Begins with the group where no instance is known.
Result<void> remove_all(Context& context, Remains remains, const Patience& patience);

/// The groups that `hotaru up` has made in a region. What other machines left is among them.
Result<std::vector<aws::SecurityGroup>> groups_with_deadline(aws::Ec2 ec2);

/// Removes those whose deadline has passed and that nothing uses.
Result<std::vector<Settled>> remove_leftovers(Context& context, const std::string& region,
                                              const std::vector<aws::SecurityGroup>& groups);

}  // namespace hotaru::lifecycle
