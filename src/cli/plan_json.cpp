#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"
#include "cli/offers.h"
#include "cli/plan_text.h"
#include "cli/render.h"
#include "lifecycle/limits.h"

namespace hotaru::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_reasons = 100;

Json place_json(const lifecycle::Place& place) {
  Json json{{"type", place.type},
            {"region", place.region},
            {"zone_id", place.zone_id.empty() ? Json(nullptr) : Json(place.zone_id)},
            {"market", place.spot ? "spot" : "on-demand"},
            {"usd_per_hour", nullptr},
            {"price_as_of", nullptr},
            {"estimated", false}};
  if (place.price) {
    json["usd_per_hour"] = place.price->usd;
    json["price_as_of"] = place.price->as_of;
    json["estimated"] = place.price->estimated;
  }
  return json;
}

Json score_json(const Chosen& chosen, const lifecycle::Place& place) {
  const market::RegionView* region = market::find_region(chosen.survey.market, place.region);
  if (region == nullptr || !place.spot) return nullptr;
  const auto found = std::ranges::find(region->scores, place.zone_id, &market::PlacementScore::zone_id);
  return found == region->scores.end() ? Json(nullptr) : Json(found->score);
}

Json item_json(const price::Item& item) {
  const auto amount = [](const std::optional<double>& usd) { return usd ? Json(*usd) : Json(nullptr); };
  return {{"what", item.what},
          {"usd_per_hour", amount(item.usd_per_hour)},
          {"usd_per_hour_stopped", amount(item.usd_when_stopped)},
          {"as_of", item.as_of.empty() ? Json(nullptr) : Json(item.as_of)},
          {"estimated", item.estimated}};
}

Json full_price_json(const price::FullPrice& price) {
  Json items = Json::array();
  for (const price::Item& item : price.items) items.push_back(item_json(item));
  return {{"items", items},
          {"complete", price.complete()},
          {"usd_per_hour", price.running()},
          {"usd_per_day", price.running() * 24},
          {"usd_per_month", price.running() * price::hours_per_month},
          {"usd_per_month_stopped", price.stopped() * price::hours_per_month}};
}

/// Those that would do but for a reason that the market may lift: quota, capacity, a region that is closed.
Json refused_json(const Chosen& chosen) {
  Json list = Json::array();
  using enum plan::Obstacle;
  for (const plan::Offer& offer : chosen.choice.refused) {
    plan::Offer bare = offer;
    for (const plan::Obstacle passing : {quota, refused, disabled, latency, price})
      bare.obstacles &= ~(1U << static_cast<unsigned>(passing));
    if (bare.obstacles != 0) continue;
    if (list.size() == most_reasons) break;
    list.push_back({{"type", offer.type->name},
                    {"region", offer.region},
                    {"zone_id", offer.zone_id},
                    {"market", offer.spot ? "spot" : "on-demand"},
                    {"reason", plan::obstacle_text(offer, chosen.wish, chosen.survey.market)}});
  }
  return list;
}

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<lifecycle::Place> read_place(const nlohmann::json& json) {
  if (!json.is_object()) return std::nullopt;
  lifecycle::Place place{.type = text_at(json, "type"),
                         .region = text_at(json, "region"),
                         .zone_id = text_at(json, "zone_id"),
                         .spot = text_at(json, "market") == "spot"};
  if (place.type.empty() || place.region.empty()) return std::nullopt;
  const auto price = json.find("usd_per_hour");
  const auto estimated = json.find("estimated");
  if (price != json.end() && price->is_number())
    place.price = lifecycle::HourlyPrice{price->get<double>(), text_at(json, "price_as_of"),
                                         estimated != json.end() && estimated->is_boolean() && estimated->get<bool>()};
  return place;
}

std::unexpected<Error> no_plan(const std::string& file) {
  return fail(ErrorClass::invalid, fmt::format("{} is no plan of hotaru's.", file),
              "Make one: hotaru plan --gpu T4 -o json > plan.json");
}

}  // namespace

std::string plan_json(const lifecycle::LaunchPlan& plan, const price::FullPrice& price, const Chosen* chosen,
                      TimePoint now, bool simulated) {
  Json json = Json::parse(json_text(plan, simulated));
  Json& inside = json["plan"];
  inside["market"] = plan.request.spot ? "spot" : "on-demand";
  inside["image_asked"] = plan.image.family.empty() ? plan.request.image : plan.image.family;
  if (!plan.existing) {
    const guard::Limits limits = lifecycle::planned_limits(plan, now);
    const auto most = lifecycle::most_usd(limits, price.running(), price.stopped(), now);
    inside["full_price"] = full_price_json(price);
    inside["limits"] = Json::parse(json_text(limits));
    inside["limits_proposed"] = plan.request.limits.proposed;
    inside["limit_notes"] = plan.limit_notes;
    inside["usd_at_most"] = most ? Json(*most) : Json(nullptr);
  }
  Json places = Json::array();
  for (const lifecycle::Place& place : plan.places) {
    places.push_back(place_json(place));
    if (chosen != nullptr) places.back()["placement_score"] = score_json(*chosen, place);
  }
  inside["places"] = places;
  if (chosen != nullptr) {
    const auto asked = chosen->survey.market.scores_asked;
    inside["placement_scores_as_of"] = asked ? Json(iso8601(*asked)) : Json(nullptr);
    inside["refused"] = refused_json(*chosen);
    Json notes = Json::array();
    for (const market::Note& note : chosen->survey.notes)
      notes.push_back({{"region", note.region}, {"text", note.text}});
    inside["notes"] = notes;
  }
  return json.dump(2) + "\n";
}

Result<lifecycle::LaunchPlan> parse_plan(const std::string& text, const std::string& name) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto inside = json.is_object() ? json.find("plan") : json.end();
  if (!json.is_object() || inside == json.end() || !inside->is_object()) return no_plan(name);
  lifecycle::LaunchPlan plan;
  plan.request.name = text_at(*inside, "name");
  plan.request.image = text_at(*inside, "image_asked");
  const auto disk = inside->find("disk_gib");
  if (disk != inside->end() && disk->is_number_integer() && disk->get<std::int64_t>() > 0 &&
      disk->get<std::int64_t>() < 1'000'000)
    plan.request.disk_gib = static_cast<int>(disk->get<std::int64_t>());
  const auto from = inside->find("from");
  if (from != inside->end() && from->is_array())
    for (const auto& one : *from)
      if (one.is_string()) plan.request.from.push_back(one.get<std::string>());
  const auto places = inside->find("places");
  if (places == inside->end() || !places->is_array()) return no_plan(name);
  for (const auto& one : *places) {
    auto place = read_place(one);
    if (!place) return no_plan(name);
    plan.places.push_back(std::move(*place));
  }
  if (plan.places.empty()) return no_plan(name);
  return plan;
}

Result<lifecycle::LaunchPlan> read_plan_file(const std::string& file) {
  auto text = read_file(file);
  if (!text) return pass(text);
  return parse_plan(*text, file);
}

}  // namespace hotaru::cli
