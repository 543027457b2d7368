// Addresses and ranges: what a checkip service answers, what a rule of a group says.
#include "sim/instances/addresses.h"
#include "fuzz/fuzz.h"
#include "lifecycle/access.h"
#include "lifecycle/choose.h"
#include "sim/sandbox/addresses.h"

namespace hotaru {

HOTARU_FUZZ(input) {
  using fuzz::require;
  const std::string text(input);
  if (const auto cidr = lifecycle::check_cidr(text)) {
    const auto again = lifecycle::check_cidr(*cidr);
    require(again && *again == *cidr, "a range written down reads the same");
    require(lifecycle::contains(*cidr, cidr->substr(0, cidr->find('/'))), "a range has its first address in it");
  }
  if (const auto network = sim::parse_network(text)) {
    const auto again = sim::parse_network(sim::ipv4_text(network->first) + "/" + std::to_string(network->prefix));
    require(again && again->first == network->first && again->prefix == network->prefix, "a network reads the same");
    SeededRandom random(1);
    const auto given = sim::free_private_address(text, [](std::uint32_t number) { return number; }, random);
    require(!given || sim::assignable_private_address(text, *given), "an address that is given may be given");
  }
  if (const auto range = sim::parse_range(text)) {
    const auto again = sim::parse_range(range->text());
    require(again && again->base == range->base && again->length == range->length, "a range reads the same");
  }
  const std::string line = fuzz::take_line(input);
  lifecycle::contains(line, std::string(input));
}

}  // namespace hotaru
