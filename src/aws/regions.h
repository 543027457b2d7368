#pragma once

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "aws/ec2.h"

namespace hotaru::aws {

/// How long several regions may take together. One that is slower is left out with an error, and does not keep those
/// waiting who are there.
inline constexpr Duration patience_with_regions = std::chrono::seconds(10);

inline constexpr std::size_t most_regions_at_once = 64;

/// The same question to several regions at once, over the client's connections, with one deadline for all of them; to
/// a single region without one. `ask` is called from threads of its own, with an Ec2. The answers are in the regions'
/// order; a region that is slow or forbidden is an error in its place. Asked one after the other (`at_once` 1) each has
/// a deadline of its own.
template <class T, class Ask>
std::vector<Result<T>> ask_regions(Client& client, const Clock& clock, const std::vector<std::string>& regions,
                                   const Ask& ask, std::size_t at_once = most_regions_at_once) {
  const Duration began = clock.steady();
  std::vector<Result<T>> answers(regions.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t index = next++; index < regions.size(); index = next++) {
      const Ec2 ec2(client, regions[index]);
      const Duration asked = at_once > 1 ? began : clock.steady();
      answers[index] = ask(regions.size() > 1 ? ec2.by(asked + patience_with_regions) : ec2);
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t count = 1; count < std::min(regions.size(), at_once); ++count) threads.emplace_back(work);
  work();
  threads.clear();  // joins them
  return answers;
}

}  // namespace hotaru::aws
