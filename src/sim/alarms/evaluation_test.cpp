#include "sim/alarms/evaluation.h"

#include <gtest/gtest.h>

namespace hotaru::sim {
namespace {

Alarm three_of_three(const std::string& missing = "") {
  Alarm alarm;
  alarm.period = 60;
  alarm.evaluation_periods = 3;
  alarm.threshold = 1;
  alarm.comparison = "GreaterThanOrEqualToThreshold";
  alarm.treat_missing_data = missing;
  return alarm;
}

/// "X" breaches, "0" does not, "-" is missing; the newest is the last.
std::string judged(const Alarm& alarm, const std::string& points) {
  Datapoints all;
  for (auto one = points.rbegin(); one != points.rend(); ++one)
    all.push_back(*one == '-' ? std::nullopt : std::optional(*one == 'X' ? 1.0 : 0.0));
  const auto state = judge(alarm, all);
  return state ? state_name(*state) : "stays";
}

TEST(AlarmEvaluation, MOutOfNMustBreach) {
  Alarm alarm = three_of_three();
  EXPECT_EQ(judged(alarm, "XXX"), "ALARM");
  EXPECT_EQ(judged(alarm, "X0X"), "OK");
  alarm.datapoints_to_alarm = 2;
  EXPECT_EQ(judged(alarm, "X0X"), "ALARM");
  EXPECT_EQ(judged(alarm, "X00"), "OK");
}

TEST(AlarmEvaluation, MissingDataIsTreatedAsTheAlarmSays) {
  EXPECT_EQ(judged(three_of_three(), "---"), "INSUFFICIENT_DATA");
  EXPECT_EQ(judged(three_of_three("missing"), "---"), "INSUFFICIENT_DATA");
  EXPECT_EQ(judged(three_of_three("ignore"), "---"), "stays");
  EXPECT_EQ(judged(three_of_three("breaching"), "---"), "ALARM");
  EXPECT_EQ(judged(three_of_three("notBreaching"), "---"), "OK");
  EXPECT_EQ(judged(three_of_three("breaching"), "0--"), "OK");
  EXPECT_EQ(judged(three_of_three("notBreaching"), "X-X"), "OK");
  EXPECT_EQ(judged(three_of_three(), "0--"), "OK");
  EXPECT_EQ(judged(three_of_three(), "X--"), "ALARM") << "old enough, and nothing was right since";
  EXPECT_EQ(judged(three_of_three(), "--X"), "OK") << "too young";
}

TEST(AlarmEvaluation, EveryComparisonCompares) {
  Alarm alarm = three_of_three();
  const auto which = [&](const char* comparison) {
    alarm.comparison = comparison;
    return std::string() + (breaches(alarm, 0) ? "<" : "") + (breaches(alarm, 1) ? "=" : "") +
           (breaches(alarm, 2) ? ">" : "");
  };
  EXPECT_EQ(which("GreaterThanOrEqualToThreshold"), "=>");
  EXPECT_EQ(which("GreaterThanThreshold"), ">");
  EXPECT_EQ(which("LessThanThreshold"), "<");
  EXPECT_EQ(which("LessThanOrEqualToThreshold"), "<=");
}

TEST(AlarmEvaluation, ItIsEvaluatedEachMinuteOrEachHourIfItLooksBackOnDays) {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  const TimePoint noon{hours(1'000'000)};
  Alarm alarm = three_of_three();
  EXPECT_EQ(next_evaluation(alarm, noon), noon + minutes(1)) << "later, not now";
  EXPECT_EQ(next_evaluation(alarm, noon + seconds(1)), noon + minutes(1));
  alarm.period = 10;
  EXPECT_EQ(next_evaluation(alarm, noon + seconds(1)), noon + seconds(10));
  alarm.period = 3600;
  alarm.evaluation_periods = 24;
  EXPECT_EQ(next_evaluation(alarm, noon), noon + minutes(1));
  alarm.evaluation_periods = 25;
  EXPECT_EQ(next_evaluation(alarm, noon), noon + hours(1));
}

}  // namespace
}  // namespace hotaru::sim
