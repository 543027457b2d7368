#include "sim/instances/addresses.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hotaru::sim {
namespace {

NextFree without(const std::set<std::string>& addresses) {
  return [&](std::uint32_t address) {
    while (addresses.contains(ipv4_text(address))) ++address;
    return address;
  };
}
std::uint32_t any(std::uint32_t address) { return address; }

TEST(Addresses, ASubnetKeepsItsFirstFourAddressesAndItsLast) {
  EXPECT_EQ(assignable_private_addresses("172.31.16.0/20"), 4'091u);
  for (const char* reserved : {"10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.15", "10.0.0.16", "word"})
    EXPECT_FALSE(assignable_private_address("10.0.0.0/28", reserved)) << reserved;
  EXPECT_TRUE(assignable_private_address("10.0.0.0/28", "10.0.0.4"));
  EXPECT_TRUE(assignable_private_address("10.0.0.0/28", "10.0.0.14"));
}

TEST(Addresses, EveryAddressOfASubnetIsGivenOnceAndThenNone) {
  SeededRandom random(1);
  std::set<std::string> taken;
  while (const auto address = free_private_address("10.0.0.0/28", without(taken), random)) {
    EXPECT_TRUE(assignable_private_address("10.0.0.0/28", *address));
    EXPECT_TRUE(taken.insert(*address).second);
  }
  EXPECT_EQ(taken.size(), 11u);
}

TEST(Addresses, PublicOnesLeaveOutTheRouterTheSecondAndTheBroadcastAddress) {
  SeededRandom random(1);
  std::set<std::string> taken;
  while (const auto address = free_public_address("198.18.4.0/28", without(taken), "", random)) taken.insert(*address);
  EXPECT_EQ(taken.size(), 12u);
  for (const char* kept : {"198.18.4.0", "198.18.4.1", "198.18.4.2", "198.18.4.15"}) EXPECT_FALSE(taken.contains(kept));
}

TEST(Addresses, APublicOneThatWasGivenBackComesAgainAfterAllOthers) {
  SeededRandom random(1);
  const std::string first = *free_public_address("198.18.4.0/28", any, "", random);
  std::set<std::string> given;
  std::string last = first;
  do {
    EXPECT_TRUE(given.insert(last).second) << last;
    last = *free_public_address("198.18.4.0/28", any, last, random);
  } while (last != first);
  EXPECT_EQ(given.size(), 12u);
  const std::set<std::string> taken = {"198.18.4.6"};
  EXPECT_EQ(free_public_address("198.18.4.0/28", without(taken), "198.18.4.5", random), "198.18.4.7");
  EXPECT_TRUE(free_public_address("198.18.4.0/28", any, "10.0.0.1", random)) << "given when the range was another";
}

TEST(Addresses, NamesAreThoseOfTheRegion) {
  EXPECT_EQ(private_dns_name("172.31.5.20", "us-east-1"), "ip-172-31-5-20.ec2.internal");
  EXPECT_EQ(private_dns_name("172.31.5.20", "eu-west-1"), "ip-172-31-5-20.eu-west-1.compute.internal");
  EXPECT_EQ(public_dns_name("198.18.4.9", "us-east-1"), "ec2-198-18-4-9.compute-1.amazonaws.com");
  EXPECT_EQ(public_dns_name("198.18.4.9", "eu-west-1"), "ec2-198-18-4-9.eu-west-1.compute.amazonaws.com");
}

TEST(Addresses, TextThatIsNoNetworkIsNone) {
  for (const char* text : {"", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/x"})
    EXPECT_FALSE(parse_network(text)) << text;
  EXPECT_EQ(parse_network("10.0.0.7/24")->first, parse_ipv4("10.0.0.0"));
}

}  // namespace
}  // namespace hotaru::sim
