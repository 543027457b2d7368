#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace hotaru {

/// The only source of randomness. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
  /// Uniform in [0, 1).
  double fraction();
  /// `digits` lower-case hexadecimal digits, e.g. for `i-0123456789abcdef0` (17 digits).
  std::string hex(int digits);
};

/// The kernel's (getrandom): for identifiers, tokens and keys.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

/// Repeatable: for tests and seeded scenarios.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace hotaru
