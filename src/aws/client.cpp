#include "aws/client.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/endpoints.h"
#include "aws/errors.h"
#include "aws/sigv4.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

constexpr Duration deadline_of_call = std::chrono::minutes(2);
/// Within this a caller is told that nobody answers; whoever waits for something asks again. EC2 takes some seconds for
/// its slowest answers.
constexpr Duration patience_of_silence = std::chrono::seconds(25);
constexpr Duration shortest_exchange = std::chrono::seconds(1);
constexpr Duration tolerated_skew = std::chrono::minutes(4);  // AWS accepts five

std::string version_of(const std::string& service) { return service == "sts" ? "2011-06-15" : "2016-11-15"; }

std::string form_body(const Call& call) {
  std::string body = fmt::format("Action={}&Version={}", call.action, version_of(call.service));
  for (const auto& [name, value] : call.parameters) body += "&" + percent_encode(name) + "=" + percent_encode(value);
  return body;
}

/// The call without its signature, as the service's protocol has it.
http::Request request_of(const Call& call, const std::string& url) {
  http::Request request;
  request.method = "POST";
  request.url = url;
  if (call.target.empty()) {
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    request.body = form_body(call);
  } else {
    request.headers = {{"Content-Type", std::string("application/x-amz-json-") + call.json_version},
                       {"X-Amz-Target", call.target + "." + call.action}};
    request.body = call.body.empty() ? "{}" : call.body;
  }
  return request;
}

std::string who_of(const Call& call) { return fmt::format("{} in {}", title_of(call.service), call.region); }

/// What an answer that is of no use says of the service; nullptr for one that is.
const char* trouble_of(const Error& error) {
  if (error.kind == ErrorClass::throttled) return "asks for patience";
  if (error.kind == ErrorClass::unavailable || error.kind == ErrorClass::unknown_outcome) return "is in trouble";
  return nullptr;
}

/// Something between us and AWS can answer 200 with a page of its own (a hotel's portal, a proxy).
bool is_answer_to(const Call& call, const std::string& body) {
  if (!call.target.empty()) {
    const auto begin = body.find_first_not_of(" \t\r\n");
    return begin != std::string::npos && body[begin] == '{';
  }
  return body.find("<" + call.action + "Response") != std::string::npos;
}

}  // namespace

struct Client::Answer {
  Result<std::string> body;
  bool clock_corrected = false;
  std::optional<Credentials> expired = {};  ///< AWS says so of these
  bool silent = false;                      ///< nobody answered
  bool final = false;                       ///< there is no use in another attempt
};

Client::Client(Settings settings, Seams seams)
    : settings_(std::move(settings)), seams_(std::move(seams)), silences_(seams_.silence, seams_.clock) {}

void Client::trace(const Attempt& attempt, const std::string& result, Duration began) const {
  if (!seams_.trace) return;
  const Call& call = attempt.call;
  seams_.trace(trace_line(seams_.clock.now(), {call.service, call.region, call.action, attempt.number, result,
                                               seams_.clock.steady() - began}));
}

Result<std::string> Client::send(const Call& call) {
  if (call.region.empty()) {
    return fail(ErrorClass::invalid, "No region is chosen.", "Choose one with --region or AWS_REGION.");
  }
  const Duration began = seams_.clock.steady();
  const Duration deadline = std::min(began + deadline_of_call, call.deadline.value_or(Duration::max()));
  const Duration end_of_silence = std::min(began + patience_of_silence, deadline);
  Pace& pace = paces_.of(call);
  bool clock_corrected = false;
  bool replaced = false;
  int cost = 0;  // of the last retry
  for (int number = 1;; ++number) {
    if (auto turn = take_turn(call, pace, deadline); !turn) return pass(turn);
    Answer answer = attempt({call, number, end_of_silence - seams_.clock.steady()});
    pace.rate.on_answer(seams_.clock.steady(), !answer.body && answer.body.error().kind == ErrorClass::throttled);
    if (answer.body) {
      pace.budget.give_back(std::max(cost, 1));
      return std::move(answer.body);
    }
    const Error& error = answer.body.error();
    if (answer.clock_corrected && !clock_corrected) {
      clock_corrected = true;  // once, at once, and it does not count as an attempt
      --number;
      continue;
    }
    if (answer.expired && !replaced) {
      replaced = true;  // once, too; nothing was done, so whatever the call does may be asked for again
      auto others = replace_expired(answer);
      if (!others) return pass(others);
      if (*others) {
        --number;
        continue;
      }
    }
    if (answer.final || !may_retry(error, call) || number >= settings_.max_attempts) return std::move(answer.body);
    const Duration wait = wait_before_next(number, error, seams_.random);
    if (seams_.clock.steady() + wait >= (answer.silent ? end_of_silence : deadline)) return std::move(answer.body);
    cost = RetryBudget::cost_of(error);
    if (!pace.budget.take(cost)) return std::move(answer.body);
    if (!seams_.clock.sleep(wait)) return fail(ErrorClass::interrupted, "Interrupted.");
  }
}

Result<void> Client::take_turn(const Call& call, Pace& pace, Duration end) {
  const Duration now = seams_.clock.steady();
  if (now >= end) {
    return fail(ErrorClass::unavailable, fmt::format("{} has not answered in time.", who_of(call)), "Try again.");
  }
  if (settings_.retry_mode != RetryMode::adaptive) return {};
  const auto wait = pace.rate.reserve(now, end - now);
  if (!wait) {
    return fail(ErrorClass::throttled, fmt::format("{} asks for more patience than there is time.", who_of(call)),
                "Try again in a minute.");
  }
  if (*wait > Duration{0} && !seams_.clock.sleep(*wait)) return fail(ErrorClass::interrupted, "Interrupted.");
  return {};
}

Client::Answer Client::attempt(const Attempt& attempt) {
  const Call& call = attempt.call;
  Result<Credentials> credentials = Credentials{};
  if (!call.anonymous) credentials = seams_.credentials();
  if (!credentials) return {.body = pass(credentials), .final = true};
  const Duration began = seams_.clock.steady();
  Answer answer = exchange(attempt, call.anonymous ? nullptr : &*credentials);
  const bool expired = !answer.body && !answer.clock_corrected && says_expired(answer.body.error().code);
  if (expired && !call.anonymous) answer.expired = *credentials;
  const char* trouble = answer.body ? nullptr : trouble_of(answer.body.error());
  if (trouble != nullptr) {
    silences_.note(who_of(call), began, answer.silent ? "does not answer" : trouble);
  } else if (answer.body || !answer.silent) {
    silences_.note_answer(who_of(call));
  }
  return answer;
}

Result<bool> Client::replace_expired(const Answer& answer) const {
  return seams_.replace ? seams_.replace(*answer.expired) : false;
}

Client::Answer Client::exchange(const Attempt& attempt, const Credentials* credentials) {
  const Call& call = attempt.call;
  http::Request request = request_of(call, endpoint_of(settings_, call.service, call.region));
  const Duration offset(clock_offset_ms_.load());
  if (credentials != nullptr) {
    const TimePoint time = seams_.clock.now() + offset;
    const auto signature = sigv4::sign(request, *credentials, {call.region, call.service}, time);
    request.headers.insert(request.headers.end(), signature.begin(), signature.end());
  }
  request.headers.emplace_back("User-Agent", "hotaru/" HOTARU_VERSION);
  request.timeout = std::max(attempt.patience, call.deadline ? Duration{1} : shortest_exchange);
  // What neither a client token nor its own nature keeps from being done twice is never sent on a connection that may
  // have died meanwhile: libcurl would send it again by itself.
  request.fresh_connection = !call.idempotent;
  ++calls_;
  const Duration began = seams_.clock.steady();
  request.waiting = [&] { silences_.note(who_of(call), began, "does not answer"); };
  auto response = seams_.transport.send(request);
  if (!response) {
    Error& error = response.error();
    trace(attempt, fmt::format("{}: {}", to_string(error.kind), error.message), began);
    if (error.context.empty()) error.context = request.url;
    return {.body = std::unexpected(std::move(error)), .silent = true};
  }
  if (response->status >= 200 && response->status < 300) {
    trace(attempt, fmt::format("{}, {} bytes", response->status, response->body.size()), began);
    if (is_answer_to(call, response->body)) return {.body = std::move(response->body)};
    return {.body =
                fail(ErrorClass::unknown_outcome, fmt::format("{} answered something that is not AWS's.", request.url),
                     "Check the endpoint, and whether a proxy or a portal stands in between.")};
  }
  Error error = error_of(call, *response);
  trace(attempt, fmt::format("{} {}", response->status, error.code), began);
  const bool corrected = may_be_clock_skew(error.code) && correct_clock(*response, offset);
  return {.body = std::unexpected(std::move(error)), .clock_corrected = corrected};
}

/// True if the time that was signed with was wrong; it has been set right by the server's Date then. (Another thread
/// may have done so meanwhile, which is why the offset that was used is compared.)
bool Client::correct_clock(const http::Response& response, Duration used_offset) {
  const auto date = parse_http_date(http::header(response.headers, "Date"));
  if (!date) return false;
  const Duration offset = *date - seams_.clock.now();
  const Duration change = offset - used_offset;
  if (change < tolerated_skew && -change < tolerated_skew) return false;
  clock_offset_ms_ = offset.count();
  return true;
}

}  // namespace hotaru::aws
