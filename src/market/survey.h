#pragma once

#include <string>
#include <vector>

#include "aws/client.h"
#include "base/clock.h"
#include "base/result.h"
#include "market/market.h"
#include "market/quotas.h"
#include "store/known.h"

namespace hotaru::market {

struct SurveyRequest {
  std::vector<std::string> regions;     ///< that come into question; each at most once
  std::vector<std::string> enabled;     ///< for the account; the others are not asked
  std::vector<QuotaKey> quotas;         ///< that decide
  std::vector<std::string> spot_types;  ///< whose spot prices are asked; none where spot is not wanted
  std::string home;                     ///< where it is asked what does not belong to one region; "": the first one
  bool fresh = false;                   ///< asks again what is remembered
};

/// Something that could not be had, and what it means.
struct Note {
  std::string region;
  std::string text;  ///< a sentence
};

struct Survey {
  Market market;
  std::vector<Note> notes;
};

struct SurveySeams {
  aws::Client& client;
  Clock& clock;
  store::Known& known;
  std::string scope;        ///< of what is remembered
  std::string way;          ///< the same for round trips, which are not the account's but the endpoint's
  bool one_by_one = false;  ///< regions one after the other, for runs that are to be repeated
};

/// One round over all regions at once. Limits are remembered for an hour, round trips for a day (by `regions`), spot
/// placement scores (one call for all regions, for three types or more) for a quarter of an hour; use and spot prices
/// are always asked. A region that is slow, closed or forbidden becomes a note: its offers are left out
/// where EC2 does not answer, and considered without a quota where Service Quotas may not be asked. `interrupted` if
/// the user presses Ctrl-C; never another error.
Result<Survey> survey(const SurveySeams& seams, const catalog::Catalog& catalog, const SurveyRequest& request);

/// The round trip to a region's endpoint, as measured within a day; nullopt if it was not.
/// `way`: which endpoints are meant.
std::optional<Duration> remembered_round_trip(store::Known& known, const std::string& way, const std::string& region);
void remember_round_trip(store::Known& known, const std::string& way, const std::string& region, Duration time);

}  // namespace hotaru::market
