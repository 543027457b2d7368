#include "cli/render_market.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace hotaru::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json json_of(const Error& error) {
  return {{"class", to_string(error.kind)},
          {"message", error.message},
          {"hint", error.hint.empty() ? Json(nullptr) : Json(error.hint)},
          {"code", error.code.empty() ? Json(nullptr) : Json(error.code)}};
}

Json json_of(const std::vector<lifecycle::RegionError>& errors) {
  Json list = Json::array();
  for (const auto& one : errors) list.push_back({{"region", one.region}, {"error", json_of(one.error)}});
  return list;
}

/// What is computed has digits that say nothing.
double money(double usd) { return std::round(usd * 1e6) / 1e6; }

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json time_of(const std::optional<TimePoint>& time) { return time ? Json(iso8601(*time, false)) : Json(nullptr); }

Json json_of(const market::QuotaState& state) {
  return {{"family", state.family},
          {"market", state.spot ? "spot" : "on-demand"},
          {"code", state.code},
          {"name", state.name},
          {"limit", state.limit},
          {"used", state.used},
          {"free", std::max(0.0, state.limit - state.used)}};
}

Json json_of(const aws::QuotaChange& change) {
  return {{"id", change.id},
          {"case_id", or_null(change.case_id)},
          {"code", change.quota_code},
          {"name", change.quota_name},
          {"desired", change.desired},
          {"status", change.status},
          {"created", time_of(change.created)},
          {"updated", time_of(change.updated)}};
}

Json json_of(const PriceFacts& price) {
  Json json{{"region", price.region}, {"place", or_null(price.place)}, {"on_demand", nullptr}, {"spot", nullptr}};
  if (price.on_demand_usd)
    json["on_demand"] = {{"usd_per_hour", money(*price.on_demand_usd)}, {"as_of", price.on_demand_as_of}};
  if (price.spot_usd) {
    json["spot"] = {
        {"usd_per_hour", money(*price.spot_usd)}, {"as_of", price.spot_as_of}, {"estimated", price.estimated}};
  }
  json["interruption"] = or_null(price.interruption);
  return json;
}

Json json_of(const market::SpotHistory& history) {
  Json steps = Json::array();
  for (const auto& [time, usd] : history.steps) {
    steps.push_back({{"since", iso8601(time, false)}, {"usd_per_hour", usd}});
  }
  return {{"region", history.region},
          {"zone", history.zone},
          {"zone_id", or_null(history.zone_id)},
          {"now", history.now()},
          {"lowest", history.lowest()},
          {"mean", money(history.mean())},
          {"highest", history.highest()},
          {"steps", steps}};
}

}  // namespace

std::string json_text(const std::string& type, const std::vector<PriceFacts>& prices) {
  Json list = Json::array();
  for (const PriceFacts& price : prices) list.push_back(json_of(price));
  return text_of({{"type", type}, {"prices", list}});
}

std::string json_text(const std::string& type, const std::vector<market::SpotHistory>& histories,
                      const std::vector<lifecycle::RegionError>& errors) {
  Json list = Json::array();
  for (const market::SpotHistory& history : histories) list.push_back(json_of(history));
  return text_of({{"type", type}, {"history", list}, {"errors", json_of(errors)}});
}

std::string json_text(const std::vector<QuotaFacts>& quotas, const std::vector<lifecycle::RegionError>& errors) {
  Json list = Json::array();
  for (const QuotaFacts& quota : quotas) {
    Json json{{"region", quota.region}};
    json.update(json_of(quota.state));
    json["fits"] = quota.fits_type.empty() ? Json(nullptr) : Json{{"type", quota.fits_type}, {"count", quota.fits}};
    list.push_back(std::move(json));
  }
  return text_of({{"quotas", list}, {"errors", json_of(errors)}});
}

std::string json_text(const std::vector<QuotaRequestFacts>& requests,
                      const std::vector<lifecycle::RegionError>& errors) {
  Json list = Json::array();
  for (const QuotaRequestFacts& request : requests) {
    Json json{{"region", request.region}};
    json.update(json_of(request.change));
    json["limit"] = request.limit ? Json(*request.limit) : Json(nullptr);
    json["granted"] = request.limit ? Json(*request.limit >= request.change.desired) : Json(nullptr);
    list.push_back(std::move(json));
  }
  return text_of({{"requests", list}, {"errors", json_of(errors)}});
}

std::string json_text(const QuotaWish& wish, const aws::QuotaChange* change) {
  return text_of({{"request",
                   {{"region", wish.region},
                    {"type", wish.type},
                    {"count", wish.count},
                    {"quota", json_of(wish.state)},
                    {"desired", wish.desired},
                    {"needed", wish.needed()},
                    {"change", change != nullptr ? json_of(*change) : Json(nullptr)}}}});
}

std::string json_text(const std::vector<PartFacts>& parts, const std::string& folder) {
  Json list = Json::array();
  for (const PartFacts& part : parts) {
    list.push_back({{"name", part.name}, {"rows", part.rows}, {"as_of", part.as_of}, {"source", part.source}});
  }
  return text_of({{"catalog", {{"parts", list}, {"folder", folder}}}});
}

std::string json_text(const market::Refreshed& refreshed) {
  Json list = Json::array();
  for (const market::RefreshedPart& part : refreshed.parts) {
    list.push_back({{"name", part.name},
                    {"rows", part.rows},
                    {"asked", part.asked},
                    {"kept", part.kept},
                    {"failed", part.failed},
                    {"error", part.error ? json_of(*part.error) : Json(nullptr)}});
  }
  return text_of({{"refreshed", {{"regions", refreshed.regions}, {"parts", list}}}});
}

}  // namespace hotaru::cli
