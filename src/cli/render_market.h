#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/quotas.h"
#include "lifecycle/lifecycle.h"
#include "market/quotas.h"
#include "market/refresh.h"
#include "market/spot_history.h"

/// What is known of the market as JSON, one object and a newline (docs/json.md).
namespace hotaru::cli {

/// A part of the catalogue as `catalog show` tells it.
struct PartFacts {
  std::string name;
  long rows = 0;
  std::string as_of;
  std::string age;  ///< for people: "3 d"; "" where the date is no day
  std::string source;
};

/// A quota as `quota` tells it.
struct QuotaFacts {
  std::string region;
  market::QuotaState state;
  std::string fits_type;  ///< "" where the region offers none of the family
  int fits = 0;
};
/// A request for a quota as `quota status` tells it.
struct QuotaRequestFacts {
  std::string region;
  aws::QuotaChange change;
  std::optional<double> limit;  ///< of now
};
/// What `quota request` asks for.
struct QuotaWish {
  std::string region;
  std::string type;
  int count = 1;
  market::QuotaState state;
  double desired = 0;  ///< the limit that it takes
  bool needed() const { return desired > state.limit; }
};

/// What a type costs in a region.
struct PriceFacts {
  std::string region;
  std::string place;
  std::optional<double> on_demand_usd = {};
  std::string on_demand_as_of = {};
  std::optional<double> spot_usd = {};  ///< of the cheapest zone
  std::string spot_as_of = {};
  bool estimated = false;         ///< the spot price, by the advisor's savings
  std::string interruption = {};  ///< "<5%"; "" if not known
};

std::string json_text(const std::string& type, const std::vector<PriceFacts>& prices);
std::string json_text(const std::string& type, const std::vector<market::SpotHistory>& histories,
                      const std::vector<lifecycle::RegionError>& errors);
std::string json_text(const std::vector<QuotaFacts>& quotas, const std::vector<lifecycle::RegionError>& errors);
std::string json_text(const std::vector<QuotaRequestFacts>& requests,
                      const std::vector<lifecycle::RegionError>& errors);
/// `change`: what became of it; nullptr if nothing was asked.
std::string json_text(const QuotaWish& wish, const aws::QuotaChange* change);
std::string json_text(const std::vector<PartFacts>& parts, const std::string& folder);
std::string json_text(const market::Refreshed& refreshed);

}  // namespace hotaru::cli
