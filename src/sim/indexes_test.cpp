#include "sim/indexes.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "sim/instances/addresses.h"
#include "sim/test_instances.h"

namespace hotaru::sim {
namespace {

class Indexes : public TestInstances {
 protected:
  template <class T>
  static bool agrees(const Table<T>& table) {
    Index<T> anew;
    for (const auto& [id, one] : table.all()) anew.add(one);
    return anew == table.index();
  }
  testing::AssertionResult agree() {
    if (!agrees(state_->instances)) return testing::AssertionFailure() << "of instances";
    if (!agrees(state_->network_interfaces)) return testing::AssertionFailure() << "of network interfaces";
    return testing::AssertionSuccess();
  }

  std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }
  std::string any_instance() {
    const auto& all = state_->instances.all();
    if (all.empty()) return "i-00000000000000000";
    return std::next(all.begin(), static_cast<std::ptrdiff_t>(below(all.size())))->first;
  }
  void launch_some() {
    Form form = launch({{"MaxCount", std::to_string(1 + below(3))}, {"InstanceType", "t3.micro"}});
    if (below(2) == 0) form["ClientToken"] = "token-" + std::to_string(below(4));
    if (below(3) == 0) form["InstanceMarketOptions.MarketType"] = "spot";
    if (below(3) == 0) form["SecurityGroupId.1"] = group_;
    call("RunInstances", form);
  }
  void do_something() {
    const std::string id = any_instance();
    switch (below(8)) {
      case 0:
      case 1:
        launch_some();
        break;
      case 2:
        call("StopInstances", {{"InstanceId.1", id}});
        break;
      case 3:
        call("StartInstances", {{"InstanceId.1", id}});
        break;
      case 4:
        call("TerminateInstances", {{"InstanceId.1", id}});
        break;
      case 5:
        (void)machines_.end(id, below(2) == 0 ? "poweroff" : "killed");
        break;
      case 6:
        clock_.advance(std::chrono::minutes(below(20)));
        break;
      default:
        call("DescribeInstances");
    }
  }
  std::string group_;
};

TEST_F(Indexes, AgreeWithTheWholeWhateverHappensIsTakenBackOrIsLoaded) {
  const TemporaryFolder folder;
  open(folder.path() / "world.db");
  group_ = value(call("CreateSecurityGroup", {{"GroupName", "g"}, {"GroupDescription", "d"}}), "groupId");
  std::set<std::string> seen;
  for (int step = 0; step < 600; ++step) {
    if (below(5) == 0) {
      auto lock = world_->lock();
      taken_back_ = true;
      do_something();
      lock.take_back();
      taken_back_ = false;
    } else {
      do_something();
    }
    for (const auto& [state, count] : state_->instances.index().states().all()) seen.insert(state);
    ASSERT_TRUE(agree()) << "after step " << step;
  }
  EXPECT_TRUE(seen.contains("running") && seen.contains("stopped") && seen.contains("terminated"));
  const auto before = state_->instances.index();
  open(folder.path() / "world.db");
  ASSERT_TRUE(agree());
  EXPECT_TRUE(state_->instances.index() == before);
}

TEST_F(Indexes, ObjectsStayWhereTheyAreWhenTheyAreReplaced) {
  const std::string id = run();
  const Instance* before = state_->instances.find(id);
  state_->instances.put(Instance(*before));
  EXPECT_EQ(state_->instances.find(id), before) << "an action may hold a reference to it";
  ASSERT_TRUE(agree());
}

TEST_F(Indexes, AreThoseOfWhatIsShownForAWhile) {
  const std::string id = run();
  const auto now = state_->instances.index();
  const RowStore::Key key{"000000000000", "us-east-1", "instance", id};
  {
    LateView view;
    view.show(*state_, key, std::nullopt);
    EXPECT_EQ(state_->instances.find(id), nullptr);
    ASSERT_TRUE(agree());
    EXPECT_TRUE(state_->instances.index().states().all().empty());
  }
  EXPECT_TRUE(state_->instances.index() == now);
  EXPECT_EQ(state(id), "running");
}

TEST_F(Indexes, NameAnAddressOnlyWhileSomebodyHasIt) {
  const std::string id = run();
  const auto& index = state_->network_interfaces.index();
  const Instance before = instance(id);
  const auto private_ip = *parse_ipv4(before.private_ip);
  const auto public_ip = *parse_ipv4(before.public_ip);
  EXPECT_TRUE(index.private_ips(before.subnet_id).contains(private_ip) && index.public_ips().contains(public_ip));
  EXPECT_EQ(index.in_subnet(before.subnet_id), 1);
  call("StopInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(state(id), "stopped");
  EXPECT_TRUE(index.private_ips(before.subnet_id).contains(private_ip));
  EXPECT_FALSE(index.public_ips().contains(public_ip));
  call("TerminateInstances", {{"InstanceId.1", id}});
  EXPECT_EQ(state(id), "terminated");
  EXPECT_FALSE(index.private_ips(before.subnet_id).contains(private_ip));
  EXPECT_EQ(index.in_subnet(before.subnet_id), 0);
}

TEST_F(Indexes, OfTheMachinesThatHaveChangedAreAskedInWhateverRegionTheyAre) {
  const std::string here = run();
  const std::string there =
      value(call("RunInstances", launch({{"ImageId", image("eu-west-1")}}), "eu-west-1"), "instanceId");
  call("DescribeInstances");
  ASSERT_TRUE(machines_.end(there, "poweroff"));
  call("DescribeInstances");
  EXPECT_EQ(world_->region("000000000000", "eu-west-1").instances.find(there)->state, "stopped");
  EXPECT_EQ(state(here), "running");
}

TEST_F(Indexes, AMachinesEndIsSeenAgainAfterItWasTakenBack) {
  const TemporaryFolder folder;
  open(folder.path() / "world.db");
  const std::string id = run();
  ASSERT_EQ(state(id), "running");
  ASSERT_TRUE(machines_.end(id, "poweroff"));
  {
    auto lock = world_->lock();
    ASSERT_EQ(state(id), "stopped");
    lock.take_back();
    ASSERT_EQ(state_->instances.find(id)->state, "running");
  }
  EXPECT_EQ(state(id), "stopped");
}

}  // namespace
}  // namespace hotaru::sim
