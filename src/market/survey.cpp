#include "market/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "aws/regions.h"
#include "base/text.h"
#include "market/placement.h"

namespace hotaru::market {

namespace {

constexpr Duration limits_age{3600 * 1000};
constexpr Duration round_trip_age{24 * 3600 * 1000};

std::string limit_fact(const QuotaKey& key) {
  return fmt::format("quota/{}/{}", key.family, key.spot ? "spot" : "on-demand");
}

/// What one region is asked, and what it said.
struct Asked {
  std::vector<QuotaState> limits;  ///< remembered ones first
  std::vector<QuotaKey> missing;
  std::vector<QuotaState> told;
  std::optional<Error> quota_trouble;
  std::map<QuotaKey, double> used;
  std::vector<SpotQuote> spot;
  std::optional<Error> spot_trouble;
  std::optional<Error> trouble;  ///< EC2 itself does not answer, or not us
};

/// The limits of a region that are remembered; which are missing.
void recall(const SurveySeams& seams, const SurveyRequest& request, const std::string& region, Asked& asked) {
  for (const QuotaKey& key : request.quotas) {
    Result<std::optional<std::string>> kept = std::optional<std::string>{};
    if (!request.fresh) kept = seams.known.fact(seams.scope, region, limit_fact(key), limits_age);
    const auto limit = kept && *kept ? parse_number(**kept) : std::nullopt;
    if (limit)
      asked.limits.push_back({.family = key.family, .spot = key.spot, .limit = *limit, .code = "", .name = ""});
    else
      asked.missing.push_back(key);
  }
}

std::vector<SpotQuote> newest_of(const std::vector<aws::SpotPricePoint>& points) {
  std::map<std::pair<std::string, std::string>, const aws::SpotPricePoint*> newest;
  for (const aws::SpotPricePoint& point : points) {
    if (point.zone_id.empty()) continue;
    const aws::SpotPricePoint*& known = newest[{point.type, point.zone_id}];
    if (known == nullptr || known->time < point.time) known = &point;
  }
  std::vector<SpotQuote> quotes;
  for (const auto& [key, point] : newest)
    quotes.push_back({point->type, point->zone_id, point->usd_per_hour, iso8601(point->time).substr(0, 10)});
  return quotes;
}

void ask_spot_prices(aws::Ec2 ec2, const SurveyRequest& request, TimePoint now, Asked& asked) {
  if (request.spot_types.empty()) return;
  auto points = ec2.spot_price_history({.types = request.spot_types, .zone = "", .since = now, .until = now});
  if (points)
    asked.spot = newest_of(*points);
  else
    asked.spot_trouble = points.error();
}

/// All questions to one region, the slower two beside each other.
Result<void> ask_region(const SurveySeams& seams, const SurveyRequest& request, const aws::Ec2& ec2, Asked& asked) {
  const auto when = seams.one_by_one ? std::launch::deferred : std::launch::async;
  const Duration deadline = seams.clock.steady() + aws::patience_with_regions;
  std::future<Result<std::vector<QuotaState>>> limits;
  if (!asked.missing.empty())
    limits = std::async(when, [&] { return quota_limits(seams.client, ec2.region(), asked.missing, deadline); });
  auto used = request.quotas.empty() ? Result<std::map<QuotaKey, double>>() : used_vcpus(ec2);
  if (used) {
    asked.used = std::move(*used);
    ask_spot_prices(ec2, request, seams.clock.now(), asked);
  } else {
    asked.trouble = used.error();
  }
  if (!limits.valid()) return {};
  auto told = limits.get();
  if (told)
    asked.told = std::move(*told);
  else
    asked.quota_trouble = told.error();
  return {};
}

RegionView view_of(const SurveySeams& seams, const std::string& region, Asked& asked, std::vector<Note>& notes) {
  RegionView view{.name = region, .round_trip = remembered_round_trip(seams.known, seams.way, region)};
  if (asked.trouble) {
    view.enabled = false;
    view.trouble = asked.trouble->message;
    notes.push_back({region, "Left out: " + sentence(asked.trouble->message)});
    return view;
  }
  for (const QuotaState& one : asked.told)
    (void)seams.known.set_fact(seams.scope, region, limit_fact({one.family, one.spot}), fmt::format("{:g}", one.limit));
  std::vector<QuotaState> states = asked.limits;
  states.insert(states.end(), asked.told.begin(), asked.told.end());
  set_use(states, asked.used);
  for (const QuotaState& one : states) view.rooms.push_back({one.family, one.spot, one.limit, one.used});
  view.spot = std::move(asked.spot);
  if (asked.quota_trouble) notes.push_back({region, "Quotas are not known: " + sentence(asked.quota_trouble->message)});
  if (asked.spot_trouble)
    notes.push_back({region, "Spot prices are estimated: " + sentence(asked.spot_trouble->message)});
  return view;
}

}  // namespace

Result<Survey> survey(const SurveySeams& seams, const catalog::Catalog& catalog, const SurveyRequest& request) {
  std::map<std::string, Asked> all;
  std::vector<std::string> open;
  for (const std::string& region : request.regions) {
    if (std::ranges::find(request.enabled, region) == request.enabled.end()) continue;
    recall(seams, request, region, all[region]);
    open.push_back(region);
  }
  Placement placement(seams, request, open);
  auto outcomes = aws::ask_regions<void>(
      seams.client, seams.clock, open,
      [&](const aws::Ec2& ec2) { return ask_region(seams, request, ec2, all.at(ec2.region())); },
      seams.one_by_one ? 1 : aws::most_regions_at_once);
  Survey result{.market = {.catalog = catalog, .regions = {}}, .notes = {}};
  for (const std::string& region : request.regions) {
    const auto asked = all.find(region);
    if (asked == all.end()) {
      result.market.regions.push_back({.name = region, .enabled = false, .trouble = "not enabled for this account"});
      continue;
    }
    const auto& trouble = asked->second.trouble;
    if (trouble && trouble->kind == ErrorClass::interrupted) return std::unexpected(*trouble);
    result.market.regions.push_back(view_of(seams, region, asked->second, result.notes));
  }
  std::ranges::sort(result.market.regions, {}, &RegionView::name);
  placement.tell(result);
  return result;
}

std::optional<Duration> remembered_round_trip(store::Known& known, const std::string& way, const std::string& region) {
  const auto kept = known.fact(way, region, "round-trip", round_trip_age);
  const auto milliseconds = kept && *kept ? parse_integer(**kept) : std::nullopt;
  if (!milliseconds) return std::nullopt;
  return Duration{*milliseconds};
}

void remember_round_trip(store::Known& known, const std::string& way, const std::string& region, Duration time) {
  (void)known.set_fact(way, region, "round-trip", std::to_string(time.count()));
}

}  // namespace hotaru::market
