#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/catalog.h"

/// What decides where an instance is rented, as one value: what `plan::choose` looks at and nothing else.
namespace hotaru::market {

/// What an account may run of a family, in vCPUs.
struct Room {
  std::string family;  ///< catalog::QuotaFamily's name
  bool spot = false;
  double limit = 0;
  double used = 0;  ///< by what is pending or running
  double free() const { return limit - used; }
};

/// A spot price that EC2 has told just now.
struct SpotQuote {
  std::string type;
  std::string zone_id;
  double usd_per_hour = 0;
  std::string as_of;
};

/// How likely EC2 holds a spot request to succeed in a zone (GetSpotPlacementScores), for the types asked for together.
struct PlacementScore {
  std::string zone_id;
  int score = 0;  ///< 1 to 10; of fewer than three types always low
};

struct RegionView {
  std::string name;
  bool enabled = true;  ///< for this account
  std::optional<Duration> round_trip = {};
  std::vector<Room> rooms = {};  ///< empty: not known
  std::vector<SpotQuote> spot = {};
  std::vector<PlacementScore> scores = {};  ///< EC2 tells those of the ten best zones alone
  std::string trouble = {};                 ///< why something of it is not known; ""
};

/// What a zone refused lately: it is not asked again at once.
struct Refused {
  std::string region;
  std::string zone_id;
  std::string type;
  bool spot = false;
  std::string code;  ///< "InsufficientInstanceCapacity"
  TimePoint at;
};

/// A snapshot.
struct Market {
  catalog::Catalog catalog;
  std::vector<RegionView> regions;  ///< by name; offers of others are not considered
  std::vector<Refused> refused = {};
  std::optional<TimePoint> scores_asked = {};  ///< when EC2 told the placement scores
};

/// All that can be said without a network: every region of the catalogue, prices with their dates.
Market offline(const catalog::Catalog& catalog);

const RegionView* find_region(const Market& market, std::string_view name);
/// nullptr: not known.
const Room* find_room(const RegionView& region, std::string_view type, bool spot);

}  // namespace hotaru::market
