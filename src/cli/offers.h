#pragma once

#include <string>
#include <vector>

#include "cli/context.h"
#include "plan/choose.h"

/// Offers as `find`, `plan` and `up` show them.
namespace hotaru::cli {

/// One type in one region and market: its cheapest zone's offer, and all zones that have it.
struct OfferRow {
  plan::Offer offer;
  std::vector<std::string_view> zone_ids;
};

/// In the order of the offers.
std::vector<OfferRow> rows_of(const std::vector<plan::Offer>& offers);
std::string offers_table(const std::vector<OfferRow>& rows);
std::string offers_json(const std::vector<OfferRow>& rows);

/// What can be said without a network: the catalogue, and the round trips that are remembered.
market::Market offline_market(Context& context, const catalog::Catalog& catalog, const plan::Wish& wish);
/// Under what round trips are remembered: the endpoints that are meant.
std::string way_of(const Context& context);

/// `not_found` with the nearest names for a type or a region that does not exist; what replaces a retired type.
Result<void> check_names(const plan::Wish& wish, const catalog::Catalog& catalog);

}  // namespace hotaru::cli
