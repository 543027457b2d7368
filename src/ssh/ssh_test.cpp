#include "ssh/ssh.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "ssh/door.h"
#include "ssh/host_key_renewal.h"
#include "ssh/port_probe.h"
#include "ssh/test_server.h"

namespace hotaru::ssh {
namespace {

namespace fs = std::filesystem;

Folders folders_in(const fs::path& root) {
  return {root, root / "config", root / "state", root / "cache", root / "run"};
}

Target some_target(const fs::path& root) {
  Target target;
  target.name = "demo";
  target.address = "127.0.0.1";
  target.user = "ubuntu";
  target.identity = root / "key";
  target.known_hosts = root / "known" / "i-1";
  target.host_key_alias = "i-1";
  return target;
}

int mode_of(const fs::path& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 ? static_cast<int>(status.st_mode & 0777) : -1;
}

TEST(UserKey, IsMadeOnceAndOnlyItsOwnerMayReadIt) {
  TemporaryFolder folder;
  SystemRunner runner;
  SystemClock clock;
  const auto first = ensure_user_key(folders_in(folder.path()), runner, clock);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->public_text.starts_with("ssh-ed25519 AAAA"));
  EXPECT_EQ(split(first->public_text, ' ').size(), 2u);
  EXPECT_EQ(mode_of(first->private_file), 0600);
  const auto again = ensure_user_key(folders_in(folder.path()), runner, clock);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_text, first->public_text);
}

TEST(UserKey, IsTheSameForAllWhoAskAtOnce) {
  TemporaryFolder folder;
  std::array<std::string, 6> keys;
  std::vector<std::thread> threads;
  for (auto& key : keys) {
    threads.emplace_back([&key, &folder] {
      SystemRunner runner;
      SystemClock clock;
      const auto pair = ensure_user_key(folders_in(folder.path()), runner, clock);
      key = pair ? pair->public_text : pair.error().message;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(keys[0].starts_with("ssh-ed25519 "));
  for (const auto& key : keys) EXPECT_EQ(key, keys[0]);
}

TEST(UserKey, SurvivesTheLossOfItsPublicHalf) {
  TemporaryFolder folder;
  SystemRunner runner;
  SystemClock clock;
  const auto first = ensure_user_key(folders_in(folder.path()), runner, clock);
  ASSERT_TRUE(first);
  fs::remove(first->private_file.string() + ".pub");
  const auto again = ensure_user_key(folders_in(folder.path()), runner, clock);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->public_text, first->public_text);
}

TEST(HostKeys, AreDifferentForEveryInstance) {
  TemporaryFolder folder;
  SystemRunner runner;
  const auto one = make_host_key(folders_in(folder.path()), runner);
  const auto two = make_host_key(folders_in(folder.path()), runner);
  ASSERT_TRUE(one && two);
  EXPECT_TRUE(one->private_text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
  EXPECT_NE(one->public_text, two->public_text);
}

TEST(HostKeys, AreStoredUnderTheAliasAndReadBackInOrder) {
  TemporaryFolder folder;
  const Target target = some_target(folder.path());
  EXPECT_EQ(stored_host_keys(target).error().kind, ErrorClass::not_found);
  ASSERT_TRUE(store_host_keys(target, {"ssh-ed25519 AAAAnew", "ssh-ed25519 AAAAold"}));
  EXPECT_EQ(read_file(target.known_hosts).value(), "i-1 ssh-ed25519 AAAAnew\ni-1 ssh-ed25519 AAAAold\n");
  EXPECT_EQ(stored_host_keys(target).value(), (std::vector<std::string>{"ssh-ed25519 AAAAnew", "ssh-ed25519 AAAAold"}));
  EXPECT_FALSE(store_host_keys(target, {"nonsense"}));
  EXPECT_FALSE(store_host_keys(target, {"ssh-ed25519 AAAA\n* ssh-ed25519 BBBB"}));
}

TEST(HostKeys, AreReadHoweverManySpacesStandBetween) {
  TemporaryFolder folder;
  const Target target = some_target(folder.path());
  ASSERT_TRUE(make_folder(target.known_hosts.parent_path()));
  ASSERT_TRUE(write_file(target.known_hosts, "i-1  ssh-ed25519   AAAA  comment\ni-1 ssh-ed25519  \n", 0600));
  EXPECT_EQ(stored_host_keys(target).value(), (std::vector<std::string>{"ssh-ed25519 AAAA"}));
}

TEST(CommandLine, VerifiesAgainstOurFileAloneAndAsksNoAgent) {
  Target target = some_target("/x y");
  const auto argv = command_line(target, {"-t"});
  const auto has = [&](const std::string& word) { return std::find(argv.begin(), argv.end(), word) != argv.end(); };
  EXPECT_EQ(argv.front(), "ssh");
  EXPECT_EQ(argv.back(), "ubuntu@127.0.0.1");
  EXPECT_EQ(argv[argv.size() - 2], "-t");
  EXPECT_TRUE(has("StrictHostKeyChecking=yes"));
  EXPECT_TRUE(has("GlobalKnownHostsFile=/dev/null"));
  EXPECT_TRUE(has("UserKnownHostsFile=\"/x y/known/i-1\""));
  EXPECT_TRUE(has("IdentitiesOnly=yes"));
  EXPECT_TRUE(has("IdentityAgent=none"));
  EXPECT_FALSE(has("ControlMaster=auto"));
  target.identity.clear();
  target.control_path = "/run/100%";
  const auto other = command_line(target);
  EXPECT_EQ(std::count(other.begin(), other.end(), "IdentityAgent=none"), 0);
  EXPECT_EQ(std::count(other.begin(), other.end(), "ControlPath=\"/run/100%%\""), 1);
}

TEST(FirstContact, IsAQuickConnectionOfItsOwn) {
  TemporaryFolder folder;
  const Folders folders = folders_in(folder.path());
  Target target = some_target(folder.path());
  const std::string quick = "KexAlgorithms=^curve25519-sha256";
  const auto count = [&](const Target& of) { return std::ranges::count(command_line(of), quick); };
  EXPECT_EQ(count(target), 0) << "the user's sessions take what OpenSSH prefers";
  EXPECT_EQ(count(first_contact(folders, target)), 1);
  EXPECT_TRUE(first_contact(folders, target).control_path.empty()) << "nothing is shared where nothing was";
  target.control_path = shared_connection_path(folders, target.host_key_alias, target.address);
  const Target first = first_contact(folders, target);
  EXPECT_NE(first.control_path, target.control_path);
  EXPECT_EQ(std::ranges::count(command_line(first), "ControlPersist=1m"), 1);
}

TEST(Refusals, AreReadFromWhatSshSays) {
  const auto kind = [](int code, const std::string& said) { return classify(Exit{code, "", said}); };
  EXPECT_EQ(kind(255, "ssh: connect to host 198.18.0.5 port 22: Connection refused"), Refusal::not_yet);
  EXPECT_EQ(kind(255, "kex_exchange_identification: read: Connection reset by peer"), Refusal::not_yet);
  EXPECT_EQ(kind(255, "Connection timed out during banner exchange"), Refusal::not_yet);
  EXPECT_EQ(kind(255, "\"System is booting up. Unprivileged users are not permitted to log in yet."), Refusal::not_yet);
  EXPECT_EQ(kind(255, "Host key verification failed."), Refusal::wrong_key);
  EXPECT_EQ(kind(255, "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed."),
            Refusal::wrong_key);
  EXPECT_EQ(kind(255, "ubuntu@198.18.0.5: Permission denied (publickey)."), Refusal::not_allowed);
  EXPECT_EQ(kind(1, "grep: Connection refused: no such file"), Refusal::other);
  EXPECT_EQ(kind(255, ""), Refusal::other);
}

TEST(SharedConnection, HasAPathShortEnoughForASocketHoweverLongTheFolders) {
  TemporaryFolder folder;
  const Folders folders = folders_in(folder.path() / std::string(90, 'x'));
  const auto path = shared_connection_path(folders, "i-0123456789abcdef0", "198.18.0.1");
  EXPECT_LE(path.string().size(), 90u);
  EXPECT_FALSE(path.empty());
  EXPECT_NE(path, shared_connection_path(folders, "i-0123456789abcdef0", "198.18.0.2"));
  if (path.string().starts_with("/tmp/hotaru-")) rmdir(path.parent_path().c_str());  // leaves it where it is in use
}

/// Binds a Unix socket, as a shared connection does; it stays when the descriptor is closed.
int listen_at(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.string().size() + 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(descriptor, 4) != 0)
    throw std::runtime_error("cannot listen");
  return descriptor;
}

TEST(SharedConnection, WhatAKilledSshLeavesIsRemovedAndAnOpenOneIsKept) {
  TemporaryFolder folder;
  const Folders folders = folders_in(folder.path());
  const fs::path dead = shared_connection_path(folders, "i-1", "198.18.0.1");
  const fs::path open = shared_connection_path(folders, "i-2", "198.18.0.2");
  const fs::path unfinished = open.string() + ".AbCdEfGhIjKlMnOp";
  close(listen_at(dead));
  close(listen_at(unfinished));
  const int listening = listen_at(open);
  remove_dead_connections(folders);
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(open));
  EXPECT_TRUE(fs::exists(unfinished)) << "ssh may be making it";
  close(listening);
  Target target = some_target(folder.path());
  target.control_path = open;
  SystemRunner runner;
  close_shared(target, runner);
  EXPECT_FALSE(fs::exists(open));
  remove_dead_connections(folders_in("/nowhere"));
}

TEST(RememberedTarget, ComesBackAsItWas) {
  TemporaryFolder folder;
  const Folders folders = folders_in(folder.path());
  Target target = some_target("/a b=c");
  target.port = 2222;
  target.control_path = "/run/s-1";
  EXPECT_EQ(remembered_target(folders, "demo").error().kind, ErrorClass::not_found);
  ASSERT_TRUE(remember_target(folders, target));
  const auto back = remembered_target(folders, "demo");
  ASSERT_TRUE(back);
  EXPECT_EQ(command_line(*back), command_line(target));
  forget_target(folders, "demo");
  EXPECT_FALSE(remembered_target(folders, "demo"));
}

TEST(RememberedTarget, NeverReadsOutsideItsFolderAndNeverGivesOptionsToSsh) {
  TemporaryFolder folder;
  const Folders folders = folders_in(folder.path());
  EXPECT_FALSE(remembered_target(folders, "../known_hosts"));
  Target target = some_target("/a");
  target.address = "-oProxyCommand=x";
  ASSERT_TRUE(remember_target(folders, target));
  EXPECT_EQ(remembered_target(folders, "demo").error().kind, ErrorClass::not_found);
}

TEST(Alias, IsReplacedAndRemovedWithoutTouchingItsNeighbours) {
  TemporaryFolder folder;
  const Folders folders = folders_in(folder.path());
  Target one = some_target("/a");
  Target two = some_target("/b");
  two.name = "demo-2";
  ASSERT_TRUE(write_alias(folders, one));
  ASSERT_TRUE(write_alias(folders, two));
  one.address = "127.0.0.9";
  ASSERT_TRUE(write_alias(folders, one));
  std::string text = read_file(folders.config / "ssh_config").value();
  EXPECT_EQ(text.find("Host demo\n"), text.rfind("Host demo\n"));
  EXPECT_NE(text.find("HostName 127.0.0.9"), std::string::npos);
  ASSERT_TRUE(remove_alias(folders, "demo"));
  text = read_file(folders.config / "ssh_config").value();
  EXPECT_EQ(text.find("Host demo\n"), std::string::npos);
  EXPECT_NE(text.find("Host demo-2\n"), std::string::npos);
}

TEST(Alias, IsUnderstoodBySsh) {
  TemporaryFolder folder;
  const Folders folders = folders_in(folder.path());
  Target target = some_target(folder.path());
  target.control_path = folder.path() / "c";
  ASSERT_TRUE(write_alias(folders, target));
  SystemRunner runner;
  const auto exit = runner.run({.argv = {"ssh", "-F", folders.config / "ssh_config", "-G", "demo"}});
  ASSERT_TRUE(exit && exit->ok()) << exit->err;
  EXPECT_NE(exit->out.find("hostname 127.0.0.1\n"), std::string::npos);
  EXPECT_NE(exit->out.find("stricthostkeychecking true\n"), std::string::npos) << exit->out;
  EXPECT_NE(exit->out.find("userknownhostsfile " + target.known_hosts.string() + "\n"), std::string::npos);
}

TEST(Include, GoesToTheTopOnceAndKeepsWhatIsThere) {
  TemporaryFolder folder;
  const Folders folders = folders_in(folder.path());
  ASSERT_TRUE(make_folder(folder.path() / ".ssh"));
  ASSERT_TRUE(write_file(folder.path() / ".ssh/config", "Host mine\n  User me\n", 0600));
  EXPECT_FALSE(is_included(folders));
  ASSERT_TRUE(include_in_user_config(folders));
  ASSERT_TRUE(include_in_user_config(folders));
  EXPECT_TRUE(is_included(folders));
  const std::string text = read_file(folder.path() / ".ssh/config").value();
  EXPECT_EQ(text.find("Include"), 0u);
  EXPECT_EQ(text.find("Include", 1), std::string::npos);
  EXPECT_NE(text.find("Host mine\n  User me\n"), std::string::npos);
}

TEST(Include, WritesThroughASymbolicLink) {
  TemporaryFolder folder;
  const Folders folders = folders_in(folder.path());
  ASSERT_TRUE(make_folder(folder.path() / ".ssh"));
  ASSERT_TRUE(write_file(folder.path() / "dotfiles", "Host mine\n", 0600));
  fs::create_symlink(folder.path() / "dotfiles", folder.path() / ".ssh/config");
  ASSERT_TRUE(include_in_user_config(folders));
  EXPECT_TRUE(fs::is_symlink(folder.path() / ".ssh/config"));
  EXPECT_NE(read_file(folder.path() / "dotfiles").value().find("Include"), std::string::npos);
}

TEST(Door, DoesNotOutliveSsh) {
  TestServer::FreePort closed;
  SystemRunner runner;
  // `true` reads nothing and ends, as an ssh that was killed; the door itself would wait for ten seconds.
  const auto exit = runner.run({.argv = {"sh", "-c", R"("$0" ssh-door 127.0.0.1 "$1" | true)",
                                         own_executable().string(), std::to_string(closed.number)},
                                .timeout = Duration{8'000}});
  EXPECT_TRUE(exit) << exit.error().message;
}

TEST(Door, IsForAddressesInNumbers) {
  const auto options = door_options("198.18.0.1", 22);
  ASSERT_EQ(options.size(), 4u);
  EXPECT_TRUE(options[1].ends_with("' ssh-door 198.18.0.1 22")) << options[1];
  EXPECT_TRUE(door_options("name.invalid", 22).empty());
}

TEST(PortProbe, TellsClosedFromOpenFromUnknowable) {
  TestServer::FreePort port;
  SystemClock clock;
  PortProbe closed("127.0.0.1", port.number);
  PortProbe::Answer answer = PortProbe::Answer::silent;
  while (answer == PortProbe::Answer::silent) answer = closed.look(clock.steady());
  EXPECT_EQ(answer, PortProbe::Answer::refused);
  port.listen();
  while (answer != PortProbe::Answer::open) answer = closed.look(clock.steady());
  PortProbe named("name.invalid", 22);
  EXPECT_EQ(named.look(clock.steady()), PortProbe::Answer::unknown);
}

}  // namespace
}  // namespace hotaru::ssh
