#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "sim/sandbox/host_check.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {
namespace {

TEST(Room, IsMissingWhenTheKernelLetsNoMoreFilesBeWatched) {
  // Running out of descriptors gives the same EMFILE as running out of inotify instances, and disturbs nobody else.
  const Descriptor next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  struct rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  struct rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(next.number()) + 2;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  const auto room = check_room(0);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(room);
  EXPECT_EQ(room.error().kind, ErrorClass::capacity);
  EXPECT_NE(room.error().hint.find("max_user_instances"), std::string::npos);
}

TEST(Room, IsCountedForSandboxesThatHaveYetToTakeTheirs) {
  const auto limit = parse_integer(trim(read_file("/proc/sys/fs/inotify/max_user_instances").value_or("")));
  ASSERT_TRUE(limit);
  const auto room = check_room(static_cast<int>(*limit) / 5);
  ASSERT_FALSE(room);
  EXPECT_EQ(room.error().kind, ErrorClass::capacity);
}

}  // namespace
}  // namespace hotaru::sim
