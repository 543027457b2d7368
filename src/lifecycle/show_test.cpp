#include <gtest/gtest.h>

#include <atomic>

#include "lifecycle/lab_test.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

TEST(Locate, SaysWhichRegionsItMayNotReadWhenItFindsNothing) {
  Cloud cloud;
  Process process(cloud);
  std::atomic<int> asked{0};
  cloud.wire.faults = [&](const std::string& action, int) {
    return action == "DescribeInstances" && asked++ == 0 ? lab::Fault::forbidden : lab::Fault::none;
  };
  const auto missing = show(process.context, {"nobody", ""});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorClass::not_found);
  EXPECT_TRUE(missing.error().message.starts_with("There is no instance nobody in the regions that may be read (not "))
      << missing.error().message;
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "DescribeInstances" ? lab::Fault::forbidden : lab::Fault::none;
  };
  EXPECT_EQ(show(process.context, {"nobody", ""}).error().kind, ErrorClass::unauthorized);
}

TEST(Show, ANameThatDoesNotExistIsAnsweredWithTheNearest) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  auto facts = show(process.context, {"embre", ""});
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().kind, ErrorClass::not_found);
  EXPECT_NE(facts.error().hint.find("ember"), std::string::npos);
}

TEST(Show, AnotherMachineFindsItInAnyRegion) {
  Cloud cloud;
  Process process(cloud);
  auto tokyo = lab::request("tokyo");
  tokyo.region = "ap-northeast-1";
  auto launched = lab::up(process, tokyo);
  ASSERT_TRUE(launched);
  Process other(cloud, "other");
  auto facts = show(other.context, {"tokyo", ""});
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->id, launched->facts.id);
  EXPECT_EQ(facts->region, "ap-northeast-1");
}

TEST(Show, TheSameNameInTwoRegionsMustBeToldApart) {
  Cloud cloud;
  Process here(cloud);
  Process there(cloud, "other");
  auto tokyo = lab::request("ember");
  tokyo.region = "ap-northeast-1";
  ASSERT_TRUE(lab::up(here, lab::request("ember")));
  ASSERT_TRUE(lab::up(there, tokyo));
  Process third(cloud, "third");
  auto facts = show(third.context, {"ember", ""});
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().kind, ErrorClass::conflict);
  EXPECT_TRUE(show(third.context, {"ember", "ap-northeast-1"}));
}

TEST(LookUp, TakesAKnownInstanceFromTheCacheAndAsksForAnother) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  cloud.wire.forget();
  auto known = look_up(process.context, {"ember", ""});
  ASSERT_TRUE(known);
  EXPECT_EQ(known->id, launched->facts.id);
  EXPECT_TRUE(cloud.wire.actions.empty());
  Process other(cloud, "other");
  auto found = look_up(other.context, {"ember", ""});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->id, launched->facts.id);
  EXPECT_EQ(found->region, "us-east-1");
  EXPECT_EQ(look_up(other.context, {"nope", ""}).error().kind, ErrorClass::not_found);
}

}  // namespace
}  // namespace hotaru::lifecycle
