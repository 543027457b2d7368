#include "sim/bill/bill.h"

#include "base/file.h"
#include "catalog/catalog.h"
#include "sim/alarms/test_alarms.h"
#include "sim/prices.h"

namespace hotaru::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr NanoUsd usd = 1'000'000'000;

/// A g4dn.xlarge costs a dollar an hour here.
class ExactBill : public TestAlarms {
 protected:
  ExactBill() { follow("prices: [{type: g4dn.xlarge, on_demand: 1}]"); }

  Bill bill() { return bill_of(*world_, &machines_); }
  std::string launch() {
    return run({{"BlockDeviceMapping.1.DeviceName", "/dev/sda1"}, {"BlockDeviceMapping.1.Ebs.VolumeSize", "73"}});
  }
  void end(const std::string& id) { call("TerminateInstances", {{"InstanceId.1", id}}); }
  /// Of all lines of a kind.
  NanoUsd of(const std::string& kind) {
    NanoUsd sum = 0;
    for (const BillLine& one : bill().lines)
      if (one.usage.kind == kind) sum += one.usage.nano_usd;
    return sum;
  }
};

TEST_F(ExactBill, IsEmptyAtFirst) {
  EXPECT_TRUE(bill().lines.empty());
  EXPECT_EQ(bill().total(), 0);
}

TEST_F(ExactBill, ARunBillsByTheSecondAndEachAtLeastAMinute) {
  const std::string id = launch();
  clock_.advance(minutes(30) + milliseconds(1));
  EXPECT_EQ(of("compute"), (usd * 1801 + 1800) / 3600) << "it goes on";
  call("StopInstances", {{"InstanceId.1", id}});
  clock_.advance(hours(10));
  EXPECT_EQ(of("compute"), (usd * 1801 + 1800) / 3600) << "stopped time is free";
  call("StartInstances", {{"InstanceId.1", id}});
  clock_.advance(seconds(5));
  end(id);
  clock_.advance(hours(1));
  EXPECT_EQ(of("compute"), (usd * 1801 + 1800) / 3600 + (usd * 60 + 1800) / 3600);
}

TEST_F(ExactBill, ADiskBillsFromItsCreationToItsDeletionStoppedToo) {
  const std::string id = launch();
  clock_.advance(hours(1));
  call("StopInstances", {{"InstanceId.1", id}});
  clock_.advance(hours(72));
  end(id);
  clock_.advance(hours(5));
  EXPECT_EQ(of("disk"), usd * 8 / 100 * 73 * 73 / 730);
}

TEST_F(ExactBill, AnAddressBillsWhileItIsAssigned) {
  const std::string id = launch();
  clock_.advance(hours(2));
  call("StopInstances", {{"InstanceId.1", id}});
  clock_.advance(hours(100));
  call("StartInstances", {{"InstanceId.1", id}});
  clock_.advance(hours(4));
  end(id);
  clock_.advance(hours(100));
  EXPECT_EQ(of("address"), usd * 5 / 1000 * 6);
}

TEST_F(ExactBill, AnAlarmBillsUntilItIsDeleted) {
  cloudwatch("PutMetricAlarm", checks_alarm("i-00000000000000001", "stop"));
  clock_.advance(hours(73));
  EXPECT_EQ(of("alarm"), usd / 100);
  cloudwatch("DeleteAlarms", R"({"AlarmNames":["checks"]})");
  clock_.advance(hours(73));
  EXPECT_EQ(of("alarm"), usd / 100);
  EXPECT_EQ(bill().of_instance("i-00000000000000001"), usd / 100);
}

TEST_F(ExactBill, AVolumeThatOutlivesItsInstanceGoesOnBilling) {
  const std::string id = run({{"BlockDeviceMapping.1.DeviceName", "/dev/sda1"},
                              {"BlockDeviceMapping.1.Ebs.VolumeSize", "73"},
                              {"BlockDeviceMapping.1.Ebs.DeleteOnTermination", "false"}});
  end(id);
  clock_.advance(hours(100));
  EXPECT_EQ(of("disk"), usd * 8 / 100 * 73 * 100 / 730);
  call("DeleteVolume", {{"VolumeId", value(call("DescribeVolumes"), "volumeId")}});
  clock_.advance(hours(100));
  EXPECT_EQ(of("disk"), usd * 8 / 100 * 73 * 100 / 730);
}

TEST_F(ExactBill, SpotBillsAtThePriceOfEachMoment) {
  const std::string id = run({{"InstanceMarketOptions.MarketType", "spot"}});
  clock_.advance(hours(50));
  end(id);
  const Zone zone{value(described(id), "availabilityZone"), value(described(id), "availabilityZoneId")};
  const catalog::InstanceType& type = *catalog::find_type("g4dn.xlarge");
  double sum = 0;
  for (int second = 0; second < 50 * 3600; second += 60) {
    const TimePoint time = clock_.now() - hours(50) + seconds(second);
    sum += spot_history(*world_, "us-east-1", zone, type, time, time).front().usd_per_hour / 60;
  }
  EXPECT_NEAR(static_cast<double>(of("compute")) / 1e9, sum, 0.002) << "prices change within a minute, too";
  EXPECT_GT(sum, 1);
}

TEST_F(ExactBill, WhatIsGoneIsStillBilledAndOverARestart) {
  const TemporaryFolder folder;
  reopen(folder.path() / "world.db");
  const std::string id = launch();
  call("CreateTags", {{"ResourceId.1", id}, {"Tag.1.Key", "Name"}, {"Tag.1.Value", "train"}});
  clock_.advance(hours(3));
  const std::string running = launch();
  end(id);
  clock_.advance(hours(2));
  EXPECT_EQ(code(described(id)), "InvalidInstanceID.NotFound");
  const NanoUsd before = bill().total();
  reopen(folder.path() / "world.db");
  EXPECT_EQ(bill().total(), before);
  EXPECT_EQ(of("compute"), 5 * usd);
  const Bill now = bill();
  EXPECT_EQ(now.lines.front().usage.name, "train");
  EXPECT_FALSE(now.lines.front().open);
  EXPECT_TRUE(now.lines.back().open);
  EXPECT_EQ(now.lines.back().usage.instance_id, running);
}

TEST_F(ExactBill, WhatAnAlarmOrADeathEndedIsBilledToItsMoment) {
  follow("prices: [{type: g4dn.xlarge, on_demand: 1}]\ndeaths: [{after: 90m, code: Server.InternalError}]");
  launch();
  clock_.advance(hours(24 * 30));
  EXPECT_EQ(of("compute"), usd * 3 / 2) << "to the millisecond, and however late one looks";
  EXPECT_EQ(of("address"), usd * 5 / 1000 * 3 / 2);
}

TEST_F(ExactBill, WhatHasNoPriceIsSaid) {
  run({{"BlockDeviceMapping.1.DeviceName", "/dev/sda1"}, {"BlockDeviceMapping.1.Ebs.VolumeType", "gp2"}});
  clock_.advance(hours(1));
  EXPECT_FALSE(bill().complete()) << "no price of such disks";
  const auto json = JsonInput::parse(bill_json(bill()));
  EXPECT_FALSE(json->flag("complete", true));
  EXPECT_DOUBLE_EQ(json->optional_real("total_usd").value_or(0), 1.005);
}

TEST_F(ExactBill, ALaunchThatIsTakenBackCostsNothing) {
  follow("deaths: [{code: Server.InsufficientInstanceCapacity}]");
  launch();
  clock_.advance(hours(2));
  EXPECT_EQ(of("compute"), 0);
  EXPECT_LT(bill().total(), usd / 1'000'000);
}

}  // namespace
}  // namespace hotaru::sim
