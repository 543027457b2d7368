#pragma once

#include <cstdint>
#include <map>
#include <set>

namespace hotaru::sim {

/// IPv4 addresses (host byte order) that somebody has, as runs without a gap: the next free one is found at once,
/// however many there are.
class AddressSet {
 public:
  /// One that two have is there until both gave it back.
  void add(std::uint32_t address);
  void remove(std::uint32_t address);
  bool contains(std::uint32_t address) const { return next_free(address) != address; }
  /// The first from this one on that nobody has.
  std::uint32_t next_free(std::uint32_t address) const;
  bool empty() const { return runs_.empty(); }
  bool operator==(const AddressSet&) const = default;

 private:
  std::map<std::uint32_t, std::uint32_t> runs_;  ///< first of a run to the one after its last
  std::multiset<std::uint32_t> again_;           ///< for each who has one that another had before
};

}  // namespace hotaru::sim
