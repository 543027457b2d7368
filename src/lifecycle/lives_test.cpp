#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "lifecycle/lab_test.h"

namespace hotaru::lifecycle {
namespace {

using lab::Cloud;
using lab::Process;

constexpr const char* trouble = R"(
seed: 20
late: {reads: 3s, tags: 4s}
throttling:
  - {action: "Describe*", burst: 2, per_second: 1}
latency:
  - {time: 20ms, jitter: 80ms}
errors:
  - {action: "*", code: Unavailable, rate: 0.02}
  - {action: "*", code: InternalError, rate: 0.01}
  - {action: RunInstances, code: InsufficientInstanceCapacity, rate: 0.03}
lost_replies:
  - {action: "*", rate: 0.02}
deaths:
  - {code: Server.InternalError, rate: 0.05}
  - {code: Server.InternalError, rate: 0.02, after: 2s}
boots:
  - {takes: 40s, rate: 0.2}
)";

#ifndef __has_feature
#define __has_feature(name) 0  // g++, which has the macros
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
constexpr int how_many = 50;  // there everything takes ten times as long
#else
constexpr int how_many = 1000;
#endif

/// The journal is flushed at every step: in memory that takes no time.
class FoldersInMemory {
 public:
  FoldersInMemory() {
    if (const char* before = ::getenv("TMPDIR")) before_ = before;
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
  }
  ~FoldersInMemory() {
    if (before_) ::setenv("TMPDIR", before_->c_str(), 1);
    if (!before_) ::unsetenv("TMPDIR");
  }
  FoldersInMemory(const FoldersInMemory&) = delete;
  FoldersInMemory& operator=(const FoldersInMemory&) = delete;

 private:
  std::optional<std::string> before_;
};

/// Lives of instances, one after the other, in a world where much goes wrong; told in lines.
class Lives {
 public:
  explicit Lives(int seed) {
    auto scenario = sim::parse_scenario(trouble, "trouble");
    if (!scenario) throw std::runtime_error(scenario.error().message);
    scenario->seed = static_cast<std::uint64_t>(seed);
    cloud.script.load(*std::move(scenario), cloud.clock.now());
    cloud.script.on_event([this](const std::string& line) { log += line + "\n"; });
  }

  void live(int number) {
    Process process(cloud);
    process.context.one_by_one = true;
    const std::string name = fmt::format("life-{}", number);
    auto wanted = lab::request(name);
    const auto launched = lab::up(process, wanted);
    note(name + " up", launched ? "ready" : launched.error().message);
    const auto ended = launched ? end(process.context, {name, ""}) : Result<Ended>(Ended{});
    note(name + " down", ended ? "done" : ended.error().message);
    const auto settled = reconcile(process.context);
    note(name + " settled", settled ? fmt::format("{}", settled->size()) : settled.error().message);
    cloud.wire.forget();
    cloud.clock.advance(std::chrono::hours(1));  // EC2 forgets what was terminated
  }

  /// What is left when the trouble is over and hotaru has been run once more.
  void calm_down() {
    cloud.script.clear();
    cloud.clock.advance(std::chrono::hours(1));
    Process process(cloud);
    const auto settled = reconcile_region(process.context, "us-east-1");
    note("in the end", settled ? fmt::format("{} settled", settled->size()) : settled.error().message);
  }

  FoldersInMemory in_memory;
  Cloud cloud;
  std::string log;

 private:
  void note(const std::string& what, const std::string& outcome) {
    log += fmt::format("{} {}: {} ({} calls)\n", iso8601(cloud.clock.now()), what, outcome, cloud.wire.actions.size());
  }
};

std::string lives(int seed, int count) {
  Lives run(seed);
  for (int number = 0; number < count; ++number) run.live(number);
  run.calm_down();
  for (const auto& instance : run.cloud.instances())
    if (instance.state != "terminated" && instance.state != "shutting-down") run.log += instance.id + " is left\n";
  for (const std::string& group : run.cloud.group_names()) run.log += "group " + group + " is left\n";
  return run.log;
}

TEST(Lives, AThousandUnderFaultsLeaveNothingAndAreTheSameTwice) {
  const std::string first = lives(20, how_many);
  EXPECT_EQ(first.find(" is left"), std::string::npos) << first.substr(first.find("in the end"));
  const std::string second = lives(20, how_many);
  EXPECT_TRUE(first == second) << "the same seed gave another run";
  // Lest nothing had gone wrong at all.
  for (const char* event : {"is throttled", "answer is lost", "dies", "boots late", "InsufficientInstanceCapacity",
                            "up: ready", "is refused with InternalError"})
    EXPECT_NE(first.find(event), std::string::npos) << event;
}

TEST(Lives, AnotherSeedIsAnotherRun) { EXPECT_NE(lives(1, 20), lives(2, 20)); }

}  // namespace
}  // namespace hotaru::lifecycle
