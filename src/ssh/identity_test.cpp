#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {
namespace {

namespace fs = std::filesystem;

/// The machine's programs, but for an ssh-agent that holds what the test gives it.
class WithAgent final : public Runner {
 public:
  std::string held;  ///< as `ssh-add -L` prints it
  bool running = true;
  Result<Exit> run(const Command& command) override {
    if (command.argv[0] != "ssh-add") return real_.run(command);
    if (!running) return Exit{.code = 2, .out = "", .err = "Error connecting to agent"};
    return Exit{.code = held.empty() ? 1 : 0, .out = held.empty() ? "The agent has no identities.\n" : held, .err = ""};
  }
  Result<std::unique_ptr<Child>> spawn(const Command& command) override { return real_.spawn(command); }
  Result<pid_t> detach(const Command& command, const fs::path& log) override { return real_.detach(command, log); }

 private:
  SystemRunner real_;
};

class IdentityTest : public testing::Test {
 protected:
  /// A key pair of the user's; its public file.
  fs::path make_key(const std::string& name, const std::string& passphrase = "") {
    const fs::path file = folder.path() / name;
    if (auto made = make_folder(file.parent_path()); !made) throw std::runtime_error(made.error().message);
    const auto exit = runner.run(
        {.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "me@home", "-f", file.string()}});
    if (!exit || !exit->ok()) throw std::runtime_error("no key");
    return file.string() + ".pub";
  }
  Result<fs::path> identity(const fs::path& public_file) { return find_identity(public_file, folder.path(), runner); }

  TemporaryFolder folder;
  WithAgent runner;
};

TEST_F(IdentityTest, IsThePrivateHalfBesideThePublicOne) {
  const fs::path file = make_key("mine");
  EXPECT_EQ(identity(file).value(), folder.path() / "mine");
}

TEST_F(IdentityTest, IsOneOfSshsDefaultFilesWhenItsKeyIsTheSame) {
  const fs::path usual = make_key(".ssh/id_ed25519");
  fs::copy_file(usual, folder.path() / "copy.pub");
  EXPECT_EQ(identity(folder.path() / "copy.pub").value(), folder.path() / ".ssh" / "id_ed25519");
}

TEST_F(IdentityTest, IsThePublicFileWhereTheAgentHasTheRest) {
  const fs::path file = make_key("locked", "a passphrase");
  const auto refused = identity(file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorClass::invalid);
  EXPECT_NE(refused.error().message.find("has a passphrase"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().hint.find("ssh-add " + (folder.path() / "locked").string()), std::string::npos);
  const std::string other = read_file(make_key("other")).value();
  runner.held = other;
  EXPECT_FALSE(identity(file));
  runner.held = other + read_file(file).value();
  EXPECT_EQ(identity(file).value(), file);
  fs::remove(folder.path() / "locked");
  EXPECT_EQ(identity(file).value(), file) << "a key that the agent alone has";
  fs::rename(file, folder.path() / "public-key");
  EXPECT_EQ(identity(folder.path() / "public-key").value(), fs::path()) << "ssh asks the agent by itself";
}

TEST_F(IdentityTest, IsNowhereWhenNobodyHasThePrivateHalf) {
  const fs::path file = make_key("lost");
  fs::remove(folder.path() / "lost");
  for (const bool running : {true, false}) {
    runner.running = running;
    const auto refused = identity(file);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorClass::invalid);
    EXPECT_NE(refused.error().message.find("neither beside it nor in ssh-agent"), std::string::npos);
  }
}

TEST_F(IdentityTest, WhatSshWouldNotUseIsSaid) {
  const fs::path file = make_key("mine");
  fs::permissions(folder.path() / "mine", fs::perms::owner_all | fs::perms::others_read);
  EXPECT_EQ(identity(file).error().hint, "Say `chmod 600 " + (folder.path() / "mine").string() + "`.");
  const fs::path another = make_key("another");
  fs::copy_file(another, file, fs::copy_options::overwrite_existing);
  fs::permissions(folder.path() / "mine", fs::perms::owner_read);
  EXPECT_NE(identity(file).error().message.find("is not the private half"), std::string::npos);
  fs::permissions(folder.path() / "mine", fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(write_file(folder.path() / "mine", "nonsense", 0600));
  EXPECT_NE(identity(file).error().message.find("is not a private key"), std::string::npos);
}

TEST_F(IdentityTest, OfAPublicFileIsLookedForInTheAgentAndOfAPrivateOneNot) {
  Target target;
  target.identity = "/k/mine.pub";
  const auto line = join(command_line(target), " ");
  EXPECT_NE(line.find("IdentityFile=\"/k/mine.pub\" -o IdentitiesOnly=yes"), std::string::npos) << line;
  EXPECT_EQ(line.find("IdentityAgent"), std::string::npos);
}

}  // namespace
}  // namespace hotaru::ssh
