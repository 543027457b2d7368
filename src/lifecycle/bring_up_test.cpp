#include <gtest/gtest.h>

#include "lifecycle/lab_test.h"
#include "lifecycle/wait.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

TEST(BringUp, FromAnotherMachineLeavesTheHostKeyToTheOneThatLaunched) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  const std::string before = cloud.door.new_key;
  cloud.door.new_key = "ssh-ed25519 AAAAother";
  Process other(cloud, "other");
  auto again = lab::up(other, lab::request("ember"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->ready);
  EXPECT_EQ(ssh::stored_host_keys(again->target).value_or(std::vector<std::string>{}),
            std::vector<std::string>{before});
}

TEST(BringUp, ReplacesTheHostKeyOnceWhereTwoCommandsWaitForTheSameInstance) {
  Cloud cloud;
  Process first(cloud);
  Process second(cloud);
  auto launched = lab::up(first, lab::request("ember"));
  ASSERT_TRUE(launched);
  auto known = first.known.find("sim/1", "ember");
  ASSERT_TRUE(known && known->size() == 1);
  auto stale = known->front();
  stale.host_key_renewed = false;  // as the second read it before the first had done its work
  const std::string before = cloud.door.new_key;
  cloud.door.new_key = "ssh-ed25519 AAAAsecond";
  Waiter waiter(second.context, "us-east-1", launched->facts.id, Duration{60'000});
  ASSERT_TRUE(waiter.until_login(stale, false));
  EXPECT_EQ(ssh::stored_host_keys(launched->target).value_or(std::vector<std::string>{}),
            std::vector<std::string>{before});
}

TEST(BringUp, RefusedByAnotherMachinesInstanceSaysWhereToLogIn) {
  Cloud cloud;
  Process process(cloud);
  ASSERT_TRUE(lab::up(process, lab::request("ember")));
  cloud.door.open = [](const ssh::Target&, const std::function<Result<void>()>&) -> Result<void> {
    return std::unexpected(Error{ErrorClass::unauthorized, "No.", "An image's.", ssh::key_refused, {}});
  };
  Process other(cloud, "other");
  auto again = lab::up(other, lab::request("ember"));
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().hint.find("launched from another machine"), std::string::npos) << again.error().hint;
}

}  // namespace
}  // namespace hotaru::lifecycle
