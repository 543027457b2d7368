#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "ledger/bill.h"
#include "ledger/book.h"

namespace hotaru::ledger {
namespace {

TimePoint at(const std::string& text) { return *parse_iso8601("2026-11-" + text + "Z"); }

Sighting seen(const std::string& state, TimePoint launched) {
  Sighting sighting;
  sighting.id = "i-1";
  sighting.name = "train";
  sighting.region = "us-east-1";
  sighting.type = "g4dn.xlarge";
  sighting.state = state;
  sighting.address = state == "running";
  sighting.launched = launched;
  sighting.volumes = {"vol-1"};
  sighting.gib = 73;
  return sighting;
}

/// What is known after one more look.
void look(std::vector<Span>& known, const Sighting& sighting, TimePoint now) {
  for (const Span& span : after_sighting(known, sighting, now)) {
    std::erase_if(known, [&](const Span& each) {
      return each.kind == span.kind && each.id == span.id && each.since == span.since;
    });
    known.push_back(span);
  }
}

double usd(const std::vector<Span>& spans, const std::string& kind, TimePoint from, TimePoint to) {
  return bill(spans, catalog::built_in(), from, to).of_kind(kind);
}

constexpr double t4 = 0.526;

TEST(Ledger, ARunBillsFromItsStartToItsEndAndTheDiskAlways) {
  std::vector<Span> known;
  look(known, seen("running", at("02T10:00:00")), at("02T10:00:10"));
  auto stopped = seen("stopped", at("02T10:00:00"));
  stopped.changed = at("02T12:00:00");
  look(known, stopped, at("02T15:00:00"));
  EXPECT_NEAR(usd(known, "compute", at("01T00:00:00"), at("03T00:00:00")), 2 * t4, 1e-9);
  EXPECT_NEAR(usd(known, "address", at("01T00:00:00"), at("03T00:00:00")), 2 * 0.005, 1e-9);
  EXPECT_NEAR(usd(known, "disk", at("01T00:00:00"), at("03T00:00:00")), 14 * 73 * 0.08 / 730, 1e-9);
  EXPECT_NEAR(usd(known, "compute", at("02T11:00:00"), at("02T11:30:00")), t4 / 2, 1e-9) << "a part of it";
  const Bill now = bill(known, catalog::built_in(), at("01T00:00:00"), at("03T00:00:00"));
  EXPECT_NEAR(now.per_hour(), 73 * 0.08 / 730, 1e-9) << "what a stopped instance still bills";
}

TEST(Ledger, EachStartBillsSixtySecondsAtLeast) {
  std::vector<Span> known;
  for (const char* minute : {"00", "10"}) {
    const TimePoint start = at(std::string("02T10:") + minute + ":00");
    look(known, seen("running", start), start + Duration{5'000});
    auto stopped = seen("stopped", start);
    stopped.changed = start + Duration{20'000};
    look(known, stopped, start + Duration{30'000});
  }
  EXPECT_NEAR(usd(known, "compute", at("01T00:00:00"), at("03T00:00:00")), 2 * t4 / 60, 1e-9);
  EXPECT_NEAR(usd(known, "address", at("01T00:00:00"), at("03T00:00:00")), 40 * 0.005 / 3600, 1e-9);
}

TEST(Ledger, PendingTimeIsFree) {
  std::vector<Span> known;
  look(known, seen("pending", at("02T10:00:00")), at("02T10:00:20"));
  EXPECT_EQ(usd(known, "compute", at("01T00:00:00"), at("02T10:00:20")), 0);
  look(known, seen("running", at("02T10:00:00")), at("02T10:00:25"));
  EXPECT_NEAR(usd(known, "compute", at("01T00:00:00"), at("02T11:00:20")), t4, 1e-9);
}

TEST(Ledger, AnEndThatNobodyToldIsTheLatestThatItCanBe) {
  std::vector<Span> known;
  look(known, seen("running", at("02T10:00:00")), at("02T10:01:00"));
  look(known, seen("running", at("02T15:00:00")), at("02T15:01:00"));
  const auto runs = std::ranges::count(known, Kind::run, &Span::kind);
  EXPECT_EQ(runs, 2);
  for (const Span& span : known) {
    const bool first = span.kind == Kind::run && span.since == at("02T10:00:00");
    EXPECT_TRUE(!first || (span.bounded && span.until == at("02T15:00:00")));
  }
  for (const Span& span : after_end(known, at("02T20:00:00"))) EXPECT_TRUE(span.bounded);
}

TEST(Ledger, AnEndedRunOfAStoppedInstanceIsNotMadeLongerByItsTermination) {
  std::vector<Span> known;
  look(known, seen("running", at("02T10:00:00")), at("02T10:01:00"));
  auto stopped = seen("stopped", at("02T10:00:00"));
  stopped.changed = at("02T11:00:00");
  look(known, stopped, at("02T11:05:00"));
  auto gone = seen("terminated", at("02T10:00:00"));
  gone.changed = at("02T20:00:00");
  gone.volumes.clear();
  look(known, gone, at("02T20:30:00"));
  EXPECT_NEAR(usd(known, "compute", at("01T00:00:00"), at("03T00:00:00")), t4, 1e-9);
  EXPECT_NEAR(usd(known, "disk", at("01T00:00:00"), at("03T00:00:00")), 10 * 73 * 0.08 / 730, 1e-9);
  EXPECT_EQ(bill(known, catalog::built_in(), at("01T00:00:00"), at("03T00:00:00")).per_hour(), 0);
}

TEST(Ledger, WhatEc2StillTellsOfALostLedgerIsRebuilt) {
  std::vector<Span> known;
  auto stopped = seen("stopped", at("02T10:00:00"));
  stopped.changed = at("02T11:00:00");
  look(known, stopped, at("05T00:00:00"));
  EXPECT_NEAR(usd(known, "compute", at("01T00:00:00"), at("05T00:00:00")), t4, 1e-9);
  known.clear();
  look(known, seen("stopped", at("02T10:00:00")), at("05T00:00:00"));
  EXPECT_EQ(std::ranges::count(known, Kind::run, &Span::kind), 0) << "EC2 does not tell how long it ran";
}

TEST(Ledger, AForecastGoesOnUntilTheLimitsEndIt) {
  std::vector<Span> known;
  auto running = seen("running", at("02T10:00:00"));
  running.expires = at("02T20:00:00");
  look(known, running, at("02T10:01:00"));
  EXPECT_NEAR(usd(known, "compute", at("01T00:00:00"), at("30T00:00:00")), 10 * t4, 1e-9);
}

TEST(Ledger, PerformanceBeyondWhatIsIncludedBills) {
  Span disk;
  disk.kind = Kind::disk;
  disk.id = "vol-1";
  disk.region = "us-east-1";
  disk.what = "gp3";
  disk.gib = 100;
  disk.iops = 4000;
  disk.throughput = 250;
  disk.since = disk.begun = at("01T00:00:00");
  EXPECT_NEAR(usd({disk}, "iops", at("01T00:00:00"), at("02T00:00:00")), 24 * (1000 * 0.005 + 125 * 0.04) / 730, 1e-9);
  disk.region = "eu-west-3";
  EXPECT_FALSE(bill({disk}, catalog::built_in(), at("01T00:00:00"), at("02T00:00:00")).complete());
}

TEST(Ledger, ReadsTheTimeOfAChange) {
  EXPECT_EQ(time_in_reason("User initiated (2026-11-22 16:00:00 GMT)"), parse_iso8601("2026-11-22T16:00:00Z"));
  for (const char* other : {"", "User initiated", "Server.SpotInstanceTermination", "(x GMT)", "( GMT)", ") GMT("})
    EXPECT_FALSE(time_in_reason(other)) << other;
}

TEST(Ledger, MonthsAndDaysAreUtcs) {
  EXPECT_EQ(month_of(at("22T16:00:00")), at("01T00:00:00"));
  EXPECT_EQ(day_of(at("22T16:00:00")), at("22T00:00:00"));
  EXPECT_EQ(next_month(*parse_iso8601("2026-12-31T23:59:59Z")), *parse_iso8601("2027-01-01T00:00:00Z"));
}

TEST(Book, KeepsWhatItIsGivenAndSetsADamagedFileAside) {
  TemporaryFolder home;
  const Folders folders = Folders::of(Environment({{"HOME", home.path().string()}}));
  std::vector<Span> known;
  auto running = seen("running", at("02T10:00:00"));
  running.usd_per_hour = 0.123;
  running.alarms = 2;
  look(known, running, at("02T10:01:00"));
  {
    auto book = Book::open(folders);
    ASSERT_TRUE(book) << book.error().message;
    ASSERT_TRUE(book->put("a", known));
    ASSERT_TRUE(book->put("a", known)) << "the same again";
    EXPECT_EQ(book->all("a")->size(), 3U);
    EXPECT_EQ(book->of("a", "i-1")->size(), 3U);
    EXPECT_TRUE(book->all("b")->empty());
    const auto spans = *book->all("a");
    EXPECT_NEAR(usd(spans, "compute", at("01T00:00:00"), at("02T11:00:00")), 0.123, 1e-9);
    EXPECT_NEAR(usd(spans, "alarms", at("01T00:00:00"), at("02T11:00:00")), 0.2 / 730, 1e-9);
  }
  for (const char* part : {"-wal", "-shm"}) std::filesystem::remove((folders.state / "ledger.db").string() + part);
  ASSERT_TRUE(write_file(folders.state / "ledger.db", std::string(8192, 'x')));
  std::string note;
  auto book = Book::open(folders, [&](const std::string& text) { note = text; });
  ASSERT_TRUE(book) << book.error().message;
  EXPECT_NE(note.find("damaged"), std::string::npos);
  EXPECT_TRUE(book->all("a")->empty());
}

}  // namespace
}  // namespace hotaru::ledger
