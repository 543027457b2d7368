#include "base/random.h"

#include <sys/random.h>

#include <cstdlib>

namespace hotaru {

double Random::fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

std::string Random::hex(int digits) {
  static constexpr char alphabet[] = "0123456789abcdef";
  std::string text;
  std::uint64_t bits = 0;
  for (int digit = 0; digit < digits; ++digit) {
    if (digit % 16 == 0) bits = next();
    text += alphabet[bits & 15U];
    bits >>= 4U;
  }
  return text;
}

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  // Up to 256 bytes are never interrupted or short (getrandom(2)); without it there is no safe way on.
  if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) std::abort();
  return value;
}

std::uint64_t SeededRandom::next() {
  const std::lock_guard lock(mutex_);
  return engine_();
}

}  // namespace hotaru
