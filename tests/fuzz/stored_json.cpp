// What the store keeps as JSON: choices, and the parameters of operations.
#include "fuzz/fuzz.h"
#include "lifecycle/encode.h"

namespace hotaru::lifecycle {

HOTARU_FUZZ(input) {
  using fuzz::require;
  const std::string text(input);
  if (const auto image = decode_image(text)) {
    const auto again = decode_image(encode(*image));
    require(again && encode(*again) == encode(*image), "an image written down reads the same");
  }
  if (const auto subnets = decode_subnets(text)) {
    const auto again = decode_subnets(encode(*subnets));
    require(again && encode(*again) == encode(*subnets), "subnets written down read the same");
  }
  parameter(text, "instance");
}

}  // namespace hotaru::lifecycle
