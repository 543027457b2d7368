// JSON that was written down by hotaru itself.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace hotaru {

/// The value that `text` holds; a discarded value (is_discarded) where it is not JSON, or holds a number that is no
/// integer of 64 bits: nothing that hotaru writes holds one, and nlohmann::json turns it into an integer unchecked.
nlohmann::json parse_own_json(std::string_view text);

}  // namespace hotaru
