#include "cli/round_trip.h"

#include <algorithm>

namespace hotaru::cli {

std::optional<Duration> round_trip(http::Transport& transport, const Clock& clock, const std::string& url) {
  constexpr int pings = 3;
  http::Request request;
  request.method = "GET";
  request.url = url;
  request.timeout = Duration{5'000};
  std::optional<Duration> best;
  for (int number = 0; number <= pings; ++number) {
    const Duration began = clock.steady();
    const auto response = transport.send(request);
    if (!response || response->status >= 500) return best;
    const Duration took = clock.steady() - began;
    if (number > 0) best = std::min(best.value_or(took), took);
  }
  return best;
}

}  // namespace hotaru::cli
