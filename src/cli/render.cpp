#include "cli/render.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace hotaru::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) {
  // What a tag or a host said need not be UTF-8; a replacement character is better than no answer.
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string text_of(const Json& json) { return dumped(json) + "\n"; }

/// As it stands inside a larger text; no line break in it is part of a string.
std::string indented(const Json& json, std::size_t by) {
  std::string text;
  for (const char c : dumped(json)) {
    text += c;
    if (c == '\n') text.append(by, ' ');
  }
  return text;
}

constexpr const char* opening_of_listing = "{\n  \"instances\": [";

/// null where there is nothing: a reader need not know that "" means that.
Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json price_of(const std::optional<lifecycle::HourlyPrice>& price) {
  if (!price) return nullptr;
  return {{"usd_per_hour", price->usd}, {"as_of", price->as_of}};
}

Json usd_of(guard::MicroUsd amount) { return static_cast<double>(amount) / 1e6; }

template <class Time>
Json time_or_null(const std::optional<Time>& time) {
  return time ? Json(iso8601(*time, false)) : Json(nullptr);
}

Json seconds_or_null(const std::optional<Duration>& duration) {
  return duration ? Json(duration->count() / 1000) : Json(nullptr);
}

Json json_of(const guard::Limits& limits) {
  if (!limits.any()) return nullptr;
  return {{"until", time_or_null(limits.until)},
          {"idle_s", seconds_or_null(limits.idle)},
          {"budget_usd", limits.budget ? usd_of(*limits.budget) : Json(nullptr)},
          {"then", limits.then == guard::End::stop ? "stop" : "terminate"}};
}

Json json_of(const guard::Status& status) {
  return {{"armed", status.armed},
          {"idle_for_s", seconds_or_null(status.idle_for)},
          {"active_by", or_null(status.active_by)},
          {"keep_until", time_or_null(status.keep)},
          {"grace_until", time_or_null(status.grace)},
          {"spent_usd", usd_of(status.spent)},
          {"ends", time_or_null(status.ends)},
          {"ends_by", or_null(status.ends_by)}};
}

Json json_of(const Error& error) {
  return {{"class", to_string(error.kind)},
          {"message", error.message},
          {"hint", or_null(error.hint)},
          {"code", or_null(error.code)}};
}

Json json_of(const lifecycle::Facts& facts, bool simulated) {
  return {{"name", or_null(facts.name)},
          {"ours", facts.ours},
          {"id", facts.id},
          {"region", facts.region},
          {"zone", or_null(facts.zone)},
          {"type", facts.type},
          {"gpu", or_null(facts.gpu)},
          {"state", facts.state},
          {"state_reason", or_null(facts.state_reason)},
          {"address", or_null(facts.address)},
          {"private_address", or_null(facts.private_address)},
          {"user", or_null(facts.user)},
          {"image", facts.image},
          {"launch_time", or_null(facts.launch_time)},
          {"owner", or_null(facts.owner)},
          {"security_group", or_null(facts.group_id)},
          {"host_key", or_null(facts.host_key)},
          {"volumes", facts.volumes},
          {"price", price_of(facts.price)},
          {"limits", json_of(facts.limits)},
          {"simulated", simulated}};
}

Json json_of(const lifecycle::Timings& timings) {
  Json list = Json::array();
  for (const auto& [phase, duration] : timings) list.push_back({{"phase", phase}, {"ms", duration.count()}});
  return list;
}

Json json_of(const lifecycle::Access& access) {
  return {{"allowed", access.allowed}, {"current", or_null(access.current)}, {"open", access.open}};
}

Json json_of(const sim::SimInfo& info) {
  return {{"kind", info.kind}, {"url", info.url()}, {"port", info.port}, {"pid", info.pid}};
}

Json json_of(const std::vector<lifecycle::Refusal>& refusals) {
  Json list = Json::array();
  for (const auto& one : refusals)
    list.push_back({{"type", one.place.type},
                    {"region", one.place.region},
                    {"zone_id", or_null(one.place.zone_id)},
                    {"market", one.place.spot ? "spot" : "on-demand"},
                    {"code", or_null(one.code)},
                    {"message", one.message}});
  return list;
}

}  // namespace

std::string json_text(const Error& error) { return text_of({{"error", json_of(error)}}); }

std::string json_text(const lifecycle::LaunchPlan& plan, bool simulated) {
  const auto& request = plan.request;
  Json json{{"name", request.name},
            {"type", request.type},
            {"gpu", or_null(plan.gpu)},
            {"region", request.region},
            {"zone", or_null(plan.subnet.zone)},
            {"zone_id", or_null(plan.subnet.zone_id)},
            {"subnet", or_null(plan.subnet.id)},
            {"image", {{"id", plan.image.id}, {"name", plan.image.name}, {"user", plan.image.user}}},
            {"disk_gib", plan.disk_gib},
            {"price", price_of(plan.price)},
            {"from", plan.from},
            {"key_pair", plan.key_name},
            {"security_group", plan.group_name},
            {"creates", plan.creates},
            {"exists", plan.exists},
            {"instance", nullptr},
            {"simulated", simulated}};
  if (plan.existing) {  // nothing would be launched, so nothing of it was chosen
    for (const char* unknown : {"gpu", "zone", "zone_id", "subnet", "image", "disk_gib", "price", "from", "key_pair"})
      json[unknown] = nullptr;
    json["type"] = plan.existing->type;
    json["instance"] = {{"id", plan.existing->id}, {"state", plan.existing->state}};
  }
  return text_of({{"plan", json}});
}

std::string json_text(const lifecycle::Launched& launched, bool simulated) {
  return text_of({{"instance", json_of(launched.facts, simulated)},
                  {"existed", launched.existed},
                  {"started", launched.started},
                  {"ready", launched.ready},
                  {"guard", launched.guard ? json_of(*launched.guard) : Json(nullptr)},
                  {"timings", json_of(launched.timings)},
                  {"refusals", json_of(launched.refusals)}});
}

std::string ListingText::part(const std::vector<lifecycle::Facts>& instances) {
  std::string text;
  for (const auto& facts : instances) {
    text += begun_ ? "," : opening_of_listing;
    begun_ = true;
    text += "\n    " + indented(json_of(facts, simulated_), 4);
  }
  return text;
}

std::string ListingText::end(const std::vector<lifecycle::RegionError>& list) {
  Json errors = Json::array();
  for (const auto& one : list) errors.push_back({{"region", one.region}, {"error", json_of(one.error)}});
  const std::string before = begun_ ? "\n  ]" : std::string(opening_of_listing) + "]";
  return before + ",\n  \"errors\": " + indented(errors, 2) + "\n}\n";
}

std::string json_text(const lifecycle::Facts& facts, bool simulated) {
  return text_of({{"instance", json_of(facts, simulated)}});
}

std::string json_text(const lifecycle::Facts& facts, const std::optional<Result<guard::Status>>& guard,
                      bool simulated) {
  Json json{{"instance", json_of(facts, simulated)}, {"guard", nullptr}};
  if (guard) json["guard"] = *guard ? json_of(**guard) : Json{{"error", json_of(guard->error())}};
  return text_of(json);
}

std::string json_text(const lifecycle::Limited& limited, bool simulated) {
  return text_of({{"instance", json_of(limited.facts, simulated)},
                  {"before", json_of(limited.before)},
                  {"guard", limited.guard ? json_of(*limited.guard) : Json(nullptr)}});
}

std::string json_text(const std::vector<lifecycle::Settled>& settled, const std::vector<lifecycle::RegionError>& list) {
  Json did = Json::array();
  for (const auto& one : settled)
    did.push_back({{"name", one.name}, {"region", one.region}, {"pending", one.pending}, {"text", one.text}});
  Json errors = Json::array();
  for (const auto& one : list) errors.push_back({{"region", one.region}, {"error", json_of(one.error)}});
  return text_of({{"settled", did}, {"errors", errors}});
}

std::string json_text(const guard::Limits& limits) { return text_of(json_of(limits)); }

std::string json_text(const guard::Status& status) { return text_of({{"guard", json_of(status)}}); }

std::string json_text(const lifecycle::Facts& facts, const lifecycle::Access& access, bool simulated) {
  return text_of({{"instance", json_of(facts, simulated)}, {"access", json_of(access)}});
}

std::string json_text(const lifecycle::Ended& ended) {
  return text_of({{"ended",
                   {{"name", ended.name},
                    {"id", or_null(ended.id)},
                    {"region", ended.region},
                    {"group_removed", ended.group_removed},
                    {"was_gone", ended.was_gone},
                    {"kept_volumes", ended.kept_volumes},
                    {"timings", json_of(ended.timings)}}}});
}

std::string json_text(const sim::SimInfo& info, bool found) {
  Json json = json_of(info);
  json["found"] = found;
  return text_of({{"sim", json}});
}

std::string json_text(const sim::SimStatus& status) {
  Json json{{"running", status.running}, {"answers", status.answers}, {"kind", or_null(status.kind)}};
  json["url"] = status.running ? Json(status.info.url()) : Json(nullptr);
  json["pid"] = status.running ? Json(status.info.pid) : Json(nullptr);
  json["since"] = status.running ? Json(iso8601(status.info.since)) : Json(nullptr);
  json["instances"] = status.instances;
  json["public_range"] = or_null(status.public_range);
  json["disk_used_bytes"] = status.disk_used;
  json["folder"] = status.folder.string();
  return text_of({{"sim", json}});
}

std::string json_text(const std::vector<sim::Variable>& variables) {
  Json json = Json::object();
  for (const auto& variable : variables) json[variable.name] = variable.value ? Json(*variable.value) : Json(nullptr);
  return text_of({{"environment", json}});
}

std::string selftest_json(const std::vector<SelftestStep>& steps, long calls, bool simulated) {
  Json list = Json::array();
  bool good = true;
  for (const SelftestStep& step : steps) {
    list.push_back({{"what", step.what}, {"ok", step.ok}, {"seen", step.seen}, {"ms", step.took.count()}});
    good = good && step.ok;
  }
  return text_of(
      {{"selftest",
        {{"ok", good}, {"version", HOTARU_VERSION}, {"steps", list}, {"calls", calls}, {"simulated", simulated}}}});
}

std::string json_fields(const std::vector<std::pair<std::string, std::string>>& fields) {
  Json json = Json::object();
  for (const auto& [name, value] : fields) json[name] = or_null(value);
  return text_of(json);
}

}  // namespace hotaru::cli
