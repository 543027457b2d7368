#include "lifecycle/cost.h"

#include <gtest/gtest.h>

#include "ledger/bill.h"
#include "ledger/book.h"
#include "lifecycle/lab_test.h"
#include "sim/bill/bill.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

class CostTest : public testing::Test {
 protected:
  CostTest() { attach(process); }

  void attach(Process& to) {
    book = std::move(*ledger::Book::open(to.folders));
    to.context.book = [this] { return &*book; };
  }
  /// What hotaru says that all has cost.
  double told(Process& by) {
    auto known = costs(by.context);
    EXPECT_TRUE(known) << known.error().message;
    unknown = known->unknown;
    return ledger::bill(known->spans, catalog::built_in(), TimePoint{}, cloud.clock.now()).total();
  }
  double exact() {
    const sim::Bill bill = sim::bill_of(*cloud.world, &cloud.scripted);
    EXPECT_TRUE(bill.complete());
    return static_cast<double>(bill.total()) / 1e9;
  }
  void live(const std::string& name) {
    ASSERT_TRUE(lab::up(process, lab::request(name)));
    cloud.clock.advance(std::chrono::hours(3));
    ASSERT_TRUE(stop(process.context, {name, ""}));
    cloud.clock.advance(std::chrono::hours(20));
    ASSERT_TRUE(start(process.context, {name, ""}));
    cloud.clock.advance(std::chrono::hours(2));
  }

  Cloud cloud;
  Process process{cloud};
  std::optional<ledger::Book> book;
  std::vector<std::string> unknown;
};

TEST_F(CostTest, IsWhatTheSimsOwnBillSays) {
  live("train");
  EXPECT_NEAR(told(process) / exact(), 1, 0.001) << told(process) << " told, " << exact() << " is true";
  EXPECT_GT(exact(), 5 * 0.5);
  live("other");
  ASSERT_TRUE(end(process.context, {"train", ""}));
  cloud.clock.advance(std::chrono::hours(30));
  EXPECT_NEAR(told(process) / exact(), 1, 0.001) << "of what is gone, too: " << told(process) << ", " << exact();
  ASSERT_TRUE(end(process.context, {"other", ""}));
  cloud.clock.advance(std::chrono::hours(30));
  const double last = told(process);
  EXPECT_NEAR(last / exact(), 1, 0.001) << last << ", " << exact();
  cloud.clock.advance(std::chrono::hours(30));
  EXPECT_DOUBLE_EQ(told(process), last) << "nothing goes on";
}

TEST_F(CostTest, IsRebuiltFromTheCloudAndWhatCannotBeKnownIsSaid) {
  live("train");
  Process other(cloud, "another machine");
  attach(other);
  const double rebuilt = told(other);
  ASSERT_EQ(unknown.size(), 2U);
  EXPECT_NE(unknown[1].find("train was launched on"), std::string::npos) << unknown[1];
  EXPECT_LT(rebuilt, exact());
  EXPECT_NEAR(exact() - rebuilt, 3 * (0.526 + 0.005), 0.01) << "the first run";
  told(other);
  EXPECT_EQ(unknown.size(), 1U) << "the ledger has begun";
}

TEST_F(CostTest, OfAStoppedInstanceIsItsDisk) {
  ASSERT_TRUE(lab::up(process, lab::request("train")));
  auto running = show(process.context, {"train", ""});
  EXPECT_FALSE(stopped_rate(process.context, *running));
  auto stopped = stop(process.context, {"train", ""});
  ASSERT_TRUE(stopped);
  EXPECT_NEAR(stopped_rate(process.context, *stopped).value_or(0), 64 * 0.08 / 730, 1e-9);
}

TEST_F(CostTest, TakesTwoCallsARegion) {
  live("train");
  cloud.wire.forget();
  told(process);
  EXPECT_EQ(cloud.wire.actions, (std::vector<std::string>{"DescribeInstances", "DescribeVolumes"}));
}

}  // namespace
}  // namespace hotaru::lifecycle
