// Without root: no machine comes to be here.

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "base/file.h"
#include "sim/sandbox/sandbox_machines.h"

namespace hotaru::sim {
namespace {

/// Programs that do nothing, once they are let; no router can be made.
class GatedPrograms final : public Runner {
 public:
  Result<Exit> run(const Command& command) override {
    std::unique_lock lock(mutex_);
    asked_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    const bool router = command.argv.size() > 2 && command.argv[2] == "add";
    if (!router) return Exit{};
    ++routers_;
    return Exit{1, "", "not here"};
  }
  Result<std::unique_ptr<Child>> spawn(const Command&) override { return fail(ErrorClass::io, "not here"); }
  Result<pid_t> detach(const Command&, const std::filesystem::path&) override {
    return fail(ErrorClass::io, "not here");
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void await_asked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return asked_; });
  }
  int routers() {
    const std::lock_guard lock(mutex_);
    return routers_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool asked_ = false;
  int routers_ = 0;
};

class StartsOfSandboxes : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"registry", "state", "image"}) ASSERT_TRUE(make_folder(temporary_.path() / name));
    const auto state = std::filesystem::canonical(temporary_.path() / "state").string();
    // The last of all leases, so that no sim of this machine has the same names.
    const std::string lease = R"({"leases": [{"number": 127, "state": ")" + state + R"("}]})";
    ASSERT_TRUE(write_file(temporary_.path() / "registry/registry.json", lease));
    auto opened = SandboxMachines::open({state, temporary_.path() / "image", {"true"}, temporary_.path() / "registry"},
                                        programs_, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    machines_ = std::move(*opened);
    ASSERT_EQ(machines_->lease().number, 127);
    machines_->on_change([this](const std::string& id, const MachineStatus& status) {
      const std::lock_guard lock(mutex_);
      told_[id] = status;
      changed_.notify_all();
    });
  }
  void TearDown() override { programs_.open(); }

  void start(const std::string& id) {
    MachineSpec spec;
    spec.instance_id = id;
    spec.vpc_id = "vpc-of-a-test";
    spec.private_ip = "172.31.5.20";
    const auto started = machines_->start(spec, {id, spec.private_ip, {}});
    ASSERT_TRUE(started) << started.error().message;
  }
  MachineState state(const std::string& id) { return machines_->status(id).state; }
  MachineStatus await_told(const std::string& id) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return told_.contains(id); });
    return told_[id];
  }
  std::filesystem::path folder(const std::string& id) { return temporary_.path() / "state/machines" / id; }

  TemporaryFolder temporary_;
  GatedPrograms programs_;
  SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, MachineStatus> told_;
  std::unique_ptr<SandboxMachines> machines_;
};

TEST_F(StartsOfSandboxes, AreAcceptedBeforeTheyAreBegunAndTellLaterWhyTheyFailed) {
  start("i-1");
  programs_.await_asked();
  start("i-2");
  start("i-3");
  for (const char* id : {"i-1", "i-2", "i-3"}) EXPECT_EQ(state(id), MachineState::waiting) << id;
  programs_.open();
  for (const char* id : {"i-1", "i-2", "i-3"}) {
    const MachineStatus status = await_told(id);
    EXPECT_EQ(status.state, MachineState::ended);
    EXPECT_TRUE(status.how.starts_with("failed: cannot make a router")) << status.how;
  }
  EXPECT_EQ(programs_.routers(), 2) << "those that waited share one";
}

TEST_F(StartsOfSandboxes, CanBeCalledOffWhileTheyWait) {
  start("i-1");
  programs_.await_asked();
  start("i-2");
  start("i-3");
  ASSERT_TRUE(machines_->stop("i-2", false));
  EXPECT_EQ(machines_->status("i-2").how, "poweroff");
  EXPECT_EQ(await_told("i-2").state, MachineState::ended);
  programs_.open();
  ASSERT_TRUE(machines_->erase("i-3"));
  EXPECT_EQ(state("i-3"), MachineState::absent);
  EXPECT_FALSE(std::filesystem::exists(folder("i-3")));
  await_told("i-1");
  EXPECT_EQ(machines_->status("i-2").how, "poweroff") << "its turn passed it by";
  EXPECT_EQ(read_record(folder("i-2") / "status.json")->status.how, "poweroff") << "a later sim knows it";
}

TEST_F(StartsOfSandboxes, ThatWaitedWhenTheSimWasKilledAreNotTakenForMachines) {
  programs_.open();
  ASSERT_TRUE(make_folder(folder("i-1")));
  MachineSpec spec;
  spec.instance_id = "i-1";
  ASSERT_TRUE(replace_file(folder("i-1") / "spec.json", to_json(spec), 0600));
  ASSERT_TRUE(machines_->recover());
  EXPECT_EQ(state("i-1"), MachineState::absent) << "it can be started again";
}

}  // namespace
}  // namespace hotaru::sim
