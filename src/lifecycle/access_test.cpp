#include <gtest/gtest.h>

#include "lifecycle/access.h"
#include "lifecycle/lab_test.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

TEST(Access, IsJudgedByTheRulesThatThereAreNotByThoseThatWereMade) {
  Cloud cloud;
  Process process(cloud);
  auto wanted = lab::request("ember");
  wanted.from = {"127.0.0.1/32"};
  ASSERT_TRUE(lab::up(process, wanted));
  EXPECT_TRUE(check_access(process.context, {"ember", ""})->open);
  const std::string group = process.known.find("sim/1", "ember")->front().group_id;
  aws::Ec2 ec2 = process.context.ec2("us-east-1");
  ASSERT_TRUE(ec2.revoke_ingress(group, ssh_permission({"127.0.0.1/32"}, "")));
  auto access = check_access(process.context, {"ember", ""});
  ASSERT_TRUE(access);
  EXPECT_FALSE(access->open);
  EXPECT_TRUE(access->allowed.empty());
  ASSERT_TRUE(ec2.authorize_ingress(
      group, {.protocol = "tcp", .from_port = 1, .to_port = 1024, .ranges = {{"127.0.0.0/8", "mine"}}, .ranges6 = {}}));
  EXPECT_TRUE(check_access(process.context, {"ember", ""})->open);
}

TEST(Access, IsMendedForANewAddressAndClosedForTheOld) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  auto access = check_access(process.context, {"ember", ""});
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->current, "127.0.0.1/32");
  EXPECT_FALSE(access->open);
  auto fixed = fix_access(process.context, {"ember", ""});
  ASSERT_TRUE(fixed) << fixed.error().message;
  EXPECT_TRUE(check_access(process.context, {"ember", ""})->open);
  auto lock = cloud.world->lock();
  for (const auto& [id, group] : cloud.world->region(Cloud::account, "us-east-1").security_groups.all())
    for (const auto& rule : group.rules)
      if (group.name == "hotaru-ember" && !rule.egress) {
        EXPECT_EQ(rule.cidr, "127.0.0.1/32");
      }
}

}  // namespace
}  // namespace hotaru::lifecycle
