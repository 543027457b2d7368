#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/regions.h"
#include "lifecycle/facts.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::lifecycle {

/// An instance that was asked for by name or id, as EC2 has it now.
struct Located {
  std::string region;
  aws::Instance instance;
  std::optional<store::KnownInstance> known;  ///< what this machine remembers of it
};

/// From the cache alone; nullopt if it is not there. `conflict` if the name is in use in several regions.
Result<std::optional<store::KnownInstance>> find_known(Context& context, const Which& which);
/// Asks EC2: where the cache says, else in all enabled regions at once. Live instances come before ended ones; an ended
/// one is found as long as EC2 shows it (about an hour). `not_found` with the nearest name.
Result<Located> locate(Context& context, const Which& which);
/// The group hotaru-NAME of the instance if it carries our tag.
Result<std::optional<aws::SecurityGroup>> group_of(Context& context, const Located& located);
/// An instance at hand, with what is remembered of it.
Located located_of(Context& context, const std::string& region, const aws::Instance& instance);
/// This machine's own key: the private file, and what its pair is called in EC2 ("" while there is none).
struct OwnKey {
  std::string file;
  std::string pair;
};
OwnKey own_key(const Context& context);
/// Pure: what is worth remembering of it. One that was not known is logged in to with our key if it was launched with
/// that (from another machine).
store::KnownInstance to_remember(const Located& located, const OwnKey& key);
/// Remembers it, and returns what is remembered.
store::KnownInstance remember(Context& context, const Located& located);
/// Launched by this machine so lately that EC2 need not show it, or its tags, to everybody yet.
bool is_fresh(Context& context, const store::KnownInstance& known);
/// `conflict` unless it was made by hotaru.
Result<void> check_ours(const Located& located, const Which& which);

/// The instance that uses a group and is not on its way out; nullopt if there is none.
Result<std::optional<aws::Instance>> instance_in_group(Context& context, const std::string& region,
                                                       const std::string& group_id);

/// aws::ask_regions as the context wants it: at once, or one after the other in an order that can be repeated.
template <class T, class Ask>
std::vector<Result<T>> ask_regions(Context& context, const std::vector<std::string>& regions, const Ask& ask) {
  const std::size_t at_once = context.one_by_one ? 1 : aws::most_regions_at_once;
  return aws::ask_regions<T>(context.client, context.clock, regions, ask, at_once);
}

/// All enabled regions of the account.
Result<std::vector<std::string>> enabled_regions(Context& context);
/// The same, kept for a day; `fresh` asks again.
Result<std::vector<std::string>> remembered_regions(Context& context, bool fresh);

}  // namespace hotaru::lifecycle
