#include "store/known.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace hotaru::store
