#pragma once

#include <string>
#include <string_view>

#include "guard/guard.h"

namespace hotaru::guard {

/// src/guard/guard.sh without its comments: what runs on the instance.
std::string_view script();

/// Orders as the script reads them: lines of NAME NUMBER, `written` first, `end` last.
std::string orders_text(const Orders& orders);

}  // namespace hotaru::guard
