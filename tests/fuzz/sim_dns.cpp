// What instances ask the sim's resolver.
#include "fuzz/fuzz.h"
#include "sim/sandbox/dns_message.h"
#include "sim/sandbox/resolver.h"

namespace hotaru::sim {

using fuzz::require;

HOTARU_FUZZ(input) {
  VpcNames names{"us-east-1", {*parse_range("10.0.0.0/16")}, true, {}};
  names.private_of = [](const std::string& public_ip) {
    return private_address_in("198.18.0.9 10.0.1.9\n", public_ip);
  };
  const auto answer = dns_answer(input, names);
  if (!answer || answer->empty()) return;
  require(answer->size() >= dns_header_size, "an answer is a message");
  require(dns_id(*answer) == dns_id(input), "an answer bears the question's id");
}

}  // namespace hotaru::sim
