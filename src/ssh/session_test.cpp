// Sessions with a real sshd on loopback. Skipped, and said so, where no sshd is installed.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <thread>

#include "ssh/host_key_renewal.h"
#include "ssh/test_server.h"

namespace hotaru::ssh {

void TestServer::waitpid_quietly() const { waitpid(process_, nullptr, 0); }

namespace {

constexpr Duration patience{60'000};
const auto alive = [] { return Result<void>{}; };

class Sessions : public testing::Test {
 protected:
  void SetUp() override {
    if (!server.ok()) GTEST_SKIP() << "no sshd is installed";
    target = server.target();
    ASSERT_TRUE(store_host_keys(target, {server.host_key().public_text}));
  }
  HostKeyPlace place() const { return {server.host_key_file(), server.reload_command()}; }

  TestServer server;
  Target target;
  SystemRunner runner;
  SystemClock clock;
};

TEST_F(Sessions, BeginWhenThePortOpens) {
  std::thread later([&] {
    SystemClock other;
    other.sleep(Duration{100});
    server.start();
  });
  const auto out = await_shell(target, "echo hello", runner, clock, patience, alive);
  later.join();
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(*out, "hello\n");
}

TEST_F(Sessions, AreRefusedAtOnceWhenTheHostKeyIsAnother) {
  ASSERT_TRUE(store_host_keys(target, {make_host_key({}, runner)->public_text}));
  server.start();
  const auto out = await_shell(target, "", runner, clock, patience, alive);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind, ErrorClass::unauthorized);
}

TEST_F(Sessions, SayWhenTheFirstCommandFails) {
  server.start();
  const auto out = await_shell(target, "exit 7", runner, clock, patience, alive);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, "7");
}

TEST_F(Sessions, EndTheWaitWhenTheInstanceHasDied) {
  FakeClock fake;
  const auto dead = []() -> Result<void> { return fail(ErrorClass::capacity, "it died"); };
  const auto out = await_shell(target, "", runner, fake, patience, dead);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().message, "it died");
  EXPECT_LT(fake.slept(), patience);
}

TEST_F(Sessions, GiveUpAtTheDeadlineWithTheReason) {
  FakeClock fake;
  const auto out = await_shell(target, "", runner, fake, Duration{30'000}, alive);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind, ErrorClass::unavailable);
  EXPECT_NE(out.error().message.find("port is closed"), std::string::npos) << out.error().message;
}

TEST_F(Sessions, ShareOneConnection) {
  target.control_path = server.file("c");
  server.start();
  EXPECT_FALSE(shared_connection_is_open(target));
  ASSERT_TRUE(await_shell(target, "", runner, clock, patience, alive));
  EXPECT_TRUE(shared_connection_is_open(target));
  ASSERT_TRUE(await_shell(target, "", runner, clock, patience, alive));
  close_shared(target, runner);
  EXPECT_FALSE(shared_connection_is_open(target));
}

TEST_F(Sessions, ReplaceTheHostKeyOverTheFirstContactAndLeaveNoConnection) {
  target.control_path = server.file("c");
  server.start();
  Folders folders;
  folders.runtime = server.file("r");
  const Target first = first_contact(folders, target);
  ASSERT_TRUE(await_shell(first, "", runner, clock, patience, alive));
  EXPECT_TRUE(shared_connection_is_open(first));
  ASSERT_TRUE(renew_host_key(first, runner, place()));
  EXPECT_FALSE(shared_connection_is_open(target));
  close_shared(first, runner);
  EXPECT_FALSE(shared_connection_is_open(first));
  EXPECT_TRUE(await_shell(target, "", runner, clock, patience, alive)) << "by the new host key";
  close_shared(target, runner);
}

TEST_F(Sessions, VerifyAgainstTheRenewedHostKeyAlone) {
  server.start();
  ASSERT_TRUE(await_shell(target, "", runner, clock, patience, alive));
  const auto fresh = renew_host_key(target, runner, place());
  ASSERT_TRUE(fresh) << fresh.error().message << fresh.error().context;
  EXPECT_NE(*fresh, server.host_key().public_text);
  EXPECT_EQ(stored_host_keys(target).value(), std::vector<std::string>{*fresh});
  EXPECT_TRUE(await_shell(target, "", runner, clock, patience, alive));
  // Whoever has only the key of the user data is not let in to what it takes for the instance.
  ASSERT_TRUE(store_host_keys(target, {server.host_key().public_text}));
  EXPECT_FALSE(await_shell(target, "", runner, clock, patience, alive));
}

TEST_F(Sessions, GoOnWhenTheRenewalWasCutOffBeforeTheSwitch) {
  server.start();
  ASSERT_TRUE(await_shell(target, "", runner, clock, patience, alive));
  HostKeyPlace cut = place();
  cut.key_file = "/nonexistent/key";
  const auto failed = renew_host_key(target, runner, cut);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorClass::unavailable);
  EXPECT_TRUE(await_shell(target, "", runner, clock, patience, alive));
}

TEST_F(Sessions, GoOnWhenTheRenewalWasCutOffAfterTheSwitch) {
  server.start();
  ASSERT_TRUE(await_shell(target, "", runner, clock, patience, alive));
  HostKeyPlace cut = place();
  cut.reload = "{ " + cut.reload + "; kill -KILL $PPID; kill -KILL $$; }";
  ASSERT_FALSE(renew_host_key(target, runner, cut));
  EXPECT_EQ(stored_host_keys(target)->size(), 2u);
  EXPECT_TRUE(await_shell(target, "", runner, clock, patience, alive));
  ASSERT_TRUE(renew_host_key(target, runner, place()));
  EXPECT_EQ(stored_host_keys(target)->size(), 1u);
}

}  // namespace
}  // namespace hotaru::ssh
