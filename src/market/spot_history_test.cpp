#include "market/spot_history.h"

#include <gtest/gtest.h>

namespace hotaru::market {
namespace {

TimePoint hour(int number) { return TimePoint{Duration{3'600'000LL * number}}; }

aws::SpotPricePoint point(const char* zone, int when, double usd) { return {"g5.xlarge", zone, "id", usd, hour(when)}; }

TEST(SpotHistory, BeginsWithThePriceThatWasInForce) {
  const auto histories =
      to_histories("us-east-1", {point("a", 15, 0.4), point("a", 5, 0.9), point("a", 8, 0.2), point("a", 99, 7)},
                   hour(10), hour(20));
  ASSERT_EQ(histories.size(), 1U);
  const SpotHistory& one = histories[0];
  EXPECT_EQ(one.steps, (std::vector<std::pair<TimePoint, double>>{{hour(10), 0.2}, {hour(15), 0.4}}));
  EXPECT_EQ(one.now(), 0.4);
  EXPECT_EQ(one.lowest(), 0.2);
  EXPECT_EQ(one.highest(), 0.4);
  EXPECT_DOUBLE_EQ(one.mean(), 0.3);
  EXPECT_EQ(one.zone_id, "id");
}

TEST(SpotHistory, PutsTheZoneFirstThatIsCheapestNow) {
  const auto histories = to_histories(
      "r", {point("a", 12, 0.4), point("b", 12, 0.3), point("c", 12, 0.3), point("d", 30, 0.1)}, hour(10), hour(20));
  ASSERT_EQ(histories.size(), 3U) << "one that had no price yet is left out";
  EXPECT_EQ(histories[0].zone, "b");
  EXPECT_EQ(histories[2].zone, "a");
  EXPECT_DOUBLE_EQ(histories[2].mean(), 0.4) << "counted from its first price on";
}

TEST(SpotHistory, OfNoTimeHasAMeanStill) {
  EXPECT_EQ(to_histories("r", {point("a", 10, 0.4)}, hour(10), hour(10))[0].mean(), 0.4);
}

}  // namespace
}  // namespace hotaru::market
