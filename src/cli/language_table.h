#pragma once

#include <span>

namespace hotaru::cli {

/// An English text as hotaru says it, and what it is in Japanese. {1}, {2} … stand for what differs from time to time:
/// each is in both texts. The most exact pair comes first.
struct Pair {
  const char* english;
  const char* japanese;
};
std::span<const Pair> japanese_pairs();

}  // namespace hotaru::cli
