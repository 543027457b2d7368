#include "sim/sandbox/machine_metadata.h"

#include <gtest/gtest.h>

namespace hotaru::sim {
namespace {

TEST(MetadataReach, EndsAtTheInstanceForTokensWithAHopLimitOfOne) {
  MachineSpec spec;
  spec.private_ip = "172.31.5.20";
  spec.metadata_hop_limit = 1;
  const auto from = [&](const char* method, const char* address) {
    http::ServerRequest request;
    request.method = method;
    request.remote_address = address;
    return in_reach(request, spec);
  };
  EXPECT_TRUE(from("PUT", "169.254.169.254")) << "the machine itself";
  EXPECT_TRUE(from("PUT", "172.31.5.20"));
  EXPECT_FALSE(from("PUT", "172.17.0.2")) << "a container in it";
  EXPECT_TRUE(from("GET", "172.17.0.2")) << "EC2 limits the answers to PUT only";
  spec.metadata_hop_limit = 2;
  EXPECT_TRUE(from("PUT", "172.17.0.2"));
}

}  // namespace
}  // namespace hotaru::sim
