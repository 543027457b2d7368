#include "sim/sandbox/router_rules.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/process.h"

namespace hotaru::sim {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string rules_for(const TrafficRule& rule) { return router_rules({{"172.31.5.20", "198.18.0.10", {rule}}}); }

TEST(RouterRules, TranslateBetweenPublicAndPrivateAddresses) {
  const std::string rules = router_rules({{"172.31.5.20", "198.18.0.10", {}}, {"172.31.5.21", "", {}}});
  EXPECT_TRUE(contains(rules, "elements = { 198.18.0.10 : 172.31.5.20 }"));
  EXPECT_TRUE(contains(rules, "elements = { 172.31.5.20 : 198.18.0.10 }"));
  EXPECT_TRUE(contains(rules, "with_public { type ipv4_addr; elements = { 172.31.5.20 } }"));
}

TEST(RouterRules, RefuseWhatNoGroupAllows) {
  const std::string rules = router_rules({{"172.31.5.20", "198.18.0.10", {}}});
  EXPECT_TRUE(contains(rules, "policy drop"));
  EXPECT_TRUE(contains(rules, "chain in_gac1f0514 {\n  }"));
}

TEST(RouterRules, NeverForwardToLinkLocalAddresses) {
  const std::string rules = router_rules({});
  EXPECT_LT(rules.find("ip daddr 169.254.0.0/16 drop"), rules.find("\"tap0\", \"up0\" } ip saddr @with_public accept"));
}

TEST(RouterRules, SayWhatARuleAllows) {
  EXPECT_TRUE(contains(rules_for({"tcp", 22, 22, "198.18.0.1/32"}), "ip saddr 198.18.0.1/32 tcp dport 22 accept"));
  EXPECT_TRUE(contains(rules_for({"6", 8000, 8010, "10.1.2.3/8"}), "ip saddr 10.0.0.0/8 tcp dport 8000-8010 accept"));
  EXPECT_TRUE(contains(rules_for({"udp", -1, -1, "0.0.0.0/0"}), "ip saddr 0.0.0.0/0 ip protocol udp accept"));
  EXPECT_TRUE(contains(rules_for({"icmp", 8, -1, "0.0.0.0/0"}), "ip saddr 0.0.0.0/0 icmp type 8 accept"));
  EXPECT_TRUE(contains(rules_for({"-1", -1, -1, "172.31.0.0/16"}), "ip saddr 172.31.0.0/16 accept"));
}

/// The lines of one chain.
std::string chain(const std::string& rules, const std::string& name) {
  const auto begin = rules.find("  chain " + name + " {\n");
  if (begin == std::string::npos) return "no chain " + name;
  return rules.substr(begin, rules.find("\n  }\n", begin) - begin);
}

TEST(RouterRules, KnowInstancesThatAskForAPublicAddressByTheirsAlone) {
  const std::vector<TrafficRule> allowed = {{"tcp", 1, 1, "172.31.5.21/32"},  // as a group reference says it
                                            {"tcp", 2, 2, "198.18.0.11/32"},
                                            {"tcp", 3, 3, "198.18.0.0/30"},
                                            {"tcp", 4, 4, "0.0.0.0/0"}};
  const std::string rules = router_rules(
      {{"172.31.5.20", "198.18.0.10", allowed}, {"172.31.5.21", "198.18.0.11", {}}, {"172.31.5.22", "", {}}});
  EXPECT_EQ(chain(rules, "in_gac1f0514_public"),
            "  chain in_gac1f0514_public {\n"
            "    ip saddr { 172.31.5.21 } tcp dport 2 accept\n"
            "    ip saddr { 172.31.5.20, 172.31.5.21 } tcp dport 4 accept");
  EXPECT_TRUE(contains(chain(rules, "in_gac1f0514"), "ip saddr 172.31.5.21/32 tcp dport 1 accept"));
  EXPECT_LT(rules.find("ct status dnat oifname \"gac1f0514\" goto in_gac1f0514_public"),
            rules.find("oifname \"gac1f0514\" jump in_gac1f0514\n"));
}

TEST(RouterRules, LetOutWhatTheGroupsAllowByTheAddressThatWasAskedFor) {
  const std::string rules = router_rules(
      {{"172.31.5.20", "198.18.0.10", {}, {{"tcp", 443, 443, "0.0.0.0/0"}, {"udp", 53, 53, "198.18.0.11/32"}}},
       {"172.31.5.21", "198.18.0.11", {}, {}},
       {"172.31.5.22", "198.18.0.12", {}}});
  EXPECT_EQ(chain(rules, "out_gac1f0514"),
            "  chain out_gac1f0514 {\n"
            "    ct original ip daddr 0.0.0.0/0 tcp dport 443 return\n"
            "    ct original ip daddr 198.18.0.11/32 udp dport 53 return\n"
            "    drop");
  EXPECT_EQ(chain(rules, "out_gac1f0515"), "  chain out_gac1f0515 {\n    drop");
  EXPECT_FALSE(contains(rules, "out_gac1f0516")) << "what lets everything out needs no look";
  const auto jump = rules.find("iifname \"gac1f0514\" jump out_gac1f0514");
  EXPECT_LT(jump, rules.find("@with_public accept"));
  EXPECT_GT(jump, rules.find("dport 53 accept")) << "groups do not keep anybody from the VPC's resolver";
}

TEST(RouterRules, GiveNoWayInOrOutWithoutARouteToTheInternet) {
  const std::string rules = router_rules({{"10.0.1.5", "198.18.0.10", {{"tcp", 22, 22, "0.0.0.0/0"}}, {}, false},
                                          {"10.0.1.6", "", {}, {}, true, {{"10.0.1.7", "198.18.0.11"}}}});
  EXPECT_FALSE(contains(rules, "198.18.0.10"));
  EXPECT_TRUE(contains(rules, "elements = { 198.18.0.11 : 10.0.1.7 }"));
  EXPECT_TRUE(contains(rules, "with_public { type ipv4_addr; elements = { 10.0.1.7 } }"));
  EXPECT_TRUE(contains(chain(rules, "in_g0a000105"), "tcp dport 22 accept")) << "the VPC's own may come in";
}

TEST(RouterRules, LeaveOutWhatHasNoMeaningHere) {
  EXPECT_TRUE(contains(rules_for({"tcp", 22, 22, "::/0"}), "chain in_gac1f0514 {\n  }"));
  EXPECT_TRUE(contains(rules_for({"tcp; drop", 22, 22, "0.0.0.0/0"}), "chain in_gac1f0514 {\n  }"));
}

TEST(RouterRules, AreWhatNftUnderstands) {
  SystemRunner runner;
  if (!find_program("nft") || ::geteuid() != 0) GTEST_SKIP() << "nft, as root, is needed to check its language";
  const std::string rules = router_rules({{"172.31.5.20",
                                           "198.18.0.10",
                                           {{"tcp", 22, 22, "198.18.0.1/32"},
                                            {"udp", 1, 65535, "0.0.0.0/0"},
                                            {"icmp", -1, -1, "0.0.0.0/0"},
                                            {"47", -1, -1, "10.0.0.0/8"}},
                                           {{"tcp", 443, 443, "0.0.0.0/0"}, {"icmp", -1, -1, "198.18.0.11/32"}}},
                                          {"172.31.5.21", "", {}}});
  for (const std::string& text : {rules, router_rules({})}) {
    auto checked = runner.run({.argv = {"unshare", "-n", "nft", "-c", "-f", "-"}, .input = text});
    ASSERT_TRUE(checked);
    EXPECT_TRUE(checked->ok()) << checked->err << text;
  }
}

TEST(LinkNames, FitIntoTheKernelsFifteenCharacters) {
  EXPECT_EQ(link_name("172.31.5.20"), "gac1f0514");
  EXPECT_LE(link_name("255.255.255.255").size(), 15U);
}

}  // namespace
}  // namespace hotaru::sim
