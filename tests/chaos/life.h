#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "universe.h"

namespace hotaru::chaos {

/// What came of a life.
struct Outcome {
  std::vector<std::string> complaints;  ///< empty: all as promised
  std::vector<std::string> log;
  double predicted_usd = 0;  ///< by hotaru's prices
  double exact_usd = 0;      ///< by the sim's bill
  long commands = 0;
  long kills = 0;
};

/// One instance from `up` to nothing left, with everything that may go wrong, all of it drawn from the seed. `keys`:
/// a folder with an Ed25519 key pair that stands for all that ssh-keygen would make.
Outcome live(std::uint64_t seed, const std::shared_ptr<SharedTime>& time, const std::filesystem::path& keys);

}  // namespace hotaru::chaos
