#include "lifecycle/limits.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "lifecycle/expire.h"
#include "lifecycle/names.h"
#include "lifecycle/user_data.h"

namespace hotaru::lifecycle {
namespace {

constexpr Duration hour{3600 * 1000};
const TimePoint now = *parse_iso8601("2026-11-22T06:00:00Z");

guard::Limits some_limits() {
  return {.until = now + 8 * hour, .idle = hour / 2, .budget = 5'250'000, .then = guard::End::terminate};
}

TEST(Limits, ATimeRunsFromTheLaunchOn) {
  LimitWish wish;
  wish.time = 8 * hour;
  EXPECT_EQ(limits_of(wish, now).until, now + 8 * hour);
  wish.until = now + 2 * hour;
  EXPECT_EQ(limits_of(wish, now).until, now + 2 * hour) << "the earlier of both";
}

TEST(Limits, AreReadFromTheirTags) {
  const guard::Limits limits = some_limits();
  const aws::Tags tags = limit_tags(limits, 64);
  EXPECT_EQ(aws::tag_value(tags, tag::limits), "idle=30m budget=5.25usd disk=64 then=terminate");
  EXPECT_EQ(aws::tag_value(tags, tag::expires), "2026-11-22T14:00:00Z");
  EXPECT_EQ(read_limits(tags), limits);
  EXPECT_EQ(read_disk(tags), 64);
  EXPECT_TRUE(limit_tags({}, 64).empty());
}

TEST(Limits, OfTagsThatSomebodyEditedAreThoseThatCanBeRead) {
  const guard::Limits limits =
      read_limits({{tag::limits, "idle=soon budget=-3usd then=explode disk=x"}, {tag::expires, "tomorrow"}});
  EXPECT_FALSE(limits.any());
  EXPECT_EQ(limits.then, guard::End::stop);
}

TEST(Limits, ChangeAsFarAsTheyAreSaid) {
  LimitWish wish;
  wish.idle = hour;
  wish.no_budget = true;
  const guard::Limits after = changed_limits(some_limits(), wish, now);
  EXPECT_EQ(after.idle, hour);
  EXPECT_FALSE(after.budget);
  EXPECT_EQ(after.until, some_limits().until);
  EXPECT_EQ(after.then, guard::End::terminate);
}

TEST(Rates, HaveTheFamilyTheOtherOffersAndTheDearestForAllElse) {
  const auto rates = rates_of({.until = {}, .idle = {}, .budget = 1}, {"g4dn.xlarge", "g5.xlarge"}, "us-east-1", 64);
  ASSERT_TRUE(rates);
  EXPECT_EQ(rates->types.at("g4dn.xlarge"), 526'000);
  EXPECT_TRUE(rates->types.contains("g4dn.metal"));
  EXPECT_TRUE(rates->types.contains("g5.xlarge"));
  EXPECT_FALSE(rates->types.contains("p5.48xlarge"));
  for (const auto& [type, rate] : rates->types) EXPECT_LE(rate, rates->other_type) << type;
  EXPECT_EQ(rates->disks, 7014);  // 64 GiB of 0.08 dollars a month, rounded up
}

TEST(Rates, RefuseABudgetForWhatHasNoPrice) {
  const auto rates = rates_of({.until = {}, .idle = {}, .budget = 1}, {"x99.huge"}, "us-east-1", 64);
  ASSERT_FALSE(rates);
  EXPECT_EQ(rates.error().kind, ErrorClass::invalid);
  EXPECT_TRUE(rates_of({.until = now, .idle = {}, .budget = {}}, {"x99.huge"}, "us-east-1", 64));
}

AlarmSubject subject() {
  return {.name = "train", .operation = "0123", .region = "ap-northeast-1", .instance_id = "i-1", .launched = now};
}

TEST(Alarms, ActOnFailedChecksAndOnRunningTooLong) {
  const Alarms alarms = alarms_for(subject(), some_limits(), {}, "g4dn.xlarge");
  ASSERT_EQ(alarms.alarms.size(), 2U);
  EXPECT_EQ(alarms.alarms[0].metric, "StatusCheckFailed");
  EXPECT_EQ(alarms.alarms[0].period_s * alarms.alarms[0].periods, 15 * 60);
  EXPECT_EQ(alarms.alarms[1].statistic, "SampleCount");
  EXPECT_EQ(alarms.alarms[1].periods, 10) << "ten hours of the clock have samples only once eight have passed";
  EXPECT_EQ(alarms.alarms[1].action, "arn:aws:automate:ap-northeast-1:ec2:terminate");
  EXPECT_EQ(alarm_names("train", "0123"), (std::vector{alarms.alarms[0].name, alarms.alarms[1].name}));
}

TEST(Alarms, LookBackSevenDaysAtMost) {
  guard::Limits limits{.until = now + 166 * hour, .idle = {}, .budget = {}};
  EXPECT_EQ(alarms_for(subject(), limits, {}, "t3.micro").alarms.size(), 2U);
  limits.until = now + 167 * hour;
  const Alarms alarms = alarms_for(subject(), limits, {}, "t3.micro");
  EXPECT_EQ(alarms.alarms.size(), 1U);
  EXPECT_FALSE(alarms.without_time.empty());
}

TEST(Alarms, BoundTheTimeThatABudgetBuys) {
  guard::Rates rates;
  rates.types["g4dn.xlarge"] = 1'000'000;
  const guard::Limits limits{.until = {}, .idle = {}, .budget = 5'500'000};
  const Alarms alarms = alarms_for(subject(), limits, rates, "g4dn.xlarge");
  ASSERT_EQ(alarms.alarms.size(), 2U);
  EXPECT_EQ(alarms.alarms[1].periods, 8);
}

TEST(Alarms, AreOfNoUseForIdlenessAlone) {
  const Alarms alarms = alarms_for(subject(), {.until = {}, .idle = hour, .budget = {}}, {}, "g4dn.xlarge");
  EXPECT_EQ(alarms.alarms.size(), 1U);
  EXPECT_TRUE(alarms.without_time.empty());
  EXPECT_TRUE(alarms_for(subject(), {}, {}, "g4dn.xlarge").alarms.empty());
}

TEST(MostUsd, IsTheSmallestThatALimitLeaves) {
  EXPECT_FALSE(most_usd({.until = {}, .idle = hour, .budget = {}}, 1, 0.01, now));
  EXPECT_DOUBLE_EQ(*most_usd({.until = now + 8 * hour, .idle = {}, .budget = {}}, 0.5, 0.01, now), 4);
  EXPECT_DOUBLE_EQ(*most_usd({.until = now + 8 * hour, .idle = {}, .budget = 3'680'000}, 0.5, 0.01, now), 2);
}

Facts facts_of(const std::string& state, TimePoint launched, TimePoint until) {
  Facts facts;
  facts.ours = true;
  facts.state = state;
  facts.launch_time = iso8601(launched);
  facts.limits.until = until;
  return facts;
}

TEST(Expiry, LeavesTheGuardAFewMinutes) {
  const TimePoint until = now + hour;
  EXPECT_FALSE(is_expired(facts_of("running", now, until), until + Duration{2 * 60'000}));
  EXPECT_TRUE(is_expired(facts_of("running", now, until), until + Duration{4 * 60'000}));
  EXPECT_FALSE(is_expired(facts_of("stopped", now, until), until + 9 * hour));
}

TEST(Expiry, LeavesAStartPastTheLimitItsGrace) {
  const TimePoint started = now + 2 * hour;
  EXPECT_FALSE(is_expired(facts_of("running", started, now), started + Duration{17 * 60'000}));
  EXPECT_TRUE(is_expired(facts_of("running", started, now), started + Duration{19 * 60'000}));
}

TEST(Expiry, IsForWhatIsOursAlone) {
  Facts facts = facts_of("running", now, now + hour);
  facts.ours = false;
  EXPECT_FALSE(is_expired(facts, now + 9 * hour));
}

TEST(UserData, IsGivenOtherOrdersWithoutLosingAnythingElse) {
  const guard::Orders first{.limits = some_limits(), .rates = {}, .written = now};
  const auto before = user_data({.host_key = {"PRIVATE\nKEY", "ssh-ed25519 AAAA"}, .guard = first});
  ASSERT_TRUE(before);
  guard::Orders second = first;
  second.limits.until = now + 99 * hour;
  const auto after = with_orders(*before, second);
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, *user_data({.host_key = {"PRIVATE\nKEY", "ssh-ed25519 AAAA"}, .guard = second}));
  EXPECT_FALSE(with_orders("#!/bin/sh\necho hello\n", second));
  EXPECT_TRUE(with_orders("", second));
}

}  // namespace
}  // namespace hotaru::lifecycle
