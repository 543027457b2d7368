#include "store/known.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"

namespace hotaru::store {
namespace {

class KnownTest : public testing::Test {
 protected:
  KnownTest() { folders_.state = folder_.path() / "state"; }
  Known open() { return std::move(Known::open(folders_, clock_)).value(); }

  TemporaryFolder folder_;
  Folders folders_;
  FakeClock clock_;
};

KnownInstance instance(const std::string& name, const std::string& region, const std::string& id) {
  KnownInstance known;
  known.name = name;
  known.region = region;
  known.id = id;
  known.address = "198.18.0.5";
  known.from = "198.18.0.1/32";
  known.host_key_renewed = true;
  return known;
}

TEST_F(KnownTest, AnInstanceIsFoundByItsNameByALaterProcess) {
  ASSERT_TRUE(open().put("s", instance("ember", "us-east-1", "i-1")));
  auto found = open().find("s", "ember");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().id, "i-1");
  EXPECT_EQ(found->front().from, "198.18.0.1/32");
  EXPECT_TRUE(found->front().host_key_renewed);
}

TEST_F(KnownTest, PuttingAgainReplaces) {
  Known known = open();
  KnownInstance one = instance("ember", "us-east-1", "i-1");
  ASSERT_TRUE(known.put("s", one));
  one.address = "";
  ASSERT_TRUE(known.put("s", one));
  ASSERT_EQ(known.all("s")->size(), 1U);
  EXPECT_EQ(known.all("s")->front().address, "");
}

TEST_F(KnownTest, TheSameNameInTwoRegionsIsTwoInstances) {
  Known known = open();
  ASSERT_TRUE(known.put("s", instance("ember", "us-east-1", "i-1")));
  ASSERT_TRUE(known.put("s", instance("ember", "eu-west-1", "i-2")));
  EXPECT_EQ(known.find("s", "ember")->size(), 2U);
}

TEST_F(KnownTest, ManyArePutAtOnceAndAskedForByTheirIdsAndTheirRegion) {
  Known known = open();
  ASSERT_TRUE(known.put_all(
      "s", {instance("a", "us-east-1", "i-1"), instance("b", "us-east-1", "i-2"), instance("c", "eu-west-1", "i-3")}));
  ASSERT_TRUE(known.put_all("s", {}));
  ASSERT_TRUE(known.put("t", instance("d", "sa-east-1", "i-1")));
  const auto among = known.among("s", {"i-3", "i-4", "i-1"});
  ASSERT_TRUE(among);
  ASSERT_EQ(among->size(), 2U);
  EXPECT_EQ(among->at(0).name, "c");
  EXPECT_EQ(among->at(1).name, "a");
  std::set<std::string> there;
  ASSERT_TRUE(known.each("s", "us-east-1", [&](const KnownInstance& one) { there.insert(one.name); }));
  std::set<std::string> seen;
  ASSERT_TRUE(known.each_seen(
      "s", "us-east-1",
      [&](const std::string& id, const std::string&, const std::string& address) { seen.insert(id + " " + address); }));
  EXPECT_EQ(seen.size(), there.size());
  for (const std::string& one : seen) EXPECT_TRUE(one.ends_with(" 198.18.0.5")) << one;
  EXPECT_EQ(there, (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(known.regions("s").value(), (std::set<std::string>{"eu-west-1", "us-east-1"}));
  EXPECT_TRUE(known.regions("u")->empty());
}

TEST_F(KnownTest, ScopesDoNotSeeEachOther) {
  Known known = open();
  ASSERT_TRUE(known.put("s", instance("ember", "us-east-1", "i-1")));
  EXPECT_TRUE(known.all("t")->empty());
  ASSERT_TRUE(known.remove("t", "i-1"));
  EXPECT_EQ(known.all("s")->size(), 1U);
  ASSERT_TRUE(known.remove("s", "i-1"));
  EXPECT_TRUE(known.all("s")->empty());
}

TEST_F(KnownTest, AFactIsKnownUntilItIsTooOld) {
  Known known = open();
  ASSERT_TRUE(known.set_fact("s", "us-east-1", "image", "ami-1"));
  clock_.advance(Duration{1000});
  EXPECT_EQ(known.fact("s", "us-east-1", "image", Duration{1000})->value(), "ami-1");
  EXPECT_FALSE(known.fact("s", "us-east-1", "image", Duration{999})->has_value());
  EXPECT_FALSE(known.fact("s", "eu-west-1", "image", Duration{1000})->has_value());
}

TEST_F(KnownTest, AForgottenFactIsUnknown) {
  Known known = open();
  ASSERT_TRUE(known.set_fact("s", "us-east-1", "image", "ami-1"));
  ASSERT_TRUE(known.forget_fact("s", "us-east-1", "image"));
  EXPECT_FALSE(known.fact("s", "us-east-1", "image", Duration{1000})->has_value());
}

std::string bytes_of(const std::filesystem::path& file) { return read_file(file).value_or(""); }

TEST_F(KnownTest, AFileThatIsNoDatabaseIsSetAsideWithANote) {
  ASSERT_TRUE(open().put("s", instance("ember", "us-east-1", "i-1")));
  const auto file = folders_.state / "known.db";
  ASSERT_TRUE(write_file(file, "not a database", 0600));
  ASSERT_TRUE(write_file(file.string() + "-wal", "of the old one", 0600));
  std::vector<std::string> notes;
  auto known = Known::open(folders_, clock_, [&](const std::string& text) { notes.push_back(text); });
  ASSERT_TRUE(known) << known.error().message;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("known.db.damaged"), std::string::npos) << notes[0];
  EXPECT_EQ(bytes_of(file.string() + ".damaged"), "not a database");
  EXPECT_TRUE(known->all("s")->empty());
  ASSERT_TRUE(known->put("s", instance("ember", "us-east-1", "i-2")));
  EXPECT_EQ(open().find("s", "ember")->size(), 1U);
  EXPECT_EQ(notes.size(), 1U);
}

TEST_F(KnownTest, DamageThatShowsOnlyWhenItIsReadIsNoErrorEither) {
  {
    Known known = open();
    for (int number = 0; number < 200; ++number)
      ASSERT_TRUE(known.put("s", instance("ember", "us-east-1", "i-" + std::to_string(number))));
  }
  const auto file = folders_.state / "known.db";
  std::string bytes = bytes_of(file);
  constexpr std::size_t page = 4096;  // the first holds the schema, which is still whole
  ASSERT_GT(bytes.size(), 4 * page);
  std::fill(bytes.begin() + page, bytes.end(), '\xff');
  ASSERT_TRUE(write_file(file, bytes, 0600));
  int notes = 0;
  auto first = Known::open(folders_, clock_, [&](const std::string&) { ++notes; });
  auto second = Known::open(folders_, clock_, [&](const std::string&) { ++notes; });
  ASSERT_TRUE(first && second);
  auto all = first->all("s");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_TRUE(all->empty());
  ASSERT_TRUE(first->put("s", instance("ember", "us-east-1", "i-1")));
  // Another process that had the damaged file open finds the new one and leaves it as it is.
  auto seen = second->all("s");
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->size(), 1U);
  EXPECT_EQ(notes, 1);
}

}  // namespace
}  // namespace hotaru::store
