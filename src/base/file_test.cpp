#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace hotaru {
namespace {

mode_t mode_of(const std::filesystem::path& path) {
  struct stat facts{};
  EXPECT_EQ(::stat(path.c_str(), &facts), 0);
  return facts.st_mode & 07777U;
}

TEST(File, WhatIsWrittenIsReadWithItsMode) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "secret";
  ASSERT_TRUE(write_file(path, "one", 0600));
  ASSERT_TRUE(write_file(path, std::string("two\0three", 9), 0600));
  EXPECT_EQ(read_file(path).value(), std::string("two\0three", 9));
  EXPECT_EQ(mode_of(path), 0600U);
}

TEST(File, NothingTemporaryStaysBeside) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder.path() / "a", "x"));
  EXPECT_FALSE(write_file(folder.path() / "missing" / "a", "x"));
  int entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++entries;
  EXPECT_EQ(entries, 1);
}

TEST(File, AMissingFileIsNotFoundAndAFolderIsAnIoError) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_file(folder.path() / "none").error().kind, ErrorClass::not_found);
  const auto folder_as_file = read_file(folder.path());
  ASSERT_FALSE(folder_as_file);
  EXPECT_EQ(folder_as_file.error().kind, ErrorClass::io);
  EXPECT_EQ(folder_as_file.error().code, "EISDIR");
}

TEST(File, AFailedWriteKeepsTheOldContent) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "kept";
  std::filesystem::create_directories(path / "in the way");
  EXPECT_FALSE(write_file(path, "new"));
  EXPECT_TRUE(std::filesystem::exists(path / "in the way"));
}

TEST(File, FoldersAreMadeWithTheirParentsAndMode) {
  const TemporaryFolder folder;
  ASSERT_TRUE(make_folder(folder.path() / "a/b/c", 0700));
  ASSERT_TRUE(make_folder(folder.path() / "a/b/c", 0700));
  EXPECT_EQ(mode_of(folder.path() / "a"), 0700U);
  ASSERT_TRUE(write_file(folder.path() / "file", ""));
  EXPECT_FALSE(make_folder(folder.path() / "file" / "below"));
}

TEST(FileLock, OneHolderAtATime) {
  const TemporaryFolder folder;
  FakeClock clock;
  const auto path = folder.path() / "lock";
  {
    auto first = FileLock::acquire(path, clock, Duration{0});
    ASSERT_TRUE(first && *first);
    auto second = FileLock::acquire(path, clock, Duration{500});
    ASSERT_TRUE(second);
    EXPECT_FALSE(*second);
    EXPECT_GE(clock.slept(), Duration{500});
  }
  auto third = FileLock::acquire(path, clock, Duration{0});
  ASSERT_TRUE(third && *third);
}

TEST(TemporaryFolder, RemovesItselfWithAllItHolds) {
  std::filesystem::path path;
  {
    const TemporaryFolder folder;
    path = folder.path();
    ASSERT_TRUE(make_folder(path / "deep/er"));
    EXPECT_EQ(mode_of(path), 0700U);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace hotaru
