#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "sim/sandbox/addresses.h"
#include "sim/sandbox/machine_metadata.h"

namespace hotaru::sim {

/// Where an instance asks for names, as on EC2 ("Amazon DNS server").
constexpr const char* resolver_address = "169.254.169.253";

/// "ec2.internal" (us-east-1) or "REGION.compute.internal".
std::string private_domain(const std::string& region);

/// What of a VPC its resolver knows.
struct VpcNames {
  std::string region;
  std::vector<Range> ranges;  ///< the VPC's
  bool enabled = true;        ///< enableDnsSupport
  /// The private address of a public one of the VPC's; "" for others.
  std::function<std::string(const std::string& public_ip)> private_of;
};

/// The answer to a DNS message about names of EC2's own: private names (ip-10-0-1-5.ec2.internal, whether or not an
/// instance has that address, as EC2 answers them), their way back, and public names, which lead to private addresses.
/// nullopt: it is for others to answer. Empty: it is no question at all, and is dropped.
std::optional<std::string> dns_answer(std::string_view message, const VpcNames& names);

/// Public and private addresses of a VPC, a pair in each line, as `Network` writes them.
std::string private_address_in(const std::string& text, const std::string& public_ip);

/// The resolver of one machine, listening in the network namespace of the thread that makes it, where it has
/// `resolver_address`. Other questions go on to `upstream`.
class Resolver {
 public:
  static Result<std::unique_ptr<Resolver>> serve(CurrentSpec& spec, const std::string& names_file,
                                                 const std::string& upstream, Random& random);
  virtual ~Resolver() = default;
};

}  // namespace hotaru::sim
