#include "store/preferences.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace hotaru::store {
namespace {

class PreferencesOfAUser : public ::testing::Test {
 protected:
  void SetUp() override { folders_.config = folder_.path() / "config"; }
  TemporaryFolder folder_;
  Folders folders_;
};

TEST_F(PreferencesOfAUser, AreEmptyAtFirstAndKeptOnceSet) {
  EXPECT_TRUE(read_preferences(folders_)->empty());
  ASSERT_TRUE(set_preference(folders_, "tax", "10", "2026-11-22"));
  ASSERT_TRUE(set_preference(folders_, "currency", "JPY", "2026-11-22"));
  ASSERT_TRUE(set_preference(folders_, "rate", "155", "2026-11-22"));
  const Preferences expected{{"tax", "10"}, {"currency", "jpy"}, {"rate", "155"}, {"rate_as_of", "2026-11-22"}};
  EXPECT_EQ(*read_preferences(folders_), expected);
  ASSERT_TRUE(set_preference(folders_, "rate", "", "2026-11-23"));
  EXPECT_FALSE(read_preferences(folders_)->contains("rate_as_of"));
}

TEST_F(PreferencesOfAUser, ChangeInTheirPlaceAndLeaveCommentsAlone) {
  std::filesystem::create_directories(folders_.config);
  ASSERT_TRUE(write_file(preferences_file(folders_), "# mine\nidle = 1h  # tea\n\ntax = 10\nprofile = Work\n"));
  ASSERT_TRUE(set_preferences(folders_, {{"idle", "30m"}, {"tax", ""}, {"region", "us-east-1"}}, "2026-11-22"));
  EXPECT_EQ(*read_file(preferences_file(folders_)),
            "# mine\nidle = 30m  # tea\n\nprofile = Work\nregion = us-east-1\n");
  const auto none = set_preferences(folders_, {{"idle", "1h"}, {"cloud", "mars"}}, "2026-11-22");
  EXPECT_FALSE(none);
  EXPECT_EQ(read_preferences(folders_)->at("idle"), "30m");
}

TEST_F(PreferencesOfAUser, WhatMakesNoSenseIsSaid) {
  for (const auto& [key, value] :
       {std::pair{"tax", "x"}, {"tax", "-1"}, {"rate", "0"}, {"currency", "yen!"}, {"hue", "1"}}) {
    const auto set = set_preference(folders_, key, value, "2026-11-22");
    ASSERT_FALSE(set) << key;
    EXPECT_EQ(set.error().kind, ErrorClass::invalid) << key;
  }
  std::filesystem::create_directories(folders_.config);
  ASSERT_TRUE(write_file(preferences_file(folders_), "tax = 10 # consumption tax\n\nrate: 155\n"));
  const auto read = read_preferences(folders_);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("line 3"), std::string::npos) << read.error().message;
}

}  // namespace
}  // namespace hotaru::store
