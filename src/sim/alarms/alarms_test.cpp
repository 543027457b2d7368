#include "sim/alarms/alarms.h"

#include "base/file.h"
#include "sim/alarms/metrics.h"
#include "sim/alarms/test_alarms.h"

namespace hotaru::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class Alarms : public TestAlarms {
 protected:
  std::string put(const std::string& json) { return cloudwatch("PutMetricAlarm", json); }
  const Instance& instance(const std::string& id) {
    return *world_->region("000000000000", "us-east-1").instances.find(id);
  }
  const TimePoint start_ = clock_.now();
};

TEST_F(Alarms, FailedStatusChecksStopAnInstanceWhenTheyHaveFailedLongEnough) {
  follow("checks: [{type: \"g4dn.*\", failing: true, from: 10m}]");
  const std::string id = run();
  EXPECT_EQ(put(checks_alarm(id, "stop")), "{}");
  EXPECT_EQ(alarm("StateValue"), "INSUFFICIENT_DATA");
  clock_.advance(minutes(5));
  EXPECT_EQ(alarm("StateValue"), "OK");
  clock_.advance(minutes(7));
  EXPECT_EQ(state(id), "running") << "two minutes are not three";
  clock_.advance(minutes(2));
  EXPECT_EQ(state(id), "stopped");
  EXPECT_EQ(alarm("StateValue"), "ALARM");
  EXPECT_EQ(instance(id).state_reason_code, "Client.UserInitiatedShutdown");
  EXPECT_EQ(last_event("Action"), "Successfully executed action arn:aws:automate:us-east-1:ec2:stop");
  clock_.advance(minutes(10));
  EXPECT_EQ(alarm("StateValue"), "INSUFFICIENT_DATA") << "a stopped instance has no data";
}

TEST_F(Alarms, ChecksThatAreMendedInTimeDoNotCount) {
  follow("checks: [{failing: true, check: system, from: 10m, until: 12m}]");
  const std::string id = run();
  put(checks_alarm(id, "terminate"));
  clock_.advance(hours(5));
  EXPECT_EQ(state(id), "running");
  EXPECT_EQ(alarm("StateValue"), "OK");
}

TEST_F(Alarms, ABootThatNeverEndsFailsTheCheckOfTheInstance) {
  follow("boots: [{never: true}]");
  const std::string id = run();
  const auto status = [&] { return call("DescribeInstanceStatus", {{"InstanceId.1", id}}); };
  EXPECT_EQ(count(status(), "<status>initializing</status>"), 4u);
  put(checks_alarm(id, "terminate"));
  clock_.advance(boot_patience + minutes(2));
  EXPECT_EQ(count(status(), "<status>impaired</status>"), 1u);
  EXPECT_EQ(state(id), "running");
  clock_.advance(minutes(2));
  EXPECT_EQ(state(id), "terminated");
}

TEST_F(Alarms, ASlowBootThatEndsIsNoFailureHoweverLateOneLooks) {
  follow("boots: [{takes: 4m}]");
  const std::string id = run();
  put(checks_alarm(id, "terminate"));
  clock_.advance(hours(12));
  EXPECT_EQ(state(id), "running");
}

TEST_F(Alarms, RunningForTooLongIsSeenByTheSamples) {
  const std::string id = run();
  put(hours_alarm(id, 3, "terminate"));
  clock_.advance(minutes(119));
  EXPECT_EQ(state(id), "running");
  clock_.advance(minutes(7));
  EXPECT_EQ(state(id), "terminated");
}

TEST_F(Alarms, AStopOnTheWayBeginsTheHoursAnew) {
  const std::string id = run();
  put(hours_alarm(id, 3, "stop"));
  clock_.advance(minutes(110));
  call("StopInstances", {{"InstanceId.1", id}});
  clock_.advance(hours(2));
  EXPECT_EQ(state(id), "stopped");
  call("StartInstances", {{"InstanceId.1", id}});
  clock_.advance(minutes(119));
  EXPECT_EQ(state(id), "running");
  clock_.advance(minutes(7));
  EXPECT_EQ(state(id), "stopped");
}

TEST_F(Alarms, WhoComesDaysLateFindsThatItActedInTime) {
  const std::string id = run();
  put(hours_alarm(id, 3, "stop"));
  clock_.advance(hours(24 * 6));
  EXPECT_EQ(state(id), "stopped");
  const RunningInterval& ran = instance(id).intervals.back();
  EXPECT_EQ(ran.start, start_);
  ASSERT_TRUE(ran.end);
  EXPECT_GE(*ran.end, start_ + hours(2));
  EXPECT_LE(*ran.end, start_ + hours(2) + minutes(6));
  EXPECT_EQ(instance(id).state_since, ran.end) << "a null instance stops at once";
}

TEST_F(Alarms, TheFirstOfTwoEndingsCounts) {
  follow("deaths: [{after: 1h, code: Server.InternalError}]");
  const std::string id = run();
  put(hours_alarm(id, 3, "stop"));
  clock_.advance(hours(24));
  state(id);
  EXPECT_EQ(last_event("Action"), "none") << "it was dead before";
  follow("deaths: [{after: 5h, code: Server.InternalError}]");
  const std::string other = run();
  EXPECT_EQ(put(hours_alarm(other, 3, "stop")), "{}");
  clock_.advance(minutes(24 * 60 - 30));
  EXPECT_EQ(state(other), "stopped");
  EXPECT_EQ(instance(other).state_reason_code, "Client.UserInitiatedShutdown") << "the alarm was earlier";
}

TEST_F(Alarms, ProtectionHoldsAgainstAlarmsToo) {
  const std::string id = run({{"DisableApiTermination", "true"}});
  put(hours_alarm(id, 1, "terminate"));
  clock_.advance(hours(2));
  EXPECT_EQ(state(id), "running");
  EXPECT_EQ(alarm("StateValue"), "ALARM");
  EXPECT_NE(last_event("Action").find("Failed to execute action"), std::string::npos);
  EXPECT_NE(last_event("Action").find("OperationNotPermitted"), std::string::npos);
}

TEST_F(Alarms, DisabledActionsAreNotDone) {
  const std::string id = run();
  put(hours_alarm(id, 1, "terminate"));
  cloudwatch("DisableAlarmActions", R"({"AlarmNames":["hours"]})");
  clock_.advance(hours(2));
  EXPECT_EQ(state(id), "running");
  EXPECT_EQ(alarm("StateValue"), "ALARM");
}

TEST_F(Alarms, AnAlarmActsWhenItsStateChangesAndNotAgain) {
  const std::string id = run();
  put(hours_alarm(id, 1, "stop"));
  clock_.advance(minutes(7));
  EXPECT_EQ(state(id), "stopped");
  call("StartInstances", {{"InstanceId.1", id}});
  clock_.advance(minutes(30));
  EXPECT_EQ(state(id), "running") << "the alarm is still in its state";
}

TEST_F(Alarms, SetAlarmStateActsAndTheNextEvaluationTakesItBack) {
  const std::string id = run();
  put(checks_alarm(id, "stop"));
  EXPECT_EQ(cloudwatch("SetAlarmState", R"({"AlarmName":"checks","StateValue":"ALARM","StateReason":"a test"})"), "{}");
  EXPECT_EQ(alarm("StateReason"), "a test");
  EXPECT_EQ(state(id), "stopped");
  clock_.advance(minutes(5));
  EXPECT_EQ(alarm("StateValue"), "INSUFFICIENT_DATA");
}

TEST_F(Alarms, OfAnInstanceThatIsNotThereThereIsNoData) {
  put(checks_alarm("i-00000000000000001", "stop", R"("TreatMissingData":"breaching")"));
  EXPECT_EQ(alarm("StateValue"), "ALARM");
  EXPECT_NE(last_event("Action").find("InvalidInstanceID.NotFound"), std::string::npos);
}

TEST_F(Alarms, TheyAreKeptOverARestartAndGoOn) {
  const TemporaryFolder folder;
  reopen(folder.path() / "world.db");
  const std::string id = run();
  put(hours_alarm(id, 3, "stop"));
  clock_.advance(hours(1));
  EXPECT_EQ(state(id), "running");
  reopen(folder.path() / "world.db");
  clock_.advance(hours(9));
  EXPECT_EQ(state(id), "stopped");
  EXPECT_LE(*instance(id).intervals.back().end, start_ + hours(2) + minutes(6));
}

TEST_F(Alarms, AClockThatGoesBackDoesNotPutThemToSleep) {
  follow("clock: {jumps: [{at: 30m, by: -6h}]}");
  put(checks_alarm(run(), "stop"));
  const auto state_after = [&](Duration time) {
    clock_.advance(time);
    advance(*world_, machines_);
    return world_->region("000000000000", "us-east-1").alarms.find("checks")->state;
  };
  EXPECT_EQ(state_after(minutes(20)), "OK");
  state_after(minutes(15));
  EXPECT_EQ(state_after(minutes(2)), "INSUFFICIENT_DATA") << "nothing ran six hours ago";
}

TEST_F(Alarms, NobodyNeedsToAskForThemToAct) {
  const std::string id = run();
  state(id);
  put(hours_alarm(id, 1, "stop"));
  clock_.advance(hours(2));
  advance(*world_, machines_);
  EXPECT_EQ(instance(id).state, "stopped");
}

TEST(AlarmMetrics, SamplesAreOfRunningTimeOnly) {
  const TimePoint start{hours(1'000'000)};
  InstanceMetrics metrics;
  metrics.running = {{start, start + minutes(12)}, {start + minutes(30), never}};
  const auto samples = [&](Duration from, Duration until) {
    return datapoint(metrics, "CPUUtilization", "SampleCount", {start + from, start + until});
  };
  EXPECT_EQ(samples(minutes(0), minutes(60)), 3 + 6);
  EXPECT_EQ(samples(minutes(15), minutes(30)), std::nullopt);
  EXPECT_EQ(samples(minutes(30), minutes(35)), 1);
  metrics.detailed = true;
  EXPECT_EQ(samples(minutes(0), minutes(60)), 12 + 30);
  EXPECT_EQ(datapoint(metrics, "NetworkIn", "Sum", {start, start + minutes(5)}), std::nullopt);
}

TEST(AlarmMetrics, AFailingCheckIsOneOverItsTime) {
  const TimePoint start{hours(1'000'000)};
  InstanceMetrics metrics;
  metrics.running = {{start, never}};
  metrics.instance_fails = {{start + minutes(2), start + minutes(4)}};
  metrics.system_fails = {{start + minutes(3), start + minutes(5)}};
  const auto of = [&](const char* metric, const char* statistic) {
    return datapoint(metrics, metric, statistic, {start, start + minutes(10)}).value_or(-1);
  };
  EXPECT_EQ(of("StatusCheckFailed_Instance", "Sum"), 2);
  EXPECT_EQ(of("StatusCheckFailed_System", "Maximum"), 1);
  EXPECT_EQ(of("StatusCheckFailed", "Sum"), 3) << "a minute in which both fail is one";
  EXPECT_EQ(of("StatusCheckFailed", "Minimum"), 0);
  EXPECT_EQ(of("StatusCheckFailed", "SampleCount"), 10);
  EXPECT_DOUBLE_EQ(of("StatusCheckFailed", "Average"), 0.3);
}

}  // namespace
}  // namespace hotaru::sim
