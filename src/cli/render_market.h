#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/quotas.h"
#include "lifecycle/lifecycle.h"
#include "market/quotas.h"
#include "market/refresh.h"

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

std::string json_text(const std::vector<QuotaFacts>& quotas, const std::vector<lifecycle::RegionError>& errors);
std::string json_text(const std::vector<QuotaRequestFacts>& requests,
                      const std::vector<lifecycle::RegionError>& errors);
/// `change`: what became of it; nullptr if nothing was asked.
std::string json_text(const QuotaWish& wish, const aws::QuotaChange* change);
std::string json_text(const std::vector<PartFacts>& parts, const std::string& folder);
std::string json_text(const market::Refreshed& refreshed);

}  // namespace hotaru::cli
