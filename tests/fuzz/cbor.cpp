// Bodies of Smithy RPC v2 CBOR.
#include "sim/cbor.h"

#include "fuzz/fuzz.h"

HOTARU_FUZZ(input) {
  using hotaru::fuzz::require;
  using namespace hotaru::sim;
  // What is not UTF-8 is replaced at the first reading.
  const auto first = json_of_cbor(input);
  if (!first) return;
  const auto second = json_of_cbor(cbor_of_json(*first));
  require(second.has_value(), "what was written can be read");
  require(json_of_cbor(cbor_of_json(*second)) == second, "written down it reads the same");
}
