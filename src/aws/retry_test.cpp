#include "aws/retry.h"

#include <gtest/gtest.h>

namespace hotaru::aws {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RetryBudget, IsSpentByRetriesAndEarnedBySuccess) {
  RetryBudget budget;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(budget.take(5));
  EXPECT_FALSE(budget.take(5));
  budget.give_back(4);
  EXPECT_FALSE(budget.take(5)) << "nothing is taken when there is too little";
  budget.give_back(1);
  EXPECT_TRUE(budget.take(5));
  budget.give_back(10'000);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(budget.take(10));
  EXPECT_FALSE(budget.take(1)) << "it holds 500 at most";
}

TEST(RetryBudget, PaysMoreForSilence) {
  EXPECT_EQ(RetryBudget::cost_of({ErrorClass::unknown_outcome, "", "", "TimedOut"}), 10);
  EXPECT_EQ(RetryBudget::cost_of({ErrorClass::throttled, "", "", "RequestLimitExceeded"}), 5);
}

class SendRateTest : public testing::Test {
 protected:
  /// Sends one, waiting for its turn; true if the service takes it.
  void send(bool throttled = false) {
    const auto wait = rate.reserve(now, seconds(60));
    ASSERT_TRUE(wait);
    now += *wait;
    rate.on_answer(now, throttled);
  }
  SendRate rate;
  Duration now = seconds(1'000);
};

TEST_F(SendRateTest, IsUnlimitedUntilTheFirstThrottling) {
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(rate.reserve(now, seconds(0)), Duration{0});
  EXPECT_EQ(rate.limit(), 0);
}

TEST_F(SendRateTest, FallsBelowWhatWasRefusedAndRisesAgainWithSuccess) {
  for (int i = 0; i < 20; ++i) {
    now += milliseconds(50);
    send();
  }
  send(true);
  EXPECT_NEAR(rate.limit(), 0.7 * 20, 2);
  const double after_refusal = rate.limit();
  for (int i = 0; i < 200; ++i) send();
  EXPECT_GT(rate.limit(), after_refusal);
}

TEST_F(SendRateTest, FallsWithEveryThrottlingButNeverToNothing) {
  for (int i = 0; i < 50; ++i) send(true);
  EXPECT_EQ(rate.limit(), 0.5);
}

TEST_F(SendRateTest, MakesThoseWhoComeTogetherWaitInLine) {
  send(true);
  const auto first = rate.reserve(now, seconds(60));
  const auto second = rate.reserve(now, seconds(60));
  ASSERT_TRUE(first && second);
  EXPECT_GT(*first, Duration{0});
  EXPECT_GT(*second, *first);
}

TEST_F(SendRateTest, GivesNoTurnThatIsTooLate) {
  send(true);
  EXPECT_FALSE(rate.reserve(now, milliseconds(1)));
  const auto next = rate.reserve(now, seconds(60));
  EXPECT_FALSE(rate.reserve(now, milliseconds(1)));
  EXPECT_EQ(rate.reserve(now, seconds(60)), *next * 2) << "what was refused a turn holds no place";
}

TEST_F(SendRateTest, NeverRisesFarAboveWhatIsReallySent) {
  send(true);
  now += seconds(3'600);
  send();
  EXPECT_LE(rate.limit(), 2);
}

TEST(Paces, AreOfOneServiceInOneRegion) {
  Paces paces;
  const Call here{"ec2", "us-east-1", "DescribeRegions", {}};
  Call there = here;
  there.region = "eu-west-1";
  Call other = here;
  other.service = "sts";
  EXPECT_EQ(&paces.of(here), &paces.of(here));
  EXPECT_NE(&paces.of(here), &paces.of(there));
  EXPECT_NE(&paces.of(here), &paces.of(other));
}

}  // namespace
}  // namespace hotaru::aws
