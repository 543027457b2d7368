#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <functional>

#include "base/file.h"
#include "base/text.h"
#include "guard/script.h"
#include "guard/script_lab_test.h"

/// The real script, under every shell that is here.
namespace hotaru::guard::lab {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kStart = 1'800'000'000;

TimePoint at(std::int64_t seconds) { return TimePoint(std::chrono::seconds(seconds)); }

class Script : public testing::TestWithParam<std::vector<std::string>> {
 protected:
  Script() : instance(GetParam()) {
    orders.written = at(kStart - 100);
    orders.rates = {.types = {{"g4dn.xlarge", 526'000}}, .other_type = 9'000'000, .address = 5'000, .disks = 7'000};
    world = {.uptime = 20, .clock = kStart, .metadata_time = kStart, .type = "g4dn.xlarge", .typed = 7};
  }

  /// Boots, and its first tick.
  Nap arm() {
    instance.show(world);
    instance.boot(orders);
    const Nap waiting = instance.start();
    EXPECT_EQ(waiting.seconds, 5) << "for the metadata service";
    return instance.go_on();
  }
  void pass(std::int64_t seconds) {
    world.uptime += seconds;
    world.clock += seconds;
    if (world.metadata_time) *world.metadata_time += seconds;
    instance.show(world);
  }
  /// Away for so long.
  Nap boot_again(std::int64_t away) {
    instance.kill();
    pass(away);
    world.uptime = 20;
    world.cpu = world.sectors = world.received = world.sent = 0;
    return arm();
  }
  Nap on(const Nap& nap) {
    pass(nap.seconds);
    return instance.go_on();
  }
  /// Goes on until it ends, or for so many ticks.
  Nap run(Nap nap, int ticks = 100) {
    for (; ticks > 0 && !nap.end; --ticks) nap = on(nap);
    return nap;
  }
  /// Its idle limit of two minutes, with that going on in each tick but the last six; what it saw.
  std::string active_by(const std::function<void()>& work) {
    orders.limits.idle = 2min;
    Nap nap = arm();
    for (int tick = 0; tick < 12 && !nap.end; ++tick) {
      work();
      nap = on(nap);
    }
    EXPECT_FALSE(nap.end) << "while it was at work";
    return nap.end || !nap.status ? "" : nap.status->active_by;
  }

  Instance instance;
  Orders orders;
  World world;
};

TEST_P(Script, SaysThatItIsArmedOnceItKeepsLimits) {
  instance.show(world);
  instance.boot(orders);
  instance.start();
  EXPECT_FALSE(says_armed(instance.read("dev/console")));
  const Nap first = instance.go_on();
  ASSERT_TRUE(first.status) << first.line;
  EXPECT_EQ(first.status->instance, "i-1");
  EXPECT_FALSE(first.status->limits.any());
  on(first);
  EXPECT_TRUE(says_armed(instance.read("dev/console")));
}

TEST_P(Script, EndsAtItsTimeWithWarnings) {
  instance.write("dev/pts/0", "");
  orders.limits.until = at(kStart + 690);
  const Nap end = run(arm());
  EXPECT_EQ(end.end, "time");
  EXPECT_EQ(world.clock, kStart + 690);
  const std::string said = instance.read("dev/pts/0");
  EXPECT_NE(said.find("powering off"), said.npos) << said;
  EXPECT_NE(instance.read("dev/console").find("time limit"), std::string::npos);
}

TEST_P(Script, WarnsTenFiveAndOneMinuteBefore) {
  instance.write("dev/pts/0", "");
  orders.limits.until = at(kStart + 690);
  Nap nap = arm();
  std::vector<std::int64_t> warned;
  std::string before = instance.read("dev/pts/0");
  while (!nap.end && warned.size() < 9) {
    nap = on(nap);
    const std::string now = instance.read("dev/pts/0");
    if (now != before && !nap.end && now.find("ends in") != now.npos) warned.push_back(kStart + 690 - world.clock);
    before = now;
  }
  EXPECT_EQ(warned, (std::vector<std::int64_t>{600, 300, 60}));
}

TEST_P(Script, AClockThatIsSetChangesNothingWhereTheMetadataServiceAnswers) {
  for (const std::int64_t jump : {-86'400, 86'400}) {
    orders.limits.until = at(kStart + 300);
    world = {.uptime = 20, .clock = kStart + jump, .metadata_time = kStart, .type = "g4dn.xlarge"};
    Nap nap = arm();
    world.clock -= 2 * jump;
    nap = run(nap);
    EXPECT_EQ(nap.end, "time");
    EXPECT_EQ(world.metadata_time, kStart + 300) << jump;
  }
}

TEST_P(Script, WgetWillDo) {
  instance.have_wget_alone();
  world.clock = kStart - 50;
  const Nap nap = arm();
  ASSERT_TRUE(nap.status);
  EXPECT_EQ(nap.status->now, at(kStart));
}

TEST_P(Script, WithoutTheMetadataServiceAClockSetBackMakesNothingLate) {
  world.metadata_time.reset();
  orders.limits.until = at(kStart + 300);
  Nap nap = run(arm(), 3);
  world.clock -= 86'400;
  nap = run(nap);
  EXPECT_EQ(nap.end, "time");
  EXPECT_EQ(world.clock, kStart + 300 - 86'400);
}

TEST_P(Script, WithoutTheMetadataServiceAClockSetForwardIsBelieved) {
  world.metadata_time.reset();
  orders.limits.until = at(kStart + 3000);
  Nap nap = run(arm(), 3);
  world.clock += 86'400;
  EXPECT_EQ(run(nap, 1).end, "time");
}

TEST_P(Script, AClockOfThePastIsTheOrdersTimeAtLeast) {
  world.metadata_time.reset();
  world.clock = 0;
  const Nap nap = arm();
  ASSERT_TRUE(nap.status);
  EXPECT_EQ(nap.status->now, orders.written);
}

TEST_P(Script, EndsWhenAllIsQuiet) {
  orders.limits.idle = 5min;
  const Nap end = run(arm());
  EXPECT_EQ(end.end, "idle");
  EXPECT_EQ(world.clock, kStart + 300);
}

TEST_P(Script, AGpuAtWorkIsActivity) {
  world.gpu = true;
  EXPECT_EQ(active_by([] {}), "gpu");
}

TEST_P(Script, ACoreAtWorkIsActivity) {
  EXPECT_EQ(active_by([this] { world.cpu += 900; }), "cpu");
}

TEST_P(Script, SomebodyAtATerminalIsActivity) {
  EXPECT_EQ(active_by([this] { world.typed += 8; }), "terminal");
}

TEST_P(Script, AJobIsActivity) {
  world.job = true;
  EXPECT_EQ(active_by([] {}), "job");
}

TEST_P(Script, ANotebookAtWorkIsActivity) {
  world.notebook = true;
  EXPECT_EQ(active_by([] {}), "jupyter");
  const std::string asked = instance.read("asked");
  EXPECT_NE(asked.find("url=\"http://localhost:8888/api/kernels\""), asked.npos) << asked;
  EXPECT_NE(asked.find("Authorization: token s3cret\""), asked.npos) << asked;
}

TEST_P(Script, TrafficIsActivity) {
  EXPECT_EQ(active_by([this] { world.received += 2'000'000; }), "net");
}

TEST_P(Script, DisksAtWorkAreActivity) {
  EXPECT_EQ(active_by([this] { world.sectors += 90'000; }), "disk");
}

TEST_P(Script, WhatAGpuOfPartsRunsIsActivity) {
  orders.limits.idle = 2min;
  Nap nap = arm();
  const auto parts = [&](const std::string& processes) {
    instance.write("gpu", "1024, [N/A]\n2048, [N/A]\n");
    instance.write("processes", processes);
    nap = instance.go_on();
  };
  for (int tick = 0; tick < 12 && !nap.end; ++tick) {
    pass(nap.seconds);
    parts("4711\n");
  }
  EXPECT_FALSE(nap.end);
  for (int tick = 0; tick < 12 && !nap.end; ++tick) {
    pass(nap.seconds);
    parts("");
  }
  EXPECT_EQ(nap.end, "idle");
}

TEST_P(Script, AProbeThatHangsHoldsNothingUpAndIsNotBegunAgain) {
  ASSERT_EQ(::mkfifo((instance.root() / "never").c_str(), 0600), 0);
  instance.program("bin/nvidia-smi", "echo $$ >>$HOTARU_ROOT/begun; read -r x <$HOTARU_ROOT/never");
  instance.write("hang", "1");
  orders.limits.idle = 4min;
  const Nap end = run(arm());
  EXPECT_EQ(end.end, "idle") << "a probe that hangs is no activity";
  EXPECT_EQ(world.clock, kStart + 240);
  const std::string begun = instance.read("begun");
  EXPECT_EQ(std::ranges::count(begun, '\n'), 1) << begun;
}

TEST_P(Script, ThresholdsAreReadFromAFile) {
  instance.write("etc/hotaru/guard.conf", "# percent\ncpu = 90\nnet 4000\n");
  orders.limits.idle = 2min;
  Nap nap = arm();
  for (int tick = 0; tick < 12 && !nap.end; ++tick) {
    world.cpu += 1'000;
    world.received += 2'000'000;
    nap = on(nap);
  }
  EXPECT_EQ(nap.end, "idle");
}

TEST_P(Script, KeptItIsNotIdleUntilThen) {
  orders.limits.idle = 2min;
  Nap nap = arm();
  instance.keep(10min);
  nap = run(nap);
  EXPECT_EQ(nap.end, "idle");
  EXPECT_EQ(world.clock, kStart + 600);
}

TEST_P(Script, ABudgetEndsAWeekOfDisksBeforeItIsSpent) {
  // A minute at the start, and a week of disks: 168 × 7,000.
  orders.limits.budget = 1'176'000 + 538'000 / 6;
  const Nap end = run(arm());
  EXPECT_EQ(end.end, "budget");
  ASSERT_TRUE(end.status);
  EXPECT_NEAR(static_cast<double>(end.status->spent), 538'000 / 6.0, 200);
  EXPECT_NEAR(static_cast<double>(world.uptime), 600, 5);
}

TEST_P(Script, WhatWasSpentIsKeptOverAStop) {
  orders.limits.budget = 50'000'000;
  Nap nap = run(arm(), 10);
  ASSERT_TRUE(nap.status);
  const MicroUsd before = nap.status->spent;
  nap = boot_again(3'600);
  ASSERT_TRUE(nap.status);
  // An hour of disks, and a minute at least of running.
  EXPECT_NEAR(static_cast<double>(nap.status->spent - before), 7'000 + 531'000 / 60.0, 20);
}

TEST_P(Script, WhatIsSentIsPaid) {
  orders.rates.sent = 90'000;
  Nap nap = arm();
  const MicroUsd before = nap.status->spent;
  world.sent += 5'000'000'000;
  nap = on(nap);
  // Its first minute was paid at the start; disks are not.
  EXPECT_NEAR(static_cast<double>(nap.status->spent - before), 450'000 + 7'000 / 120.0, 10);
}

TEST_P(Script, AnUnknownTypeIsTheDearest) {
  world.type = "p5.48xlarge";
  const MicroUsd dear = arm().status->spent;
  EXPECT_GT(dear, 9'000'000 / 60);
}

TEST_P(Script, ATypeIsRememberedWhereTheMetadataServiceIsSilent) {
  arm();
  world.metadata_time.reset();
  const Nap nap = boot_again(60);
  EXPECT_LT(nap.status->spent, 3 * 540'000 / 60);
}

TEST_P(Script, StartedPastItsLimitsItHasAQuarterOfAnHourAndSaysSo) {
  orders.limits.until = at(kStart + 60);
  run(arm());
  const Nap nap = boot_again(1000);
  ASSERT_TRUE(nap.status);
  EXPECT_EQ(nap.status->ends, at(world.clock + 900));
  EXPECT_EQ(nap.status->ends_by, "grace");
  EXPECT_NE(instance.read("run/motd.d/hotaru").find("past its limits"), std::string::npos);
  const std::int64_t since = world.clock;
  EXPECT_EQ(run(nap).end, "grace");
  EXPECT_EQ(world.clock, since + 900);
}

TEST_P(Script, ARebootIsNoWayToAGrace) {
  orders.limits.until = at(kStart + 60);
  run(arm(), 1);
  EXPECT_EQ(boot_again(100).end, "time");
}

TEST_P(Script, NewOrdersEndTheGrace) {
  orders.limits.until = at(kStart + 60);
  run(arm());
  Nap nap = boot_again(1000);
  orders.limits.until = at(world.clock + 7'200);
  orders.written = at(world.clock);
  instance.change(orders);
  nap = on(nap);
  EXPECT_EQ(nap.status->ends_by, "time");
  EXPECT_FALSE(nap.status->grace);
  EXPECT_EQ(instance.read("run/motd.d/hotaru"), "\n");
}

TEST_P(Script, OrdersNewerThanTheStopAreKeptToTheLetter) {
  orders.limits.until = at(kStart + 60);
  run(arm());
  orders.limits.until = at(world.clock + 400);
  orders.written = at(world.clock + 300);
  EXPECT_EQ(boot_again(1000).end, "time");
}

TEST_P(Script, OfTwoOrdersTheLaterWrittenCount) {
  arm();
  Orders newer = orders;
  newer.limits.until = at(kStart + 9'000);
  newer.written = at(kStart + 10);
  instance.change(newer);
  Orders older = orders;
  older.limits.until = at(kStart + 5'000);
  instance.change(older);
  Nap nap = instance.go_on();
  EXPECT_EQ(nap.status->limits.until, newer.limits.until);
  // Also after a boot, whose user data is older.
  nap = boot_again(60);
  EXPECT_EQ(nap.status->limits.until, newer.limits.until);
}

TEST_P(Script, AnImageOfAGuardedInstanceStartsAfresh) {
  run(arm(), 10);
  Instance& old = instance;
  const std::string state = old.read("var/lib/hotaru/i-1/state");
  Instance copy(GetParam(), "i-2");
  copy.write("var/lib/hotaru/i-1/state", state);
  world.uptime = 20;
  copy.show(world);
  copy.boot(orders);
  copy.start();
  const Nap nap = copy.go_on();
  EXPECT_EQ(nap.status->instance, "i-2");
  EXPECT_FALSE(state.empty());
  EXPECT_LT(nap.status->spent, 2 * 540'000 / 60) << "its first minute";
}

TEST_P(Script, AGuardThatIsKilledGoesOnAsItWas) {
  orders.limits.until = at(kStart + 3'600);
  orders.limits.idle = 10min;
  const Nap before = run(arm(), 5);
  instance.kill();
  const Nap after = instance.start();
  ASSERT_TRUE(after.status) << after.line;
  EXPECT_EQ(after.status->ends, before.status->ends);
  EXPECT_EQ(after.status->spent, before.status->spent);
}

TEST_P(Script, AFullDiskKeepsNothingFromIt) {
  std::filesystem::remove_all(instance.root() / "var/lib");
  instance.write("var/lib", "no folder");
  orders.limits.until = at(kStart + 120);
  EXPECT_EQ(run(arm()).end, "time");
}

TEST_P(Script, WhatIsToBeDoneBeforeTheEndIsDoneInsideTheLimit) {
  instance.program("etc/hotaru/before-end.d/10-save", "cat $HOTARU_ROOT/proc/uptime >>$HOTARU_ROOT/done");
  instance.write("etc/hotaru/before-end.d/README", "not for execution");
  orders.limits.idle = 5min;
  Nap nap = arm();
  while (!nap.end) {
    // A backup is work; it must not put off the end that it is for.
    if (!instance.read("done").empty()) world.cpu += 4'000;
    nap = on(nap);
  }
  EXPECT_EQ(nap.end, "idle");
  EXPECT_EQ(world.clock, kStart + 300);
  EXPECT_EQ(instance.read("done"), "260.50 1.00\n");
}

/// Whether the process ignores the signal (proc(5), SigIgn).
bool ignores(int signal, const std::string& process) {
  const std::string status = read_file("/proc/" + process + "/status").value_or("");
  const std::size_t at = status.find("SigIgn:\t");
  if (at == std::string::npos) return false;
  const auto mask = std::stoull(status.substr(at + 8, 16), nullptr, 16);
  return ((mask >> (signal - 1)) & 1U) != 0;
}

TEST_P(Script, PoweringOffEscalates) {
  orders.limits.until = at(kStart);
  Nap nap = arm();
  EXPECT_EQ(nap.end, "time");
  EXPECT_EQ(nap.seconds, 20);
  EXPECT_EQ(instance.read("poweroffs"), "\n");
  // The signal by which a status is asked for would end the nap, and force what should be orderly.
  EXPECT_TRUE(ignores(SIGUSR1, trim(instance.read("run/hotaru/pid.run"))));
  nap = instance.go_on();
  EXPECT_EQ(nap.seconds, 10);
  EXPECT_EQ(instance.read("poweroffs"), "\n-ff\n");
  EXPECT_EQ(instance.read("proc/sysrq-trigger"), "");
  instance.go_on();
  EXPECT_EQ(instance.read("proc/sysrq-trigger"), "o\n");
}

TEST_P(Script, BootedTwiceTheNewerOrdersCountAndTheGuardGoesOn) {
  Nap nap = arm();
  Orders newer = orders;
  newer.limits.until = at(kStart + 9'000);
  newer.written = at(kStart);
  instance.guard("boot", orders_text(newer));
  nap = on(nap);
  ASSERT_TRUE(nap.status) << nap.line;
  EXPECT_EQ(nap.status->limits.until, newer.limits.until);
}

std::string name(const testing::TestParamInfo<std::vector<std::string>>& shell) { return shell.param.front(); }

INSTANTIATE_TEST_SUITE_P(Shells, Script, testing::ValuesIn(shells().found), name);

TEST(Shells, AreAllHere) {
  if (const std::string missing = shells().missing; !missing.empty())
    GTEST_SKIP() << "not installed, so not tested: " << missing;
}

}  // namespace
}  // namespace hotaru::guard::lab
