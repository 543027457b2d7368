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
constexpr Duration first_wait{100};
constexpr Duration first_wait_throttled{500};  // a bucket that is empty fills slowly
constexpr Duration longest_wait = std::chrono::seconds(20);
constexpr Duration tolerated_skew = std::chrono::minutes(4);  // AWS accepts five

std::string version_of(const std::string& service) { return service == "sts" ? "2011-06-15" : "2016-11-15"; }

std::string form_body(const Call& call) {
  std::string body = fmt::format("Action={}&Version={}", call.action, version_of(call.service));
  for (const auto& [name, value] : call.parameters) body += "&" + percent_encode(name) + "=" + percent_encode(value);
  return body;
}

std::string who_of(const Call& call) {
  return fmt::format("{} in {}", call.service == "sts" ? "STS" : "EC2", call.region);
}

/// What an answer that is of no use says of the service; nullptr for one that is.
const char* trouble_of(const Error& error) {
  if (error.kind == ErrorClass::throttled) return "asks for patience";
  if (error.kind == ErrorClass::unavailable || error.kind == ErrorClass::unknown_outcome) return "is in trouble";
  return nullptr;
}

/// Something between us and AWS can answer 200 with a page of its own (a hotel's portal, a proxy).
bool is_answer_to(const Call& call, const std::string& body) {
  return body.find("<" + call.action + "Response") != std::string::npos;
}

bool may_retry(const Error& error, const Call& call) {
  if (error.code == "CertificateNotTrusted") return false;
  switch (error.kind) {
    case ErrorClass::throttled:
    case ErrorClass::unavailable:
      return true;
    case ErrorClass::unknown_outcome:
      return call.idempotent;
    default:
      return false;
  }
}

/// Full jitter: anything from nothing to the backoff of this attempt (AWS Architecture Blog, "Exponential Backoff And
/// Jitter").
Duration wait_before_next(int attempt, const Error& error, Random& random) {
  const Duration base = error.kind == ErrorClass::throttled ? first_wait_throttled : first_wait;
  const Duration backoff = std::min(longest_wait, Duration(base.count() << std::min(attempt - 1, 20)));
  return Duration(static_cast<Duration::rep>(random.fraction() * static_cast<double>(backoff.count())));
}

}  // namespace

struct Client::Answer {
  Result<std::string> body;
  bool clock_corrected = false;
  bool silent = false;  ///< nobody answered
  bool final = false;   ///< there is no use in another attempt
};

Client::Client(Settings settings, Seams seams) : settings_(std::move(settings)), seams_(std::move(seams)) {}

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
  const Duration deadline = began + deadline_of_call;
  const Duration end_of_silence = began + patience_of_silence;
  bool clock_corrected = false;
  for (int attempt_number = 1;; ++attempt_number) {
    Answer answer = attempt({call, attempt_number, end_of_silence - seams_.clock.steady()});
    if (answer.body) return std::move(answer.body);
    if (answer.clock_corrected && !clock_corrected) {
      clock_corrected = true;  // once, at once, and it does not count as an attempt
      --attempt_number;
      continue;
    }
    const Error& error = answer.body.error();
    if (answer.final || !may_retry(error, call) || attempt_number >= settings_.max_attempts)
      return std::move(answer.body);
    const Duration wait = wait_before_next(attempt_number, error, seams_.random);
    const Duration end = answer.silent ? end_of_silence : deadline;
    if (seams_.clock.steady() + wait >= end) return std::move(answer.body);
    if (!seams_.clock.sleep(wait)) return fail(ErrorClass::interrupted, "Interrupted.");
  }
}

void Client::note_silence(const Call& call, Duration began, const char* what) {
  if (!seams_.silence) return;
  Silence silence{.who = who_of(call), .what = what};
  {
    const std::lock_guard lock(silence_mutex_);
    const Duration since = silent_since_.try_emplace(silence.who, began).first->second;
    silence.lasted = seams_.clock.steady() - since;
  }
  seams_.silence(silence);
}

void Client::note_answer(const Call& call) {
  Silence silence{.who = who_of(call), .what = "answers again", .over = true};
  {
    const std::lock_guard lock(silence_mutex_);
    const auto since = silent_since_.find(silence.who);
    if (since == silent_since_.end()) return;
    silence.lasted = seams_.clock.steady() - since->second;
    silent_since_.erase(since);
  }
  seams_.silence(silence);
}

Client::Answer Client::attempt(const Attempt& attempt) {
  const Call& call = attempt.call;
  Result<Credentials> credentials = Credentials{};
  if (!call.anonymous) credentials = seams_.credentials();
  if (!credentials) return {.body = pass(credentials), .final = true};
  const Duration began = seams_.clock.steady();
  Answer answer = exchange(attempt, call.anonymous ? nullptr : &*credentials);
  const char* trouble = answer.body ? nullptr : trouble_of(answer.body.error());
  if (trouble != nullptr) {
    note_silence(call, began, answer.silent ? "does not answer" : trouble);
  } else if (answer.body || !answer.silent) {
    note_answer(call);
  }
  return answer;
}

Client::Answer Client::exchange(const Attempt& attempt, const Credentials* credentials) {
  const Call& call = attempt.call;
  http::Request request;
  request.method = "POST";
  request.url = endpoint_of(settings_, call.service, call.region);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = form_body(call);
  const Duration offset(clock_offset_ms_.load());
  if (credentials != nullptr) {
    const TimePoint time = seams_.clock.now() + offset;
    const auto signature = sigv4::sign(request, *credentials, {call.region, call.service}, time);
    request.headers.insert(request.headers.end(), signature.begin(), signature.end());
  }
  request.headers.emplace_back("User-Agent", "hotaru/" HOTARU_VERSION);
  request.timeout = std::max(attempt.patience, shortest_exchange);
  ++calls_;
  const Duration began = seams_.clock.steady();
  request.waiting = [&] { note_silence(call, began, "does not answer"); };
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
