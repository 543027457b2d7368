#include "base/text.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace hotaru {
namespace {

TEST(Sentence, HasOneFullStopAtItsEnd) {
  EXPECT_EQ(sentence("It is so"), "It is so.");
  EXPECT_EQ(sentence("It is so."), "It is so.");
  EXPECT_EQ(sentence("Is it?"), "Is it?");
  EXPECT_EQ(sentence(""), "");
  EXPECT_EQ(sentence("It goes on …"), "It goes on …");
}

TEST(Text, OfOthersMovesNoCursor) {
  EXPECT_EQ(printable("red \x1b[31m\r\nline\tx\x7f"), "red  [31m  line x ");
  EXPECT_EQ(printable("8 bit \xc2\x9b"
                      "31m"),
            "8 bit  31m");
  EXPECT_EQ(printable("蛍 ümlaut \xc2\xa0\xc2"), "蛍 ümlaut \xc2\xa0\xc2");
}

TEST(Text, IsShortenedBetweenCharacters) {
  EXPECT_EQ(shortened("short", 5), "short");
  EXPECT_EQ(shortened("longer", 5), "longe…");
  EXPECT_EQ(shortened("ab蛍", 3), "ab…");
  EXPECT_EQ(shortened("ab蛍", 5), "ab蛍");
  EXPECT_EQ(shortened("蛍", 2), "…");
}

TEST(Text, SplittingKeepsEmptyParts) {
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
}

TEST(Text, LinesLoseTheirLineEndsAndTheLastOneMayLackIts) {
  EXPECT_EQ(lines("one\r\ntwo\n\nthree"), (std::vector<std::string>{"one", "two", "", "three"}));
  EXPECT_TRUE(lines("").empty());
}

TEST(Text, TrimmingAndLoweringAndJoining) {
  EXPECT_EQ(trim(" \t x y \n"), "x y");
  EXPECT_EQ(trim("   "), "");
  EXPECT_EQ(to_lower("G4dn.XLARGE"), "g4dn.xlarge");
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(Text, NumbersAreWholeTextsOnly) {
  EXPECT_EQ(parse_integer("-12"), -12);
  EXPECT_FALSE(parse_integer("12 "));
  EXPECT_FALSE(parse_integer(""));
  EXPECT_FALSE(parse_integer("99999999999999999999"));
  EXPECT_EQ(parse_number("0.526"), 0.526);
  EXPECT_FALSE(parse_number("1.x"));
}

TEST(Text, WildcardsMatchAsFiltersOfEc2Do) {
  EXPECT_TRUE(matches_wildcard("*", ""));
  EXPECT_TRUE(
      matches_wildcard("ubuntu/*/hvm-ssd*/ubuntu-*-24.04-*", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64"));
  EXPECT_TRUE(matches_wildcard("g?.x*e", "g5.xlarge"));
  EXPECT_FALSE(matches_wildcard("g?.x*e", "g4dn.xlarge"));
  EXPECT_TRUE(matches_wildcard("a\\*b", "a*b"));
  EXPECT_FALSE(matches_wildcard("a\\*b", "axb"));
  EXPECT_FALSE(matches_wildcard("", "x"));
  EXPECT_TRUE(matches_wildcard("a*b*c", "aXbYbZc"));
}

TEST(Text, Base64FollowsTheVectorsOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
}

TEST(Text, Base64RefusesWhatIsNotBase64) {
  for (const char* wrong : {"Z", "Zg=A", "Zm9v!", "Zg==="}) EXPECT_FALSE(base64_decode(wrong)) << wrong;
  EXPECT_EQ(base64_decode("Zm9v\nYmFy"), "foobar");
  EXPECT_EQ(base64_decode("Zg"), "f");
}

TEST(Text, AnyBytesSurviveTheirEncodings) {
  SeededRandom random(7);
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (int i = 0; i < round; ++i) bytes += static_cast<char>(random.next());
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    EXPECT_EQ(percent_decode(percent_encode(bytes), false), bytes);
  }
}

TEST(Text, PercentEncodingLeavesTheUnreservedAlone) {
  EXPECT_EQ(percent_encode("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(percent_encode("a b/c+é"), "a%20b%2Fc%2B%C3%A9");
  EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
  EXPECT_EQ(percent_decode("100%", false), "100%");
  EXPECT_EQ(percent_decode("%4", false), "%4");
}

TEST(Text, TheNearestWordIsSuggestedOnlyWhenItIsNear) {
  EXPECT_EQ(nearest("trian", {"train", "sample"}), "train");
  EXPECT_EQ(nearest("us-east1", {"us-east-1", "us-west-1"}), "us-east-1");
  EXPECT_FALSE(nearest("banana", {"train", "sample"}));
}

TEST(TimeText, TimesAreWrittenAndReadInEveryForm) {
  const TimePoint time = TimePoint(Duration(1'795'309'323'456));  // 2026-11-22T01:02:03.456Z
  EXPECT_EQ(iso8601(time), "2026-11-22T01:02:03.456Z");
  EXPECT_EQ(iso8601(time, false), "2026-11-22T01:02:03Z");
  EXPECT_EQ(iso8601_compact(time), "20261122T010203Z");
  EXPECT_EQ(http_date(time), "Sun, 22 Nov 2026 01:02:03 GMT");
  EXPECT_EQ(parse_iso8601(iso8601(time)), time);
  EXPECT_EQ(parse_iso8601("20261122T010203Z"), std::chrono::floor<std::chrono::seconds>(time));
  EXPECT_EQ(parse_iso8601("2026-11-22T10:02:03.456+09:00"), time);
  EXPECT_EQ(parse_iso8601("2026-11-21T22:02:03.456-0300"), time);
  EXPECT_EQ(parse_iso8601("2026-11-22T01:02:03UTC"), std::chrono::floor<std::chrono::seconds>(time));
  EXPECT_EQ(parse_http_date(http_date(time)), std::chrono::floor<std::chrono::seconds>(time));
}

TEST(TimeText, AYearHasFourDigits) {
  EXPECT_EQ(iso8601(TimePoint::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(iso8601_compact(TimePoint::min()), "00000101T000000Z");
  EXPECT_EQ(http_date(TimePoint::max()), "Fri, 31 Dec 9999 23:59:59 GMT");
  for (const char* beyond : {"9999-12-31T23:59:60Z", "9999-12-31T23:00:00-01:00", "0000-01-01T00:00:00+00:01"})
    EXPECT_FALSE(parse_iso8601(beyond)) << beyond;
  EXPECT_FALSE(parse_http_date("Fri, 31 Dec 9999 23:59:60 GMT"));
}

TEST(TimeText, WhatIsNoTimeIsRefused) {
  for (const char* wrong : {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-22 01:02:03",
                            "2026-11-22T01:02:03.Z", "2026-11-22T25:00:00Z", "2026-11-22T01:02:03Zx",
                            "2026-11-22T01:02:03+9", "2026-11-22T01:02:03+25:00", "2026-11-22T01:02:03"}) {
    EXPECT_FALSE(parse_iso8601(wrong)) << wrong;
  }
  EXPECT_FALSE(parse_http_date("22 Nov 2026"));
  EXPECT_FALSE(parse_http_date("Sun, 22 Nov"));
}

TEST(TimeText, DurationsReadAsPeopleSayThem) {
  EXPECT_EQ(human_duration(Duration(1'340)), "1.3 s");
  EXPECT_EQ(human_duration(Duration(45'000)), "45 s");
  EXPECT_EQ(human_duration(Duration(12 * 60'000)), "12 min");
  EXPECT_EQ(human_duration(Duration(185 * 60'000)), "3 h 05 min");
  EXPECT_EQ(human_duration(Duration(52L * 3'600'000)), "2 d 04 h");
  EXPECT_EQ(human_duration(Duration(-5)), "0.0 s");
}

}  // namespace
}  // namespace hotaru
