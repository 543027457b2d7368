#include "aws/credentials/fetch.h"

#include <fmt/format.h>

namespace hotaru::aws {

namespace {

constexpr Duration pause{250};

bool is_passing(const Result<http::Response>& answer) {
  if (answer) return answer->status == 429 || answer->status >= 500;
  return answer.error().kind == ErrorClass::unavailable || answer.error().kind == ErrorClass::unknown_outcome;
}

}  // namespace

Result<http::Response> fetch(const ProviderNeeds& needs, const Fetch& what) {
  for (int attempt = 1;; ++attempt) {
    const Duration began = needs.clock.steady();
    auto answer = needs.transport.send(what.request);
    if (needs.trace) {
      const std::string result = answer ? std::to_string(answer->status)
                                        : fmt::format("{}: {}", to_string(answer.error().kind), answer.error().message);
      needs.trace(trace_line(needs.clock.now(),
                             {what.service, what.region, what.action, attempt, result, needs.clock.steady() - began}));
    }
    if (!is_passing(answer) || attempt >= what.attempts) return answer;
    if (!needs.clock.sleep(attempt * pause)) return fail(ErrorClass::interrupted, "Interrupted.");
  }
}

}  // namespace hotaru::aws
