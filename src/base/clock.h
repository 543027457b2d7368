#pragma once

#include <chrono>
#include <mutex>

namespace hotaru {

using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Duration>;

class Interrupt;

/// The only source of time and of waiting. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time, UTC.
  virtual TimePoint now() const = 0;
  /// Monotonic time since an arbitrary start: for deadlines.
  virtual Duration steady() const = 0;
  /// Waits; false if it was cut short because the user interrupted.
  virtual bool sleep(Duration duration) = 0;
};

/// The machine's clock. With an Interrupt, sleep ends as soon as that is requested.
class SystemClock final : public Clock {
 public:
  explicit SystemClock(const Interrupt* interrupt = nullptr) : interrupt_(interrupt) {}
  TimePoint now() const override;
  Duration steady() const override;
  bool sleep(Duration duration) override;

 private:
  const Interrupt* interrupt_;
};

/// A clock for tests: sleeping moves it on at once.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(TimePoint start = TimePoint{Duration{1'700'000'000'000}}) : now_(start) {}
  TimePoint now() const override;
  Duration steady() const override;
  bool sleep(Duration duration) override;
  void advance(Duration duration);
  /// The sum of all sleeps.
  Duration slept() const;

 private:
  mutable std::mutex mutex_;
  TimePoint now_;
  Duration slept_{0};
};

}  // namespace hotaru
