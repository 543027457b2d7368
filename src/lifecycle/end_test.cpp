#include <gtest/gtest.h>
#include <sys/stat.h>

#include "lifecycle/lab_test.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

TEST(End, LeavesNoSocketOfASharedConnection) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  const auto socket = launched->target.control_path;
  EXPECT_EQ(socket, ssh::shared_connection_path(process.folders, launched->facts.id, launched->facts.address));
  ASSERT_EQ(::mknod(socket.c_str(), S_IFSOCK | 0600, 0), 0);
  ASSERT_TRUE(end(process.context, {"ember", ""}));
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST(End, IsIdempotent) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  ASSERT_TRUE(end(process.context, {"ember", ""}));
  auto again = end(process.context, {"ember", ""});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->was_gone);
}

TEST(End, OfSomethingThatNeverWasIsNotFound) {
  Cloud cloud;
  Process process(cloud);
  auto ended = end(process.context, {"ember", ""});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorClass::not_found);
}

TEST(End, AnotherMachineEndsItAndItsGroup) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  Process other(cloud, "other");
  auto ended = end(other.context, {"ember", ""});
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_TRUE(ended->group_removed);
  EXPECT_TRUE(cloud.group_names().empty());
}

TEST(End, OfAnInstanceThatEndedByItselfRemovesItsGroup) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  ASSERT_TRUE(process.context.ec2("us-east-1").terminate_instance(launched->facts.id));
  cloud.clock.advance(std::chrono::minutes(1));
  auto ended = end(process.context, {"ember", ""});
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_TRUE(cloud.group_names().empty());
  EXPECT_TRUE(process.known.all("sim/1")->empty());
}

}  // namespace
}  // namespace hotaru::lifecycle
