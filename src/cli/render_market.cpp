#include "cli/render_market.h"

#include <nlohmann/json.hpp>

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

}  // namespace

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
