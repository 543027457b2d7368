#include <gtest/gtest.h>

#include "lifecycle/lab_test.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

TEST(List, ShowsHotarusInstancesInAllRegionsInUse) {
  Cloud cloud;
  Process process(cloud);
  auto tokyo = lab::request("tokyo");
  tokyo.region = "ap-northeast-1";
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  ASSERT_TRUE(lab::up(process, tokyo));
  auto listing = list(process.context, {});
  ASSERT_TRUE(listing) << listing.error().message;
  ASSERT_EQ(listing->instances.size(), 2U);
  EXPECT_EQ(listing->instances[0].name, "tokyo");
  EXPECT_EQ(listing->instances[0].region, "ap-northeast-1");
  EXPECT_EQ(listing->instances[1].name, "ember");
  ASSERT_TRUE(listing->instances[1].price);
  EXPECT_GT(listing->instances[1].price->usd, 0);
}

TEST(List, WithoutAMemoryLooksEverywhere) {
  Cloud cloud;
  Process process(cloud);
  auto tokyo = lab::request("tokyo");
  tokyo.region = "ap-northeast-1";
  ASSERT_TRUE(lab::up(process, tokyo));
  Process other(cloud, "other");
  auto listing = list(other.context, {});
  ASSERT_TRUE(listing) << listing.error().message;
  ASSERT_EQ(listing->instances.size(), 1U);
  EXPECT_EQ(listing->instances[0].name, "tokyo");
}

TEST(List, WithoutAMemoryNeedsNoAnswerAboutTheRegionsToLookInTheUsualOnes) {
  Cloud cloud;
  Process process(cloud);
  auto tokyo = lab::request("tokyo");
  tokyo.region = "ap-northeast-1";
  ASSERT_TRUE(lab::up(process, tokyo));
  Process other(cloud, "other");
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "DescribeRegions" ? lab::Fault::forbidden : lab::Fault::none;
  };
  auto listing = list(other.context, {});
  ASSERT_TRUE(listing) << listing.error().message;
  ASSERT_EQ(listing->instances.size(), 1U);
  EXPECT_EQ(listing->instances[0].name, "tokyo");
  ASSERT_EQ(listing->errors.size(), 1U) << "opt-in regions were not looked at, which is said";
  EXPECT_EQ(listing->errors[0].region, "us-east-1");
  EXPECT_EQ(listing->errors[0].error.kind, ErrorClass::unauthorized);
}

TEST(List, OnAnEndpointOfOnesOwnAsksWhichRegionsThereAre) {
  Cloud cloud;
  Process process(cloud);
  process.context.scope = "http://127.0.0.1:5000/1";
  ASSERT_TRUE(list(process.context, {}));
  EXPECT_EQ(cloud.wire.actions.front(), "DescribeRegions");
}

TEST(List, LeavesOutWhatIsNotHotarusUnlessAskedForAll) {
  Cloud cloud;
  Process process(cloud);
  aws::Ec2 ec2 = process.context.ec2("us-east-1");
  auto planned = plan(process.context, lab::request("ember"));
  ASSERT_TRUE(planned);
  aws::RunInstances run;
  run.image_id = planned->image.id;
  run.instance_type = "g4dn.xlarge";
  run.subnet_id = planned->subnet.id;
  ASSERT_TRUE(ec2.run_instance(run));
  EXPECT_TRUE(list(process.context, {.regions = {"us-east-1"}, .all = false})->instances.empty());
  auto all = list(process.context, {.regions = {"us-east-1"}, .all = true});
  ASSERT_EQ(all->instances.size(), 1U);
  EXPECT_FALSE(all->instances[0].ours);
}

TEST(List, OneRegionThatCannotBeReadDoesNotHideTheOthers) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  auto listing = list(process.context, {.regions = {"us-east-1", "ap-east-1"}, .all = false});
  ASSERT_TRUE(listing) << listing.error().message;
  EXPECT_EQ(listing->instances.size(), 1U);
  ASSERT_EQ(listing->errors.size(), 1U);
  EXPECT_EQ(listing->errors[0].region, "ap-east-1") << "one that the account would have to opt in to";
}

TEST(List, ForgetsWhatHasEndedBehindOurBack) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  ASSERT_TRUE(process.context.ec2("us-east-1").terminate_instance(launched->facts.id));
  cloud.clock.advance(std::chrono::minutes(2));
  ASSERT_TRUE(list(process.context, {}));
  EXPECT_TRUE(process.known.all("sim/1")->empty());
}

TEST(List, RemovesWhatAnotherMachineLeftOnceAnHour) {
  Cloud cloud;
  Process dead(cloud);
  cloud.wire.faults = [](const std::string& action, int) {
    return action == "RunInstances" ? lab::Fault::killed_before : lab::Fault::none;
  };
  EXPECT_THROW((void)lab::up(dead, lab::request("ember")), lab::Killed);
  cloud.wire.faults = [](const std::string&, int) { return lab::Fault::none; };
  cloud.clock.advance(std::chrono::hours(2));
  Process other(cloud, "other");
  auto listing = list(other.context, {});
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->settled.size(), 1U);
  EXPECT_TRUE(cloud.group_names().empty());
  cloud.wire.forget();
  ASSERT_TRUE(list(other.context, {}));
  EXPECT_EQ(cloud.wire.actions, std::vector<std::string>{"DescribeInstances"});
}

TEST(Region, ThatDoesNotExistIsSaidOnTheSimTooWithTheNearest) {
  Cloud cloud;
  Process process(cloud);
  auto request = lab::request("ember");
  request.region = "mars-north-1";
  const auto expect_said = [](const Error& error) {
    EXPECT_EQ(error.kind, ErrorClass::invalid);
    EXPECT_EQ(error.message, "There is no region mars-north-1.");
    EXPECT_EQ(error.hint, "Did you mean eu-north-1?");
  };
  expect_said(lab::up(process, request).error());
  expect_said(show(process.context, {"ember", "mars-north-1"}).error());
  expect_said(end(process.context, {"ember", "mars-north-1"}).error());
  expect_said(list(process.context, {.regions = {"mars-north-1"}, .all = false}).error());
  process.context.region = "mars-north-1";
  expect_said(list(process.context, {}).error());
  EXPECT_TRUE(cloud.wire.actions.empty());
  // Of an endpoint that is not AWS's and not the sim, nobody knows the regions.
  process.context.scope = "http://127.0.0.1:5000/1";
  EXPECT_EQ(show(process.context, {"ember", "mars-north-1"}).error().kind, ErrorClass::unauthorized);
}

}  // namespace
}  // namespace hotaru::lifecycle
