#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "base/clock.h"
#include "base/digest.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "base/sqlite.h"
#include "base/text.h"

namespace hotaru {
namespace {

TEST(Digest, FollowsPublishedVectors) {
  // FIPS 180-2 appendix B.1; RFC 4231 test cases 2 and 6; RFC 1321 appendix A.5.
  EXPECT_EQ(hex_encode(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_encode(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex_encode(md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex_encode(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(FakeClock, SleepingMovesItOnAtOnce) {
  FakeClock clock;
  const TimePoint start = clock.now();
  EXPECT_TRUE(clock.sleep(Duration{1'500}));
  clock.advance(Duration{500});
  EXPECT_EQ(clock.now() - start, Duration{2'000});
  EXPECT_EQ(clock.slept(), Duration{1'500});
}

TEST(Interrupt, ASignalCutsASleepShortAndIsCounted) {
  Interrupt interrupt;
  SystemClock clock(&interrupt);
  EXPECT_TRUE(clock.sleep(Duration{1}));
  std::raise(SIGINT);
  EXPECT_FALSE(clock.sleep(Duration{3'600'000}));
  EXPECT_EQ(interrupt.count(), 1);
  interrupt.forget();
  EXPECT_FALSE(interrupt.requested());
  EXPECT_TRUE(clock.sleep(Duration{1}));
  std::raise(SIGTERM);
  EXPECT_TRUE(interrupt.requested());
}

TEST(Environment, AnEmptyVariableCountsAsUnset) {
  const Environment environment({{"A", "x"}, {"B", ""}});
  EXPECT_EQ(environment.get("A"), "x");
  EXPECT_FALSE(environment.get("B"));
  EXPECT_EQ(environment.get_or("B", "y"), "y");
}

TEST(Folders, FollowXdgAndIgnoreRelativePaths) {
  const Folders plain = Folders::of(Environment({{"HOME", "/home/u"}, {"XDG_CACHE_HOME", "relative"}}));
  EXPECT_EQ(plain.config, "/home/u/.config/hotaru");
  EXPECT_EQ(plain.state, "/home/u/.local/state/hotaru");
  EXPECT_EQ(plain.cache, "/home/u/.cache/hotaru");
  EXPECT_EQ(plain.runtime, "/home/u/.local/state/hotaru/run");
  const Folders set =
      Folders::of(Environment({{"HOME", "/home/u"}, {"XDG_STATE_HOME", "/s"}, {"XDG_RUNTIME_DIR", "/r"}}));
  EXPECT_EQ(set.state, "/s/hotaru");
  EXPECT_EQ(set.runtime, "/r/hotaru");
}

TEST(Random, TheSameSeedGivesTheSameDigits) {
  SeededRandom one(42);
  SeededRandom two(42);
  const std::string digits = one.hex(17);
  EXPECT_EQ(digits.size(), 17U);
  EXPECT_EQ(digits, two.hex(17));
  EXPECT_NE(digits, one.hex(17));
  SystemRandom system;
  EXPECT_NE(system.hex(32), system.hex(32));
  for (int i = 0; i < 1000; ++i) {
    const double fraction = one.fraction();
    ASSERT_GE(fraction, 0.0);
    ASSERT_LT(fraction, 1.0);
  }
}

class SqliteTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "test.db";
  Database open() {
    auto database = Database::open(path_, Database::Durability::full);
    EXPECT_TRUE(database);
    return std::move(*database);
  }
};

TEST_F(SqliteTest, RowsComeBackAsTheyWereBound) {
  Database database = open();
  ASSERT_TRUE(database.execute("CREATE TABLE t(a TEXT, b INTEGER, c TEXT)"));
  auto insert = database.prepare("INSERT INTO t VALUES(?, ?, ?)");
  ASSERT_TRUE(insert);
  const std::string bytes("x\0y", 3);
  ASSERT_TRUE(insert->bind(1, bytes).bind(2, std::int64_t{-7}).bind_null(3).run());
  auto select = database.prepare("SELECT a, b, c FROM t");
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->text(0), bytes);
  EXPECT_EQ(select->integer(1), -7);
  EXPECT_TRUE(select->is_null(2));
  EXPECT_FALSE(select->step().value());
}

TEST_F(SqliteTest, AFailedTransactionLeavesNothing) {
  Database database = open();
  ASSERT_TRUE(database.execute("CREATE TABLE t(a INTEGER)"));
  const auto failed = database.transaction([&]() -> Result<void> {
    EXPECT_TRUE(database.execute("INSERT INTO t VALUES(1)"));
    return fail(ErrorClass::conflict, "no");
  });
  EXPECT_EQ(failed.error().kind, ErrorClass::conflict);
  ASSERT_TRUE(database.transaction([&] { return database.execute("INSERT INTO t VALUES(2)"); }));
  auto select = database.prepare("SELECT sum(a) FROM t");
  ASSERT_TRUE(select->step().value());
  EXPECT_EQ(select->integer(0), 2);
}

TEST_F(SqliteTest, ItIsForItsOwnerAloneAndSurvivesBeingOpenedAgain) {
  {
    ASSERT_TRUE(open().execute("CREATE TABLE t(a)"));
  }
  ASSERT_TRUE(open().execute("INSERT INTO t VALUES(1)"));
  struct stat facts{};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_F(SqliteTest, WhatANewerOneHasWrittenIsLeftAsItIs) {
  const std::string schema = "CREATE TABLE IF NOT EXISTS t(a)";
  ASSERT_TRUE(open().adopt(schema, 2));
  ASSERT_TRUE(open().adopt(schema, 2));
  const auto older = open().adopt("CREATE TABLE IF NOT EXISTS u(a)", 1);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().kind, ErrorClass::conflict);
  EXPECT_EQ(older.error().message, path_.string() + " was written by a newer hotaru.");
  EXPECT_FALSE(open().prepare("SELECT a FROM u"));
}

TEST_F(SqliteTest, WhatIsNoDatabaseIsSaidToBeNone) {
  ASSERT_TRUE(write_file(path_, std::string(4096, 'x')));
  const auto database = Database::open(path_, Database::Durability::normal);
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().kind, ErrorClass::io);
  EXPECT_NE(database.error().message.find(path_.string()), std::string::npos) << database.error().message;
  EXPECT_NE(database.error().hint.find("mv " + path_.string()), std::string::npos) << database.error().hint;
}

}  // namespace
}  // namespace hotaru
