#include "aws/credentials/process.h"

#include <gtest/gtest.h>

#include "aws/credentials/lab_test.h"

namespace hotaru::aws {
namespace {

using Words = std::vector<std::string>;

TEST(ShellWords, AreSplitAsAShellSplitsThem) {
  EXPECT_EQ(shell_words("/bin/tool  --a b"), (Words{"/bin/tool", "--a", "b"}));
  EXPECT_EQ(shell_words(R"("/my tools/x" 'a "b"' c\ d)"), (Words{"/my tools/x", "a \"b\"", "c d"}));
  EXPECT_EQ(shell_words(R"(x "say \"hi\" \n" '' a"b"c)"), (Words{"x", "say \"hi\" \\n", "", "abc"}));
  EXPECT_EQ(shell_words(" \t "), Words{});
  EXPECT_FALSE(shell_words("x 'open"));
}

class AwsCredentialProcess : public CredentialsTest {
 protected:
  /// The profile's program: a script of its own.
  void program(const std::string& script) {
    ASSERT_TRUE(write_file(home.path() / "tool", "#!/bin/sh\n" + script + "\n", 0700));
    config = "[default]\ncredential_process = \"" + (home.path() / "tool").string() + "\" --secret hush\n";
  }
};

TEST_F(AwsCredentialProcess, GivesWhatItWrites) {
  program(R"(echo '{"Version":1,"AccessKeyId":"AKPROC","SecretAccessKey":"s","SessionToken":"t",)"
          R"("Expiration":"2100-01-01T00:00:00+00:00"}')");
  const auto result = find();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->access_key_id, "AKPROC");
  EXPECT_EQ(result->session_token, "t");
  EXPECT_EQ(result->expiration, parse_iso8601("2100-01-01T00:00:00Z"));
  EXPECT_EQ(traced.find("hush"), std::string::npos) << traced;
  EXPECT_NE(traced.find("process"), std::string::npos);
}

TEST_F(AwsCredentialProcess, ComesBeforeKeysOfTheConfigFileAndAfterThoseOfTheCredentialsFile) {
  program(R"(echo '{"Version":1,"AccessKeyId":"AKPROC","SecretAccessKey":"s"}')");
  config += "aws_access_key_id = AKCONFIG\naws_secret_access_key = s\n";
  EXPECT_EQ(found(), "AKPROC");
  credentials = "[default]\naws_access_key_id = AKFILE\naws_secret_access_key = s\n";
  EXPECT_EQ(found(), "AKFILE");
}

TEST_F(AwsCredentialProcess, IsRunAgainBeforeItsCredentialsExpire) {
  const std::string soon = iso8601(clock.now() + std::chrono::hours(1));
  program("echo x >> '" + (home.path() / "runs").string() + "'\n" +
          R"(echo '{"Version":1,"AccessKeyId":"AKPROC","SecretAccessKey":"s","Expiration":")" + soon + R"("}')");
  EXPECT_EQ(found(), "AKPROC");
  EXPECT_TRUE(chain->get());
  EXPECT_EQ(read_file(home.path() / "runs").value(), "x\n");
  clock.advance(std::chrono::minutes(57));
  EXPECT_TRUE(chain->get());
  EXPECT_EQ(read_file(home.path() / "runs").value(), "x\nx\n");
}

TEST_F(AwsCredentialProcess, IsToldOfInItsOwnWordsWhenItFails) {
  program("echo noise >&2; echo 'vault is locked' >&2; exit 3");
  const auto failed = find();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorClass::unauthorized);
  EXPECT_NE(failed.error().message.find("/tool of the profile 'default' gave no credentials: vault is locked."),
            std::string::npos)
      << failed.error().message;
  program("exit 3");
  EXPECT_NE(found().find("exit code 3"), std::string::npos);
}

TEST_F(AwsCredentialProcess, IsRefusedWhenItWritesSomethingElse) {
  for (const char* text :
       {"hello", "{}", R"({"Version":2,"AccessKeyId":"a","SecretAccessKey":"s"})", R"({"Version":1,"AccessKeyId":"a"})",
        R"({"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"soon"})"}) {
    program(std::string("echo '") + text + "'");
    EXPECT_NE(found().find("wrote something that is no credentials"), std::string::npos) << text;
  }
  program(R"(echo '{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"2001-01-01T00:00:00Z"}')");
  EXPECT_NE(found().find("expired at 2001-01-01T00:00:00Z"), std::string::npos);
}

TEST_F(AwsCredentialProcess, IsRefusedWhenItCannotBeRun) {
  config = "[default]\ncredential_process = /nonexistent/tool\n";
  EXPECT_NE(found().find("/nonexistent/tool of the profile 'default' cannot be run"), std::string::npos);
  config = "[default]\ncredential_process = tool 'open\n";
  EXPECT_NE(found().find("a quote that is not closed"), std::string::npos);
}

/// In place of the AWS CLI.
class FakeRunner final : public Runner {
 public:
  Result<Exit> run(const Command& command) override {
    commands.push_back(command);
    return exit;
  }
  Result<std::unique_ptr<Child>> spawn(const Command&) override { return fail(ErrorClass::internal, "not here"); }
  Result<pid_t> detach(const Command&, const std::filesystem::path&) override {
    return fail(ErrorClass::internal, "not here");
  }
  std::vector<Command> commands;
  Result<Exit> exit = Exit{};
};

class AwsLogin : public testing::Test {
 protected:
  Result<Credentials> find() {
    const SharedFiles files{parse_ini("[profile me]\nlogin_session = arn:aws:iam::1:user/me\n"), {}, "c", "k"};
    const Environment environment(std::map<std::string, std::string>{{"AWS_EC2_METADATA_DISABLED", "true"}});
    auto settings = settings_of(environment, files, {.profile = "me"});
    const ProviderNeeds needs{environment, files, *settings, transport, clock, random, runner};
    ProviderChain chain(default_providers(needs, {.profile = "me"}), clock);
    return chain.get();
  }
  FakeRunner runner;
  FakeClock clock;
  SeededRandom random{1};
  http::CurlTransport transport{http::CurlOptions{}};
};

TEST_F(AwsLogin, IsLeftToTheAwsCli) {
  runner.exit = Exit{0, R"({"Version":1,"AccessKeyId":"ASIALOGIN","SecretAccessKey":"s","SessionToken":"t"})", ""};
  EXPECT_EQ(find()->access_key_id, "ASIALOGIN");
  EXPECT_EQ(runner.commands.at(0).argv,
            (Words{"aws", "configure", "export-credentials", "--profile", "me", "--format", "process"}));
}

TEST_F(AwsLogin, NamesTheCommandThatMendsIt) {
  runner.exit = Exit{255, "", "Your session has expired."};
  const auto expired = find();
  EXPECT_EQ(expired.error().hint, "Run: aws login --profile me (AWS CLI 2.32 or newer)");
  EXPECT_NE(expired.error().message.find("Your session has expired."), std::string::npos);
  runner.exit = fail(ErrorClass::io, "the program aws is not installed");
  EXPECT_NE(find().error().hint.find("aws login --profile me"), std::string::npos);
}

}  // namespace
}  // namespace hotaru::aws
