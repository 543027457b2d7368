#include "sim/sandbox/owners.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "sim/sandbox/host_check.h"

namespace hotaru::sim {
namespace {

TEST(FirstOwners, AreWholeRangesOutOfTheContainersShare) {
  SeededRandom random(1);
  for (int time = 0; time < 1'000; ++time) {
    const uid_t first = choose_first_owner(random);
    ASSERT_EQ(first % Owners::count, 0U);
    ASSERT_GE(first, 0x00080000U);
    ASSERT_LE(first, 0x6FFFFFFFU - Owners::count + 1);
  }
}

class OwnersOfAMachine : public ::testing::Test {
 protected:
  static constexpr uid_t first = 0x00400000;
  void SetUp() override {
    if (auto able = check_host(); !able) GTEST_SKIP() << able.error().message << " (" << able.error().hint << ")";
    for (const char* name : {"there", "here"}) ASSERT_TRUE(make_folder(temporary_.path() / name, 0755));
  }
  void TearDown() override { ::umount2((temporary_.path() / "here").c_str(), MNT_DETACH); }

  Owners made(uid_t from) {
    auto owners = make_owners(from, first);
    EXPECT_TRUE(owners) << owners.error().message;
    return owners ? std::move(*owners) : Owners{};
  }
  /// Who owns a file that the machine's root made at `here`, seen at `there`.
  uid_t owner_on_disk(const Owners& owners) {
    const auto there = temporary_.path() / "there";
    const auto here = temporary_.path() / "here";
    const auto shown = mount_for(owners, there, here);
    EXPECT_TRUE(shown) << shown.error().message << " (a folder of its own on ext4: TMPDIR)";
    const auto written = as_their_root(owners, [&] { return write_file(here / "file", "text"); });
    EXPECT_TRUE(written) << written.error().message;
    struct stat facts{};
    EXPECT_EQ(::stat((there / "file").c_str(), &facts), 0);
    return facts.st_uid;
  }

  TemporaryFolder temporary_;
};

TEST_F(OwnersOfAMachine, WriteAsRootOnItsDisk) { EXPECT_EQ(owner_on_disk(made(first)), 0U); }

TEST_F(OwnersOfAMachine, CanBeTheHostsOwn) { EXPECT_EQ(owner_on_disk(made(0)), 0U); }

TEST_F(OwnersOfAMachine, AreNobodyOfTheHosts) {
  const Owners owners = made(first);
  const pid_t child = ::fork();
  if (child == 0) {
    // Root of the namespace, who may not even look at what only the host's root may.
    const bool inside = ::setns(owners.users.number(), CLONE_NEWUSER) == 0 && ::setresuid(0, 0, 0) == 0;
    ::_exit(!inside ? 2 : ::open("/proc/sys/vm/swappiness", O_WRONLY | O_CLOEXEC) < 0 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(OwnersOfAMachine, CannotBeMappedOverAnOverlay) {
  const auto there = temporary_.path() / "there";
  for (const char* name : {"lower", "upper", "work"}) ASSERT_TRUE(make_folder(temporary_.path() / name, 0755));
  const std::string options =
      fmt::format("lowerdir={0}/lower,upperdir={0}/upper,workdir={0}/work", temporary_.path().string());
  ASSERT_EQ(::mount("overlay", there.c_str(), "overlay", 0, options.c_str()), 0);
  const auto shown = mount_for(made(first), there, temporary_.path() / "here");
  const auto plain = mount_for(made(0), there, temporary_.path() / "here");
  ::umount2(there.c_str(), MNT_DETACH);
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().kind, ErrorClass::unsupported);
  EXPECT_TRUE(plain);
}

}  // namespace
}  // namespace hotaru::sim
