#include "base/json.h"

namespace hotaru {

nlohmann::json parse_own_json(std::string_view text) {
  using nlohmann::json;
  bool whole = true;
  const auto look = [&whole](int, json::parse_event_t, const json& value) {
    whole = whole && !value.is_number_float();
    return true;
  };
  json value = json::parse(text, look, false);
  return whole ? value : json(json::value_t::discarded);
}

}  // namespace hotaru
