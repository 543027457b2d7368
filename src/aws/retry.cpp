#include "aws/retry.h"

#include <algorithm>
#include <cmath>

namespace hotaru::aws {

namespace {

constexpr Duration first_wait{100};
constexpr Duration first_wait_throttled{500};  // a bucket that is empty fills slowly
constexpr Duration longest_wait = std::chrono::seconds(20);

// CUBIC's constants, as the SDKs have them.
constexpr double beta = 0.7;
constexpr double scale = 0.4;
constexpr double lowest_rate = 0.5;
constexpr Duration one_second = std::chrono::seconds(1);

double in_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

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

Duration wait_before_next(int attempt, const Error& error, Random& random) {
  const Duration base = error.kind == ErrorClass::throttled ? first_wait_throttled : first_wait;
  const Duration backoff = std::min(longest_wait, Duration(base.count() << std::min(attempt - 1, 20)));
  return Duration(static_cast<Duration::rep>(random.fraction() * static_cast<double>(backoff.count())));
}

bool RetryBudget::take(int cost) {
  const std::lock_guard lock(mutex_);
  if (tokens_ < cost) return false;
  tokens_ -= cost;
  return true;
}

void RetryBudget::give_back(int tokens) {
  const std::lock_guard lock(mutex_);
  tokens_ = std::min(capacity, tokens_ + tokens);
}

std::optional<Duration> SendRate::reserve(Duration now, Duration longest) {
  const std::lock_guard lock(mutex_);
  Duration wait{0};
  if (limited_) {
    refill(now);
    if (tokens_ < 1) wait = Duration(static_cast<Duration::rep>(std::ceil(1000 * (1 - tokens_) / rate_)));
    if (wait > longest) return std::nullopt;
    tokens_ -= 1;
  }
  if (now + wait - second_began_ >= one_second) {
    sent_second_before_ = now + wait - second_began_ < 2 * one_second ? sent_this_second_ : 0;
    sent_this_second_ = 0;
    second_began_ = now + wait;
  }
  sent_this_second_ += 1;
  return wait;
}

void SendRate::refill(Duration now) {
  if (now > refilled_) tokens_ = std::min(std::max(rate_, 1.0), tokens_ + in_seconds(now - refilled_) * rate_);
  refilled_ = std::max(now, refilled_);
}

/// Of the second before as much as still lies within the last one.
double SendRate::sent_in_last_second(Duration now) const {
  const double into_this = std::clamp(in_seconds(now - second_began_), 0.0, 1.0);
  return std::max(1.0, sent_this_second_ + (1 - into_this) * sent_second_before_);
}

void SendRate::on_throttling(Duration now) {
  const double measured = sent_in_last_second(now);
  rate_refused_ = limited_ ? std::min(measured, rate_) : measured;
  refused_ = now;
  seconds_to_refused_rate_ = std::cbrt(rate_refused_ * (1 - beta) / scale);
  if (!limited_) refilled_ = now;
  limited_ = true;
  rate_ = std::max(lowest_rate, rate_refused_ * beta);
  tokens_ = std::min(tokens_, 0.0);
}

void SendRate::on_answer(Duration now, bool throttled) {
  const std::lock_guard lock(mutex_);
  if (limited_) refill(now);
  if (throttled) return on_throttling(now);
  if (!limited_) return;
  const double away = in_seconds(now - refused_) - seconds_to_refused_rate_;
  const double cubic = scale * away * away * away + rate_refused_;
  rate_ = std::max(lowest_rate, std::min(cubic, 2 * sent_in_last_second(now)));
}

double SendRate::limit() const {
  const std::lock_guard lock(mutex_);
  return limited_ ? rate_ : 0;
}

Pace& Paces::of(const Call& call) {
  const std::lock_guard lock(mutex_);
  auto& pace = paces_[call.service + " " + call.region];
  if (!pace) pace = std::make_unique<Pace>();
  return *pace;
}

}  // namespace hotaru::aws
