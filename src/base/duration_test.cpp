#include "base/duration.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/text.h"

namespace hotaru {
namespace {

TEST(Duration, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(parse_duration("90s"), Duration{90'000});
  EXPECT_EQ(parse_duration("1h30m"), Duration{5'400'000});
  EXPECT_EQ(parse_duration("2d"), Duration{172'800'000});
  EXPECT_EQ(parse_duration("1d2h3m4s"), Duration{93'784'000});
}

TEST(Duration, IsNothingElse) {
  for (const char* text : {"", "5", "h", "-5m", "5 m", "30m1h", "1h1h", "1.5h", "0s", "9999999999h", "11111d"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, IsWrittenAsItIsRead) {
  for (const char* text : {"90d", "1h30m", "45m", "8h", "30s", "1d4h20m3s"}) {
    ASSERT_TRUE(parse_duration(text)) << text;
    EXPECT_EQ(duration_text(*parse_duration(text)), text);
  }
  EXPECT_EQ(duration_text(Duration{999}), "0s");
}

class TimeOfDay : public testing::Test {
 protected:
  TimeOfDay() {
    ::setenv("TZ", "JST-9", 1);
    ::tzset();
  }
  ~TimeOfDay() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  TimePoint now_ = *parse_iso8601("2026-11-22T06:30:00Z");  // 15:30 in Tokyo
};

TEST_F(TimeOfDay, IsTheNextThatClocksShow) {
  EXPECT_EQ(parse_time_of_day("18:00", now_), parse_iso8601("2026-11-22T09:00:00Z"));
  EXPECT_EQ(parse_time_of_day("09:15", now_), parse_iso8601("2026-11-23T00:15:00Z"));
  EXPECT_EQ(parse_time_of_day("15:30", now_), parse_iso8601("2026-11-23T06:30:00Z"));
}

TEST_F(TimeOfDay, MayHaveADateOrAZone) {
  EXPECT_EQ(parse_time_of_day("2026-12-01 08:00", now_), parse_iso8601("2026-11-30T23:00:00Z"));
  EXPECT_EQ(parse_time_of_day("2026-12-01T08:00:00Z", now_), parse_iso8601("2026-12-01T08:00:00Z"));
  for (const char* text : {"25:00", "18:60", "6pm", "", "18", "2026-02-30 08:00", "2026-13-01 08:00"})
    EXPECT_FALSE(parse_time_of_day(text, now_)) << text;
}

TEST_F(TimeOfDay, IsShownWithItsDayIfThatIsAnother) {
  EXPECT_EQ(time_of_day_text(*parse_iso8601("2026-11-22T09:00:00Z"), now_), "18:00");
  EXPECT_EQ(time_of_day_text(*parse_iso8601("2026-11-24T09:00:00Z"), now_), "Tue 24 Nov 18:00");
}

}  // namespace
}  // namespace hotaru
