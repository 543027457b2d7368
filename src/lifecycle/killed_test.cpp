#include <gtest/gtest.h>

#include <functional>
#include <ostream>

#include "aws/cloudwatch.h"
#include "base/text.h"
#include "lifecycle/lab_test.h"
#include "lifecycle/limits.h"

/// kill -9 at every call and at every write of the journal, of every command that changes something. One further
/// command then leaves either a whole instance that is kept, guarded and shown, or nothing.
namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Fault;
using lab::Killed;
using lab::Process;

constexpr Duration hour{3600 * 1000};
constexpr const char* region = "us-east-1";

/// A command, what is there before it, and what may be there once it was killed and the next one has run.
struct Case {
  const char* name;
  std::function<void(Cloud&)> before;
  std::function<void(Process&)> command;
  std::vector<std::string> states;  ///< of the instance; "" for none
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }

Request ember() {
  Request request = lab::request("ember");
  request.limits.time = 8 * hour;
  return request;
}

void nothing(Cloud&) {}
void launched(Cloud& cloud) {
  Process process(cloud);
  auto up = lab::up(process, ember());
  EXPECT_TRUE(up) << up.error().message;
}
void stopped(Cloud& cloud) {
  launched(cloud);
  Process process(cloud);
  EXPECT_TRUE(stop(process.context, {"ember", ""}));
}
void expired(Cloud& cloud) {
  launched(cloud);
  cloud.clock.advance(9 * hour);
}

const Case cases[] = {
    {"up", nothing, [](Process& process) { (void)lab::up(process, ember()); }, {"", "running"}},
    {"down", launched, [](Process& process) { (void)end(process.context, {"ember", ""}); }, {"", "running"}},
    {"stop", launched, [](Process& process) { (void)stop(process.context, {"ember", ""}); }, {"running", "stopped"}},
    {"start", stopped, [](Process& process) { (void)start(process.context, {"ember", ""}); }, {"running", "stopped"}},
    {"start_for",
     stopped,
     [](Process& process) {
       StartRequest request;
       request.limits.time = 2 * hour;
       (void)start(process.context, {"ember", ""}, request);
     },
     {"running", "stopped"}},
    {"extend", launched, [](Process& process) { (void)extend(process.context, {"ember", ""}, hour); }, {"running"}},
    {"limit",
     stopped,
     [](Process& process) {
       LimitWish wish;
       wish.idle = hour;
       (void)limit(process.context, {"ember", ""}, wish);
     },
     {"stopped"}},
    {"reboot", launched, [](Process& process) { (void)reboot(process.context, {"ember", ""}); }, {"running"}},
    {"ls", expired, [](Process& process) { (void)list(process.context, {}); }, {"stopped"}},
};

enum class Moment { before_call, after_call, at_write };

/// Runs the command and kills it at its `at`-th moment; false if it had fewer.
bool killed(Cloud& cloud, const Case& one, Moment moment, int at) {
  bool reached = false;
  cloud.wire.forget();
  cloud.wire.faults = [&](const std::string&, int number) {
    if (moment == Moment::at_write || number != at) return Fault::none;
    reached = true;
    return moment == Moment::before_call ? Fault::killed_before : Fault::killed_after;
  };
  try {
    Process process(cloud);
    int writes = 0;
    process.journal.witness = [&] {
      if (moment != Moment::at_write || ++writes != at) return;
      reached = true;
      throw Killed{};
    };
    one.command(process);
  } catch (const Killed&) {
  }
  cloud.wire.faults = [](const std::string&, int) { return Fault::none; };
  return reached;
}

std::vector<sim::Instance> living(Cloud& cloud) {
  std::vector<sim::Instance> found;
  for (const sim::Instance& instance : cloud.instances())
    if (instance.state != "terminated") found.push_back(instance);
  return found;
}

/// What `hotaru ls` does: what was cut off is settled, then all is read.
Result<Listing> further_command(Process& process) {
  auto settled = reconcile(process.context);
  if (!settled) return pass(settled);
  return list(process.context, {});
}

class KilledAnywhere : public testing::TestWithParam<std::tuple<Case, Moment>> {
 protected:
  static void expect_whole(Cloud& cloud, const Case& one) {
    cloud.clock.advance(Duration{3 * 60'000});
    Process later(cloud);
    auto listing = further_command(later);
    ASSERT_TRUE(listing) << listing.error().message;
    cloud.clock.advance(Duration{60'000});  // what was told to stop has stopped
    listing = further_command(later);
    ASSERT_TRUE(listing) << listing.error().message;
    EXPECT_TRUE(later.journal.pending("sim/1")->empty());
    const auto instances = living(cloud);
    const auto alarms = aws::describe_alarms(later.client, region, "hotaru-");
    ASSERT_TRUE(alarms) << alarms.error().message;
    EXPECT_NE(std::ranges::find(one.states, instances.empty() ? "" : std::string(instances[0].state.view())),
              one.states.end())
        << (instances.empty() ? "none" : instances[0].state.view());
    ASSERT_LE(instances.size(), 1U);
    EXPECT_EQ(cloud.group_names().size(), instances.size());
    EXPECT_EQ(listing->instances.size(), instances.size());
    EXPECT_EQ(alarms->size(), 2 * instances.size());
    if (instances.empty()) return;
    EXPECT_TRUE(listing->instances[0].limits.until);
    EXPECT_NE(base64_decode(instances[0].user_data.view()).value_or("").find("/run/hotaru"), std::string::npos);
    ASSERT_TRUE(end(later.context, {"ember", ""}));
    EXPECT_TRUE(living(cloud).empty());
    EXPECT_TRUE(cloud.group_names().empty());
    EXPECT_TRUE(aws::describe_alarms(later.client, region, "hotaru-")->empty());
  }
};

TEST_P(KilledAnywhere, LeavesAWholeInstanceOrNothing) {
  const auto& [one, moment] = GetParam();
  for (int at = 1;; ++at) {
    Cloud cloud;
    one.before(cloud);
    if (!killed(cloud, one, moment, at)) {
      EXPECT_TRUE(at > 1 || moment == Moment::at_write) << "it made no call";
      return;
    }
    SCOPED_TRACE(testing::Message() << one.name << ", killed at " << at);
    expect_whole(cloud, one);
    if (HasFailure()) return;
  }
}

std::string name_of(const testing::TestParamInfo<std::tuple<Case, Moment>>& info) {
  constexpr const char* moments[] = {"before_a_call", "after_a_call", "at_a_write"};
  return std::string(std::get<0>(info.param).name) + "_" + moments[static_cast<int>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(Command, KilledAnywhere,
                         testing::Combine(testing::ValuesIn(cases),
                                          testing::Values(Moment::before_call, Moment::after_call, Moment::at_write)),
                         name_of);

}  // namespace
}  // namespace hotaru::lifecycle
