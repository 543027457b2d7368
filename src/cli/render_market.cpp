#include "cli/render_market.h"

#include <algorithm>
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

}  // namespace

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
