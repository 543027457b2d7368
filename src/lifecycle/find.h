#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <vector>

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
/// Remembers it, and returns what is remembered.
store::KnownInstance remember(Context& context, const Located& located);
/// Launched by this machine so lately that EC2 need not show it, or its tags, to everybody yet.
bool is_fresh(Context& context, const store::KnownInstance& known);
/// `conflict` unless it was made by hotaru.
Result<void> check_ours(const Located& located, const Which& which);

/// The instance that uses a group and is not on its way out; nullopt if there is none.
Result<std::optional<aws::Instance>> instance_in_group(Context& context, const std::string& region,
                                                       const std::string& group_id);

/// The same question to several regions at once, each on a thread of its own.
template <class T, class Ask>
std::vector<Result<T>> ask_regions(const Context& context, const std::vector<std::string>& regions, const Ask& ask) {
  std::vector<Result<T>> answers(regions.size());
  if (context.one_by_one) {
    std::ranges::transform(regions, answers.begin(), ask);
    return answers;
  }
  std::vector<std::jthread> threads;
  for (std::size_t index = 1; index < regions.size(); ++index)
    threads.emplace_back([&, index] { answers[index] = ask(regions[index]); });
  if (!regions.empty()) answers[0] = ask(regions[0]);
  threads.clear();
  return answers;
}

/// All enabled regions of the account.
Result<std::vector<std::string>> enabled_regions(Context& context);

}  // namespace hotaru::lifecycle
