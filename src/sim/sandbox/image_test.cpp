#include "sim/sandbox/image.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "sim/sandbox/host_check.h"

namespace hotaru::sim {
namespace {

/// What mmdebstrap says, and then how it ends.
class Builder final : public Child {
 public:
  Builder(std::vector<std::string> words, int code) : words_(std::move(words)), code_(code) {}
  Result<void> write(const std::string&) override { return {}; }
  void close_input() override {}
  Result<std::optional<std::string>> read_line(Duration) override {
    if (next_ == words_.size()) return std::nullopt;
    return words_[next_++];
  }
  Result<Exit> wait() override { return Exit{code_, "", ""}; }

 private:
  std::vector<std::string> words_;
  std::size_t next_ = 0;
  int code_;
};

/// Stands in for mmdebstrap, apt-config and chroot; rm is the real one.
class Builders final : public Runner {
 public:
  Result<Exit> run(const Command& command) override {
    if (command.argv[0] == "rm") return SystemRunner().run(command);
    return Exit{};
  }
  Result<std::unique_ptr<Child>> spawn(const Command& command) override {
    ++built;
    const std::filesystem::path root = command.argv[command.argv.size() - 2];
    for (const char* file : {"etc/hostname", "etc/machine-id", "etc/ssh/ssh_host_rsa_key", "sbin/init", "etc/passwd"}) {
      std::filesystem::create_directories((root / file).parent_path());
      EXPECT_TRUE(write_file(root / file, "x"));
    }
    const auto units = root / "usr/lib/systemd/system";
    std::filesystem::create_directories(units);
    EXPECT_TRUE(
        write_file(units / "cloud-config.service", "[Service]\nExecStart=/usr/bin/cloud-init modules --mode=config\n"));
    EXPECT_TRUE(write_file(units / "cloud-final.service", "[Service]\nExecStart=sh -c 'echo start | nc final.sock'\n"));
    if (fails) return std::make_unique<Builder>(std::vector<std::string>{"I: begin", "E: no mirror"}, 25);
    return std::make_unique<Builder>(std::vector<std::string>{"I: begin", "noise"}, 0);
  }
  Result<pid_t> detach(const Command&, const std::filesystem::path&) override { return 1; }

  int built = 0;
  bool fails = false;
};

class ImageOfInstances : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "images are made by root";
  }
  Result<std::filesystem::path> build() {
    return build_image(cache_.path(), Environment(), runner_, clock_,
                       [this](const std::string& line) { told_.push_back(line); });
  }
  TemporaryFolder cache_;
  Builders runner_;
  FakeClock clock_;
  std::vector<std::string> told_;
};

TEST_F(ImageOfInstances, IsMadeOnceAndTold) {
  const auto folder = build();
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(*folder, image_folder(cache_.path(), image_distribution()));
  EXPECT_NE(join(told_, "\n").find("begin"), std::string::npos);
  EXPECT_EQ(join(told_, "\n").find("noise"), std::string::npos);
  ASSERT_TRUE(build());
  EXPECT_EQ(runner_.built, 1);
}

TEST_F(ImageOfInstances, HoldsNothingThatMustDifferBetweenInstances) {
  const auto folder = build();
  ASSERT_TRUE(folder);
  EXPECT_FALSE(std::filesystem::exists(*folder / "etc/hostname"));
  EXPECT_FALSE(std::filesystem::exists(*folder / "etc/ssh/ssh_host_rsa_key"));
  EXPECT_EQ(read_file(*folder / "etc/machine-id").value_or("?"), "");
  for (const char* unit : {"ssh.socket", "systemd-ask-password-wall.path"})
    EXPECT_EQ(std::filesystem::read_symlink(*folder / "etc/systemd/system" / unit), "/dev/null");
  EXPECT_EQ(read_file(*folder / "etc/ssh/sshd_config.d/60-cloudimg-settings.conf").value_or(""),
            "PasswordAuthentication no\n");
  EXPECT_NE(read_file(*folder / "etc/cloud/cloud.cfg.d/95_hotaru_sim.cfg")->find("datasource_list: [Ec2]"),
            std::string::npos);
}

TEST_F(ImageOfInstances, LetsStagesAfterTheShellStepBackWhereTheyAreProgramsOfTheirOwn) {
  const auto folder = build();
  ASSERT_TRUE(folder);
  EXPECT_EQ(read_file(*folder / "etc/systemd/system/cloud-config.service.d/10-hotaru.conf").value_or(""),
            "[Service]\nExecStart=\n"
            "ExecStart=/usr/local/lib/hotaru-sim/step-back /usr/bin/cloud-init modules --mode=config\n");
  EXPECT_FALSE(std::filesystem::exists(*folder / "etc/systemd/system/cloud-final.service.d"));
  const auto program = *folder / "usr/local/lib/hotaru-sim/step-back";
  const auto read = SystemRunner().run({.argv = {"sh", "-n", program.string()}});  // to run it would slow the tests
  EXPECT_TRUE(read && read->ok());
}

TEST_F(ImageOfInstances, LeavesNothingHalfMade) {
  runner_.fails = true;
  const auto folder = build();
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, ErrorClass::unavailable);
  EXPECT_NE(folder.error().message.find("no mirror"), std::string::npos);
  const auto unfinished = image_folder(cache_.path(), image_distribution()).string() + ".building";
  EXPECT_FALSE(std::filesystem::exists(unfinished));
  ASSERT_TRUE(make_folder(unfinished + "/left/by/a/killed/one"));
  runner_.fails = false;
  ASSERT_TRUE(build());
  EXPECT_FALSE(std::filesystem::exists(unfinished));
}

TEST(HostCheck, SaysThatRootIsNeededAndWhatWorksWithout) {
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto able = check_host();
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_FALSE(able);
  EXPECT_EQ(able.error().kind, ErrorClass::unsupported);
  EXPECT_NE(able.error().message.find("root"), std::string::npos);
  EXPECT_NE(able.error().hint.find("--kind null"), std::string::npos);
}

}  // namespace
}  // namespace hotaru::sim
