#include "base/clock.h"

#include <poll.h>

#include <algorithm>
#include <thread>

#include "base/interrupt.h"

namespace hotaru {

TimePoint SystemClock::now() const { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

Duration SystemClock::steady() const {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

bool SystemClock::sleep(Duration duration) {
  if (duration < Duration{0}) duration = Duration{0};
  if (interrupt_ == nullptr) {
    std::this_thread::sleep_for(duration);
    return true;
  }
  const Duration until = steady() + duration;
  while (!interrupt_->requested()) {
    const Duration left = until - steady();
    if (left <= Duration{0}) return true;
    struct pollfd readable{interrupt_->descriptor(), POLLIN, 0};
    ::poll(&readable, 1, static_cast<int>(std::min<Duration::rep>(left.count(), 60'000)));
  }
  return false;
}

TimePoint FakeClock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

Duration FakeClock::steady() const { return now().time_since_epoch(); }

bool FakeClock::sleep(Duration duration) {
  const std::lock_guard lock(mutex_);
  const Duration positive = std::max(duration, Duration{0});
  now_ += positive;
  slept_ += positive;
  return true;
}

void FakeClock::advance(Duration duration) {
  const std::lock_guard lock(mutex_);
  now_ += duration;
}

Duration FakeClock::slept() const {
  const std::lock_guard lock(mutex_);
  return slept_;
}

}  // namespace hotaru
