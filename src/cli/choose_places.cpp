#include "cli/choose_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "base/text.h"
#include "catalog/quotas.h"
#include "cli/offers.h"
#include "lifecycle/find.h"

namespace hotaru::cli {

namespace {

/// What has to be asked to judge the offers of a catalogue.
market::SurveyRequest questions(const plan::Choice& choice, bool fresh) {
  std::set<std::string> regions;
  std::set<market::QuotaKey> quotas;
  std::set<std::string> spot_types;
  for (const plan::Offer& offer : choice.offers) {
    regions.emplace(offer.region);
    if (const auto* family = catalog::quota_family_of(offer.type->name))
      quotas.insert({std::string(family->name), offer.spot});
    if (offer.spot) spot_types.emplace(offer.type->name);
  }
  market::SurveyRequest request;
  request.regions.assign(regions.begin(), regions.end());
  request.quotas.assign(quotas.begin(), quotas.end());
  request.spot_types.assign(spot_types.begin(), spot_types.end());
  request.fresh = fresh;
  return request;
}

/// The catalogue alone: what no account and no market can change.
Result<plan::Choice> possible(const plan::Wish& wish, const market::Market& offline, TimePoint now) {
  plan::Wish lasting = wish;
  lasting.round_trip.reset();
  if (wish.spot) lasting.usd_per_hour.reset();  // the survey has newer prices
  plan::Choice choice = plan::choose(lasting, offline, now);
  if (choice.offers.empty()) return std::unexpected(plan::nothing_satisfies(choice, lasting, offline));
  return choice;
}

/// What refused minutes ago is tried again, but not first.
void put_refused_last(plan::Choice& choice, plan::Order order) {
  constexpr auto alone = 1U << static_cast<unsigned>(plan::Obstacle::refused);
  std::vector<plan::Offer> later;
  for (const plan::Offer& offer : choice.refused)
    if (offer.obstacles == alone) later.push_back(offer);
  const auto rank = [&](const plan::Offer& offer) {
    return std::tuple(plan::figure(offer, order).value_or(std::numeric_limits<double>::infinity()), offer.region,
                      offer.type->name, offer.zone_id);
  };
  std::ranges::sort(later, {}, rank);
  choice.offers.insert(choice.offers.end(), later.begin(), later.end());
}

lifecycle::Place place_of(const plan::Offer& offer) {
  lifecycle::Place place{.type = std::string(offer.type->name),
                         .region = std::string(offer.region),
                         .zone_id = std::string(offer.zone_id),
                         .spot = offer.spot};
  if (offer.usd_per_hour)
    place.price = lifecycle::HourlyPrice{*offer.usd_per_hour, std::string(offer.price_as_of), offer.estimated};
  return place;
}

}  // namespace

Result<Chosen> choose_places(Context& context, lifecycle::Context& cloud, const plan::Wish& wish, bool fresh) {
  auto catalog = context.catalog();
  if (!catalog) return pass(catalog);
  if (auto known = check_names(wish, **catalog); !known) return pass(known);
  const market::Market offline = market::offline(**catalog);
  auto can_be = possible(wish, offline, cloud.clock.now());
  if (!can_be) return pass(can_be);
  market::SurveyRequest request = questions(*can_be, fresh);
  request.home = cloud.region;
  auto enabled = lifecycle::remembered_regions(cloud, fresh);
  if (!enabled) return pass(enabled);
  request.enabled = std::move(*enabled);
  const auto asked = std::ranges::count_if(request.regions, [&](const std::string& region) {
    return std::ranges::find(request.enabled, region) != request.enabled.end();
  });
  cloud.progress({"survey", fmt::format("Asking {} region{} for quotas{}", asked, asked == 1 ? "" : "s",
                                        request.spot_types.empty() ? "" : " and spot prices")});
  auto survey = market::survey({cloud.client, cloud.clock, cloud.known, cloud.scope, way_of(context), cloud.one_by_one},
                               **catalog, request);
  if (!survey) return pass(survey);
  Chosen chosen{.wish = wish, .survey = std::move(*survey), .choice = {}, .places = {}};
  chosen.survey.market.refused = lifecycle::refused_lately(cloud);
  chosen.choice = plan::choose(wish, chosen.survey.market, cloud.clock.now());
  put_refused_last(chosen.choice, wish.order);
  if (chosen.choice.offers.empty())
    return std::unexpected(plan::nothing_satisfies(chosen.choice, wish, chosen.survey.market));
  for (const plan::Offer& offer : chosen.choice.offers) chosen.places.push_back(place_of(offer));
  return chosen;
}

}  // namespace hotaru::cli
