#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"
#include "base/clock.h"
#include "base/result.h"

/// Brings the catalogue of today from AWS into the cache (catalog/stored.h).
namespace hotaru::market {

/// What a region told within this time is not asked again.
inline constexpr Duration refresh_age = std::chrono::hours(24);

struct RefreshRequest {
  std::vector<std::string> regions;  ///< empty: all that are enabled for the account
  std::string home;                  ///< where it is asked which those are, and for the types first
  bool fresh = false;                ///< asks for everything, however new it is
};

struct RefreshSeams {
  aws::Client& client;
  Clock& clock;
  std::filesystem::path folder;
  /// Told whenever an answer has been written down; from any thread, one at a time.
  std::function<void(const std::string& text)> progress = [](const std::string&) {};
};

/// What has become of a part ("types", "offerings", "prices", "spot", "storage").
struct RefreshedPart {
  std::string name;
  int asked = 0;                    ///< regions that told it now
  int kept = 0;                     ///< regions that told it within the day
  int failed = 0;                   ///< regions that keep what they had, if they had anything
  long rows = 0;                    ///< of all
  std::optional<Error> error = {};  ///< the first one
};
struct Refreshed {
  std::vector<std::string> regions;
  std::vector<RefreshedPart> parts;
};

/// Asks all regions at once, not more than a few at a time. Each answer is on the disk when the next one is: what was
/// interrupted goes on where it was. What cannot be had stays as it was; an error only where nothing at all could be
/// had, or (`interrupted`) the user wanted no more. `conflict`: another one is at it.
Result<Refreshed> refresh(const RefreshSeams& seams, const RefreshRequest& request);

}  // namespace hotaru::market
