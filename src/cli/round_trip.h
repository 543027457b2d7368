#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "http/message.h"

namespace hotaru::cli {

/// The quickest of a few requests to an address (aws::ping_url), after one that opens the connection; nullopt if nobody
/// answers within five seconds.
std::optional<Duration> round_trip(http::Transport& transport, const Clock& clock, const std::string& url);

}  // namespace hotaru::cli
