#include "aws/credentials.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hotaru::aws {
namespace {

SharedFiles files_of(const std::string& config, const std::string& credentials) {
  return {parse_ini(config), parse_ini(credentials), "~/.aws/config", "~/.aws/credentials"};
}

/// What the whole chain finds.
Result<Credentials> found_by(const std::map<std::string, std::string>& environment, const std::string& config = "",
                             const std::string& credentials = "", const Overrides& overrides = {}) {
  const FakeClock clock;
  const SharedFiles files = files_of(config, credentials);
  const Environment variables(environment);
  auto settings = settings_of(variables, files, overrides);
  if (!settings) return pass(settings);
  ProviderChain chain(default_providers(variables, files, *settings, overrides, clock), clock);
  return chain.get();
}

const std::map<std::string, std::string> keys_in_environment = {{"AWS_ACCESS_KEY_ID", "AKENV"},
                                                                {"AWS_SECRET_ACCESS_KEY", "secret-env"}};
const std::string two_profiles =
    "[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key = s0\n"
    "[work]\naws_access_key_id = AKWORK\naws_secret_access_key = s1\naws_session_token = t1\n";

TEST(AwsCredentials, ComeFromTheEnvironmentFirst) {
  const auto found = found_by(keys_in_environment, "", two_profiles);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->access_key_id, "AKENV");
  EXPECT_EQ(found->secret_access_key, "secret-env");
  EXPECT_EQ(found->source, "environment");
}

TEST(AwsCredentials, OfTheEnvironmentWinOverAwsProfileButNotOverTheCommandLine) {
  auto environment = keys_in_environment;
  environment["AWS_PROFILE"] = "work";
  EXPECT_EQ(found_by(environment, "", two_profiles)->access_key_id, "AKENV");
  EXPECT_EQ(found_by(keys_in_environment, "", two_profiles, {.profile = "work"})->access_key_id, "AKWORK");
}

TEST(AwsCredentials, ComeFromTheProfileWithItsToken) {
  const auto found = found_by({{"AWS_PROFILE", "work"}}, "", two_profiles);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->session_token, "t1");
  EXPECT_EQ(found->source, "profile work");
  EXPECT_EQ(found_by({}, "", two_profiles)->access_key_id, "AKDEFAULT");
  EXPECT_EQ(found_by({}, "[default]\naws_access_key_id = AKCONFIG\naws_secret_access_key = s\n")->access_key_id,
            "AKCONFIG");
}

TEST(AwsCredentials, ThatAreGivenEndTheSearch) {
  const Overrides given{.credentials = Credentials{"AKGIVEN", "s", "", std::nullopt, "sim"}};
  EXPECT_EQ(found_by(keys_in_environment, "", two_profiles, given)->access_key_id, "AKGIVEN");
}

TEST(AwsCredentials, AreMissedWithAWayOut) {
  const auto none = found_by({});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorClass::unauthorized);
  EXPECT_NE(none.error().hint.find("--cloud sim"), std::string::npos);
}

TEST(AwsCredentials, ThatAreHalfThereAreAnError) {
  EXPECT_NE(found_by({{"AWS_ACCESS_KEY_ID", "a"}}).error().message.find("AWS_SECRET_ACCESS_KEY is not"),
            std::string::npos);
  EXPECT_NE(found_by({}, "", "[default]\naws_secret_access_key = s\n").error().message.find("no aws_access_key_id"),
            std::string::npos);
}

TEST(AwsCredentials, OfProfilesThatNeedMoreThanKeysAreRefusedWithAWorkaround) {
  for (const char* line : {"sso_session = corp", "role_arn = arn:aws:iam::1:role/x", "credential_process = /bin/x",
                           "web_identity_token_file = /x", "login_session = y", "sso_start_url = https://x"}) {
    const auto refused = found_by({}, std::string("[default]\n") + line + "\n");
    ASSERT_FALSE(refused) << line;
    EXPECT_EQ(refused.error().kind, ErrorClass::unauthorized);
    EXPECT_NE(refused.error().hint.find("aws configure export-credentials"), std::string::npos) << line;
  }
}

TEST(AwsCredentials, OfARoleAreNotReplacedByTheKeysOfTheSameProfile) {
  EXPECT_FALSE(found_by({}, "[default]\nrole_arn = arn:aws:iam::1:role/x\n", two_profiles));
}

TEST(AwsCredentials, ThatHaveExpiredAreRefusedBeforeTheyAreSent) {
  auto environment = keys_in_environment;
  environment["AWS_CREDENTIAL_EXPIRATION"] = "2001-01-01T00:00:00Z";
  const auto expired = found_by(environment);
  ASSERT_FALSE(expired);
  EXPECT_NE(expired.error().message.find("2001-01-01"), std::string::npos);
}

/// Counts how often it is asked.
class Renewing final : public Provider {
 public:
  Renewing(const Clock& clock, int& asked) : clock_(clock), asked_(asked) {}
  std::string name() const override { return "a test"; }
  Result<std::optional<Credentials>> find() override {
    ++asked_;
    return Credentials{"AK" + std::to_string(asked_), "s", "t", clock_.now() + std::chrono::hours(1), "test"};
  }

 private:
  const Clock& clock_;
  int& asked_;
};

TEST(AwsCredentials, AreAskedForOnceAndAgainShortlyBeforeTheyExpire) {
  FakeClock clock;
  int asked = 0;
  Providers providers;
  providers.push_back(std::make_unique<Renewing>(clock, asked));
  ProviderChain chain(std::move(providers), clock);
  EXPECT_EQ(chain.get()->access_key_id, "AK1");
  clock.advance(std::chrono::minutes(50));
  EXPECT_EQ(chain.get()->access_key_id, "AK1");
  clock.advance(std::chrono::minutes(6));
  EXPECT_EQ(chain.get()->access_key_id, "AK2");
}

}  // namespace
}  // namespace hotaru::aws
