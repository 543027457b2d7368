#include <gtest/gtest.h>

#include "lifecycle/lab_test.h"
#include "lifecycle/names.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

TEST(Target, OfAKnownInstanceNeedsNoCall) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  cloud.wire.forget();
  auto reach = target(process.context, {"ember", ""});
  ASSERT_TRUE(reach);
  EXPECT_EQ(reach->address, launched->facts.address);
  EXPECT_TRUE(cloud.wire.actions.empty());
}

TEST(Target, OfAnotherMachinesInstanceTrustsTheKeyOfTheTag) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  Process other(cloud, "other");
  auto reach = target(other.context, {"ember", ""});
  ASSERT_TRUE(reach) << reach.error().message;
  EXPECT_EQ(reach->user, "ubuntu");
  auto keys = ssh::stored_host_keys(*reach);
  ASSERT_TRUE(keys);
  EXPECT_EQ(*keys, std::vector<std::string>{cloud.door.new_key});
}

TEST(Target, OfAnInstanceThatWasOnlyListedTrustsTheKeyOfTheTag) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  Process other(cloud, "other");
  ASSERT_TRUE(list(other.context, {}));
  auto reach = target(other.context, {"ember", ""});
  ASSERT_TRUE(reach) << reach.error().message;
  EXPECT_EQ(ssh::stored_host_keys(*reach).value_or(std::vector<std::string>{}),
            std::vector<std::string>{cloud.door.new_key});
}

TEST(Target, OfAnotherMachinesInstanceFollowsTheTagWhenItIsAskedAgain) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  Process other(cloud, "other");
  auto reach = target(other.context, {"ember", ""});
  ASSERT_TRUE(reach);
  // What was there while the launching machine had not replaced the key yet.
  ASSERT_TRUE(ssh::store_host_keys(*reach, {"ssh-ed25519 AAAAgiven"}));
  ASSERT_TRUE(target(other.context, {"ember", ""}, true));
  EXPECT_EQ(ssh::stored_host_keys(*reach).value_or(std::vector<std::string>{}),
            std::vector<std::string>{cloud.door.new_key});
}

TEST(Target, OfOurOwnInstanceKeepsTheKeyThatWasLearntWhateverTheTagSays) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  const std::string key_tag = tag::host_key;
  ASSERT_TRUE(
      process.context.ec2("us-east-1").create_tags({launched->facts.id}, {{key_tag, "ssh-ed25519 AAAAforged"}}));
  auto reach = target(process.context, {"ember", ""}, true);
  ASSERT_TRUE(reach);
  EXPECT_EQ(ssh::stored_host_keys(*reach).value_or(std::vector<std::string>{}),
            std::vector<std::string>{cloud.door.new_key});
}

TEST(Target, OfAStoppedInstanceSaysHowToStartIt) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  ASSERT_TRUE(stop(process.context, {"ember", ""}));
  auto reach = target(process.context, {"ember", ""});
  ASSERT_FALSE(reach);
  EXPECT_EQ(reach.error().kind, ErrorClass::conflict);
  EXPECT_NE(reach.error().hint.find("hotaru start ember"), std::string::npos);
}

}  // namespace
}  // namespace hotaru::lifecycle
