#include "aws/credentials/fields.h"

#include <gtest/gtest.h>

#include "aws/credentials/session_files.h"
#include "base/file.h"
#include "base/text.h"

namespace hotaru::aws {
namespace {

TEST(CredentialFields, AreReadFlat) {
  const auto fields = parse_fields(R"({"a":"x","b":{"c":"y","d":{"e":7}},"f":true,"g":null,"h":[1]})");
  ASSERT_TRUE(fields);
  EXPECT_EQ(*fields, (Fields{{"a", "x"}, {"b.c", "y"}, {"b.d.e", "7"}, {"f", "true"}}));
  EXPECT_EQ(field(*fields, "b.c"), "y");
  EXPECT_EQ(field(*fields, "none"), "");
}

TEST(CredentialFields, OfWhatIsNoObjectAreNone) {
  for (const char* text : {"", "[]", "7", "{", "{\"a\":}", "\xff\xfe", "null"})
    EXPECT_FALSE(parse_fields(text)) << text;
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "{\"a\":";
  EXPECT_FALSE(parse_fields(deep));
}

TEST(CredentialFields, AreWrittenAsTheyAreRead) {
  const Fields fields{{"a", "x\"y\n"}, {"b", ""}};
  EXPECT_EQ(parse_fields(json_of(fields)), fields);
}

TEST(CredentialFields, MakeCredentialsOnlyWithAPairOfKeysAndATime) {
  const auto read = [](const std::string& expiration) {
    return credentials_of({{"AccessKeyId", "a"}, {"SecretAccessKey", "s"}, {"Expiration", expiration}}, {}, "test");
  };
  EXPECT_FALSE(read("")->expiration);
  EXPECT_EQ(read("1700000000123")->expiration, TimePoint(Duration(1'700'000'000'123)));
  EXPECT_EQ(read("2023-11-14T22:13:20Z")->expiration, TimePoint(Duration(1'700'000'000'000)));
  EXPECT_FALSE(read("tomorrow"));
  EXPECT_FALSE(credentials_of({{"AccessKeyId", "a"}}, {}, "test"));
}

class SessionFilesTest : public testing::Test {
 protected:
  Credentials lasting(Duration duration) const { return {"a", "s", "t", clock.now() + duration, "test"}; }
  TemporaryFolder home;
  FakeClock clock;
  SessionFiles files{Environment(std::map<std::string, std::string>{{"XDG_CACHE_HOME", home.path().string()}}), clock};
  std::filesystem::path folder = home.path() / "hotaru/credentials";
};

TEST_F(SessionFilesTest, KeepASessionUnderItsMarkUntilShortlyBeforeItsEnd) {
  files.write("mark", lasting(std::chrono::hours(1)));
  EXPECT_FALSE(files.read("other", ""));
  EXPECT_EQ(files.read("mark", "here")->source, "here");
  clock.advance(std::chrono::minutes(54));
  EXPECT_TRUE(files.read("mark", ""));
  clock.advance(std::chrono::minutes(2));
  EXPECT_FALSE(files.read("mark", ""));
}

TEST_F(SessionFilesTest, RemoveWhatHasExpiredWhenTheyWrite) {
  files.write("old", lasting(std::chrono::hours(1)));
  clock.advance(std::chrono::hours(2));
  files.write("new", lasting(std::chrono::hours(1)));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()), 1);
  EXPECT_TRUE(files.read("new", ""));
}

TEST_F(SessionFilesTest, TakeGarbageForNothing) {
  files.write("mark", lasting(std::chrono::hours(1)));
  for (const auto& entry : std::filesystem::directory_iterator(folder)) ASSERT_TRUE(write_file(entry.path(), "{oh"));
  EXPECT_FALSE(files.read("mark", ""));
}

TEST_F(SessionFilesTest, KeepNothingWhereTheyCannotWrite) {
  ASSERT_TRUE(write_file(home.path() / "hotaru", "a file in the way"));
  files.write("mark", lasting(std::chrono::hours(1)));
  EXPECT_FALSE(files.read("mark", ""));
}

}  // namespace
}  // namespace hotaru::aws
