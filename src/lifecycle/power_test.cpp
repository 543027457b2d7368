#include <gtest/gtest.h>

#include "lifecycle/lab_test.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

TEST(Power, StopAndStartKeepTheInstanceAndRenewItsAddress) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  auto stopped = stop(process.context, {"ember", ""});
  ASSERT_TRUE(stopped) << stopped.error().message;
  EXPECT_EQ(stopped->state, "stopped");
  EXPECT_EQ(stopped->address, "");
  auto started = start(process.context, {"ember", ""});
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_TRUE(started->started);
  EXPECT_TRUE(started->ready);
  EXPECT_EQ(started->facts.id, launched->facts.id);
  EXPECT_EQ(target(process.context, {"ember", ""})->address, started->facts.address);
  auto alias = read_file(process.folders.config / "ssh_config");
  ASSERT_TRUE(alias);
  EXPECT_NE(alias->find("HostName " + started->facts.address), std::string::npos);
}

TEST(Power, RebootKeepsTheAddress) {
  Cloud cloud;
  Process process(cloud);
  auto launched = lab::up(process, lab::request("ember"));
  ASSERT_TRUE(launched);
  auto facts = reboot(process.context, {"ember", ""});
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->address, launched->facts.address);
}

TEST(Power, WhatIsNotOursIsLeftAlone) {
  Cloud cloud;
  Process process(cloud);
  auto planned = plan(process.context, lab::request("ember"));
  ASSERT_TRUE(planned);
  aws::RunInstances run;
  run.image_id = planned->image.id;
  run.instance_type = "g4dn.xlarge";
  run.subnet_id = planned->subnet.id;
  auto instance = process.context.ec2("us-east-1").run_instance(run);
  ASSERT_TRUE(instance);
  const Which which{instance->id, "us-east-1"};
  EXPECT_EQ(stop(process.context, which).error().kind, ErrorClass::conflict);
  EXPECT_EQ(reboot(process.context, which).error().kind, ErrorClass::conflict);
  EXPECT_EQ(end(process.context, which).error().kind, ErrorClass::conflict);
  EXPECT_EQ(cloud.instances()[0].state, "running");
}

}  // namespace
}  // namespace hotaru::lifecycle
