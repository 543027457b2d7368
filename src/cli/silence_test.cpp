#include "cli/silence.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hotaru::cli {
namespace {

aws::Silence silent(int seconds, const std::string& who = "EC2 in us-east-1") {
  return {.who = who, .what = "does not answer", .lasted = Duration{seconds * 1'000}};
}

aws::Silence over(int seconds, const std::string& who = "EC2 in us-east-1") {
  return {.who = who, .what = "answers again", .lasted = Duration{seconds * 1'000}, .over = true};
}

TEST(Silence, AShortOneIsNotWorthAWord) {
  std::ostringstream stream;
  SilenceTeller teller(stream);
  for (int second = 0; second < 5; ++second) teller.tell(silent(second));
  teller.tell(over(5));
  EXPECT_EQ(stream.str(), "");
}

TEST(Silence, ALongOneIsToldAtGrowingIntervalsAndItsEndToo) {
  std::ostringstream stream;
  SilenceTeller teller(stream);
  for (int second = 0; second < 45; ++second) teller.tell(silent(second));
  teller.tell(over(45));
  EXPECT_EQ(stream.str(),
            "EC2 in us-east-1 does not answer (since 5.0 s); still trying\n"
            "EC2 in us-east-1 does not answer (since 10 s); still trying\n"
            "EC2 in us-east-1 does not answer (since 20 s); still trying\n"
            "EC2 in us-east-1 does not answer (since 40 s); still trying\n"
            "EC2 in us-east-1 answers again (after 45 s)\n");
  stream.str("");
  teller.tell(silent(6));
  EXPECT_EQ(stream.str(), "EC2 in us-east-1 does not answer (since 6.0 s); still trying\n") << "the next one, anew";
}

TEST(Silence, SeveralAreToldInOneLine) {
  std::ostringstream stream;
  SilenceTeller teller(stream);
  for (int second = 1; second < 7; ++second) {
    for (const char* who : {"EC2 in eu-west-1", "EC2 in us-east-1", "EC2 in us-west-2"})
      teller.tell(silent(second, who));
  }
  EXPECT_EQ(stream.str(), "EC2 in eu-west-1 and 2 more do not answer (since 5.0 s); still trying\n");
}

TEST(Silence, OnATerminalItStandsInTheLiveLineUntilItIsOver) {
  std::ostringstream stream;
  std::ostringstream unused;
  FakeClock clock;
  Progress progress(stream, clock, true, "$1/h");
  SilenceTeller teller(unused);
  teller.use(&progress);
  progress.tell("boot", "Waiting");
  teller.tell(silent(7));
  progress.tell("boot", "Still waiting");
  teller.tell(over(9));
  progress.finish();
  const std::string said = stream.str();
  const auto silence = said.find("EC2 in us-east-1 does not answer (since 7.0 s); still trying  ($1/h)");
  ASSERT_NE(silence, std::string::npos) << said;
  EXPECT_EQ(said.find("trying\n"), std::string::npos) << "it leaves no line";
  const auto again = said.find("\r\033[KEC2 in us-east-1 answers again (after 9.0 s)\n", silence);
  ASSERT_NE(again, std::string::npos) << said;
  EXPECT_NE(said.find("  Still waiting", silence), std::string::npos) << "what is happening is shown again";
  EXPECT_EQ(unused.str(), "");
}

TEST(Silence, ElsewhereItIsALineBetweenThoseOfTheProgress) {
  std::ostringstream stream;
  FakeClock clock;
  Progress progress(stream, clock, false, "");
  SilenceTeller teller(stream);
  teller.use(&progress);
  progress.tell("boot", "Waiting");
  teller.tell(silent(7));
  progress.tell("boot", "Waiting");
  teller.tell(over(9));
  teller.use(nullptr);
  progress.finish();
  EXPECT_EQ(stream.str(),
            "Waiting\nEC2 in us-east-1 does not answer (since 7.0 s); still trying\n"
            "EC2 in us-east-1 answers again (after 9.0 s)\n");
}

}  // namespace
}  // namespace hotaru::cli
