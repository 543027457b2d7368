#include "aws/ini.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace hotaru::aws {
namespace {

TEST(Ini, ReadsSectionsKeysAndComments) {
  const Ini ini = parse_ini(
      "# a comment\n; another\nstray = before any section\n"
      "[default]\nregion = us-east-1\nOUTPUT=json\n\n"
      "[profile work]\nregion=eu-west-1 ; the near one\naws_secret_access_key = a#b;c=d+/\n");
  EXPECT_EQ(ini.size(), 2U);
  EXPECT_EQ(ini.at("default").at("region"), "us-east-1");
  EXPECT_EQ(ini.at("default").at("output"), "json");
  EXPECT_EQ(ini.at("profile work").at("region"), "eu-west-1");
  EXPECT_EQ(ini.at("profile work").at("aws_secret_access_key"), "a#b;c=d+/");
}

TEST(Ini, ReadsNestedSettingsAndContinuedValues) {
  const Ini ini = parse_ini(
      "[services local]\nec2 =\n  endpoint_url = http://127.0.0.1:1\nsts =\n  endpoint_url = http://127.0.0.1:2\n"
      "[default]\nca_bundle = /a\n  /b\n");
  EXPECT_EQ(ini.at("services local").at("ec2.endpoint_url"), "http://127.0.0.1:1");
  EXPECT_EQ(ini.at("services local").at("sts.endpoint_url"), "http://127.0.0.1:2");
  EXPECT_EQ(ini.at("default").at("ca_bundle"), "/a\n/b");
}

TEST(Ini, TakesTheLastOfTwoAndMergesSections) {
  const Ini ini = parse_ini("[a]\nx=1\ny=1\n[b]\n[a]\nx=2\n");
  EXPECT_EQ(ini.at("a").at("x"), "2");
  EXPECT_EQ(ini.at("a").at("y"), "1");
  EXPECT_TRUE(ini.at("b").empty());
}

TEST(Ini, ReadsNamesWithQuotesSpacesAndWindowsLineEnds) {
  const Ini ini = parse_ini("\xef\xbb\xbf[ profile   'my work' ] # mine\r\nregion = x\r\n");
  EXPECT_EQ(ini.at("profile my work").at("region"), "x");
  EXPECT_TRUE(parse_ini("[profile \"work \"]").contains("profile work"));
}

TEST(Ini, TakesColonsAsTheAwsCliDoes) {
  EXPECT_EQ(parse_ini("[default]\nregion: us-east-1\nca_bundle = C:/a\n").at("default"),
            (IniSection{{"region", "us-east-1"}, {"ca_bundle", "C:/a"}}));
}

TEST(Ini, NamesTheFirstLineThatMakesNoSense) {
  const auto problem = [](const std::string& text) {
    const auto found = find_ini_problem(text);
    return found ? std::to_string(found->line) + ": " + found->what : "";
  };
  EXPECT_EQ(problem("# mine\n[default\nregion = x\n"), "2: the section's name does not end with ]");
  EXPECT_EQ(problem("[default]\r\nregion = x\r\n\r\n[]\r\n"), "4: the section has no name");
  EXPECT_EQ(problem("region = x\n[default]\n"), "1: it stands before the first [SECTION]");
  EXPECT_EQ(problem("[default]\nregion\n[oops\n"), "2: it is neither a [SECTION] nor KEY = VALUE");
  EXPECT_EQ(problem("[default]\n= x\n"), "2: it is neither a [SECTION] nor KEY = VALUE");
  EXPECT_EQ(problem("[default]\ns3 =\n  oops\n"), "3: below a key without a value it is not KEY = VALUE");
  EXPECT_EQ(problem("[default]\ns3 =\n  a = b\nca_bundle = /a\n  /b\n\n; end"), "");
  EXPECT_EQ(problem(""), "");
}

TEST(Ini, SurvivesAnyText) {
  SeededRandom random(7);
  const std::string_view alphabet = "[]=#; \t\n\rab\"'\xef";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto size = random.next() % 60; size > 0; --size) text += alphabet[random.next() % alphabet.size()];
    for (const auto& [name, section] : parse_ini(text)) {
      EXPECT_EQ(name.find('\n'), std::string::npos);
      EXPECT_FALSE(section.contains(""));
    }
  }
}

}  // namespace
}  // namespace hotaru::aws
