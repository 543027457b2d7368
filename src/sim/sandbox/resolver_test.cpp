#include "sim/sandbox/resolver.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "sim/sandbox/dns_message.h"

namespace hotaru::sim {
namespace {

constexpr int address_type = 1;
constexpr int pointer_type = 12;
constexpr int ipv6_type = 28;

std::string question(const std::string& name, int type) {
  std::string message("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  for (const std::string& label : split(name, '.')) message += static_cast<char>(label.size()) + label;
  message += std::string("\0\0", 2) + static_cast<char>(type) + std::string("\0\1", 2);
  return message;
}

VpcNames names(const std::string& region = "us-east-1") {
  VpcNames made{region, {*parse_range("10.0.0.0/16"), *parse_range("10.9.0.0/16")}, true, {}};
  made.private_of = [](const std::string& public_ip) {
    return private_address_in("198.18.0.9 10.0.1.9\n198.18.0.10 10.0.1.5\n", public_ip);
  };
  return made;
}

/// The last four bytes of an answer with one address; "none" of one without, "no such name", "passed on".
std::string answer(const std::string& name, int type = address_type, const VpcNames& of = names()) {
  const auto text = dns_answer(question(name, type), of);
  if (!text) return "passed on";
  EXPECT_EQ(dns_id(*text), 0x1234);
  if ((text->at(3) & 15) == 3) return "no such name";
  if (text->at(7) == 0) return "none";
  if (type == pointer_type) return text->substr(text->size() - 6);
  std::string address;
  for (const char byte : text->substr(text->size() - 4))
    address += (address.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(byte));
  return address;
}

TEST(Resolver, PrivateNamesLeadToTheirAddressesInTheVpc) {
  EXPECT_EQ(answer("ip-10-0-1-5.ec2.internal"), "10.0.1.5");
  EXPECT_EQ(answer("IP-10-9-1-5.EC2.internal"), "10.9.1.5");
  EXPECT_EQ(answer("ip-10-0-1-5.ec2.internal", ipv6_type), "none");
  EXPECT_EQ(answer("ip-10-1-1-5.ec2.internal"), "no such name") << "of another VPC";
  EXPECT_EQ(answer("ip-10-0-1.ec2.internal"), "no such name");
  EXPECT_EQ(answer("ip-10-0-1-5.eu-west-1.compute.internal", address_type, names("eu-west-1")), "10.0.1.5");
}

TEST(Resolver, AddressesLeadBackToTheirNames) {
  EXPECT_EQ(answer("5.1.0.10.in-addr.arpa", pointer_type), std::string("ernal\0", 6));
  EXPECT_EQ(answer("8.8.8.8.in-addr.arpa", pointer_type), "passed on");
}

TEST(Resolver, PublicNamesLeadToPrivateAddressesWithinTheVpc) {
  EXPECT_EQ(answer("ec2-198-18-0-10.compute-1.amazonaws.com"), "10.0.1.5");
  EXPECT_EQ(answer("ec2-198-18-0-77.compute-1.amazonaws.com"), "198.18.0.77");
}

TEST(Resolver, OtherNamesAreForOthersAndAllWithoutDnsSupport) {
  EXPECT_EQ(answer("deb.debian.org"), "passed on");
  VpcNames off = names();
  off.enabled = false;
  EXPECT_EQ(answer("ip-10-0-1-5.ec2.internal", address_type, off), "passed on");
}

TEST(Resolver, WhatIsNoQuestionIsDroppedOrPassedOn) {
  EXPECT_EQ(dns_answer("short", names()), "");
  const std::string whole = question("ip-10-0-1-5.ec2.internal", address_type);
  EXPECT_FALSE(dns_answer(whole.substr(0, whole.size() - 3), names()));
  std::string two = whole;
  two[5] = 2;
  EXPECT_FALSE(dns_answer(two, names()));
  std::string compressed = whole;
  compressed[12] = static_cast<char>(0xC0);
  EXPECT_FALSE(dns_answer(compressed, names()));
}

}  // namespace
}  // namespace hotaru::sim
