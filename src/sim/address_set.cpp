#include "sim/address_set.h"

#include <iterator>

namespace hotaru::sim {

std::uint32_t AddressSet::next_free(std::uint32_t address) const {
  const auto after = runs_.upper_bound(address);
  if (after == runs_.begin()) return address;
  const auto& [first, end] = *std::prev(after);
  return address < end ? end : address;
}

void AddressSet::add(std::uint32_t address) {
  if (contains(address)) {
    again_.insert(address);
    return;
  }
  const auto after = runs_.upper_bound(address);
  auto run = after != runs_.begin() && std::prev(after)->second == address ? std::prev(after)
                                                                           : runs_.emplace(address, address).first;
  run->second = address + 1;
  const auto next = std::next(run);
  if (next == runs_.end() || next->first != run->second) return;
  run->second = next->second;
  runs_.erase(next);
}

void AddressSet::remove(std::uint32_t address) {
  if (const auto found = again_.find(address); found != again_.end()) {
    again_.erase(found);
    return;
  }
  if (!contains(address)) return;
  const auto run = std::prev(runs_.upper_bound(address));
  const std::uint32_t end = run->second;
  run->second = address;
  if (run->first == address) runs_.erase(run);
  if (address + 1 != end) runs_.emplace(address + 1, end);
}

}  // namespace hotaru::sim
