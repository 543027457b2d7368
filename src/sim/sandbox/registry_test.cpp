#include "sim/sandbox/registry.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace hotaru::sim {
namespace {

class RegistryOfSims : public ::testing::Test {
 protected:
  std::filesystem::path sim(const std::string& name) {
    const auto folder = temporary_.path() / name;
    EXPECT_TRUE(make_folder(folder));
    return folder;
  }
  Lease acquire(const std::filesystem::path& state) {
    auto lease = registry_.acquire(state, [this](const Lease& old) {
      reclaimed_.push_back(old.number);
      return reclaimable_;
    });
    EXPECT_TRUE(lease) << lease.error().message;
    return lease.value_or(Lease{});
  }

  TemporaryFolder temporary_;
  FakeClock clock_;
  Registry registry_{temporary_.path() / "run", clock_};
  std::vector<int> reclaimed_;
  bool reclaimable_ = true;
};

TEST_F(RegistryOfSims, GivesEachSimAddressesAndNamesOfItsOwn) {
  const Lease one = acquire(sim("one"));
  const Lease two = acquire(sim("two"));
  EXPECT_EQ(one.range().text(), "198.18.0.0/22");
  EXPECT_EQ(two.range().text(), "198.18.4.0/22");
  EXPECT_EQ(two.caller_address(), "198.18.4.1");
  EXPECT_EQ(two.prefix(), "ht01");
}

TEST_F(RegistryOfSims, GivesASimTheSameAgain) {
  const auto state = sim("one");
  acquire(sim("zero"));
  EXPECT_EQ(acquire(state).number, 1);
  EXPECT_EQ(acquire(state).number, 1);
}

TEST_F(RegistryOfSims, ReclaimsWhatASimLeftWhoseFolderIsGone) {
  const auto gone = sim("gone");
  acquire(gone);
  std::filesystem::remove_all(gone);
  EXPECT_EQ(acquire(sim("next")).number, 0);
  EXPECT_EQ(reclaimed_, std::vector<int>{0});
}

TEST_F(RegistryOfSims, KeepsALeaseWhoseRemainsCannotBeRemoved) {
  const auto gone = sim("gone");
  acquire(gone);
  std::filesystem::remove_all(gone);
  reclaimable_ = false;
  EXPECT_EQ(acquire(sim("next")).number, 1);
}

TEST_F(RegistryOfSims, ForgetsALeaseThatIsReleased) {
  const auto state = sim("one");
  acquire(state);
  ASSERT_TRUE(registry_.release(state));
  EXPECT_TRUE(registry_.leases()->empty());
}

TEST_F(RegistryOfSims, RefusesADamagedFileInsteadOfForgettingLeases) {
  acquire(sim("one"));
  ASSERT_TRUE(write_file(temporary_.path() / "run/registry.json", "{"));
  const auto lease = registry_.acquire(sim("two"), [](const Lease&) { return true; });
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().kind, ErrorClass::io);
}

TEST_F(RegistryOfSims, HasRoomFor128) {
  for (int number = 0; number < 128; ++number) acquire(sim(std::to_string(number)));
  EXPECT_EQ(registry_.leases()->back().range().text(), "198.19.252.0/22");
  const auto lease = registry_.acquire(sim("one too many"), [](const Lease&) { return true; });
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().kind, ErrorClass::conflict);
}

}  // namespace
}  // namespace hotaru::sim
