#include "aws/settings.h"

#include <gtest/gtest.h>

#include "aws/endpoints.h"
#include "base/file.h"

namespace hotaru::aws {
namespace {

using Variables = std::map<std::string, std::string>;

SharedFiles files_of(const std::string& config, const std::string& credentials = "") {
  return {parse_ini(config), parse_ini(credentials), "~/.aws/config", "~/.aws/credentials"};
}

Settings settings(const std::map<std::string, std::string>& environment, const SharedFiles& files = files_of(""),
                  const Overrides& overrides = {}) {
  auto result = settings_of(Environment(environment), files, overrides);
  EXPECT_TRUE(result) << result.error().message;
  return result.value_or(Settings{});
}

TEST(AwsSettings, AreThoseOfAwsWhenNothingIsSaid) {
  const Settings nothing = settings({});
  EXPECT_EQ(nothing.profile, "default");
  EXPECT_EQ(nothing.region, "");
  EXPECT_EQ(nothing.endpoint, "");
  EXPECT_TRUE(nothing.endpoints.empty());
  EXPECT_EQ(nothing.max_attempts, 4);
  EXPECT_EQ(nothing.retry_mode, RetryMode::adaptive);
  EXPECT_FALSE(nothing.fips || nothing.dual_stack);
}

TEST(AwsSettings, RankTheRegionAsTheAwsCliDoes) {
  const auto files = files_of("[default]\nregion = from-default\n[profile work]\nregion = from-work\n");
  EXPECT_EQ(settings({}, files).region, "from-default");
  EXPECT_EQ(settings({{"AWS_PROFILE", "work"}}, files).region, "from-work");
  EXPECT_EQ(settings({{"AWS_DEFAULT_REGION", "a"}}, files).region, "a");
  EXPECT_EQ(settings({{"AWS_DEFAULT_REGION", "a"}, {"AWS_REGION", "b"}}, files).region, "b");
  EXPECT_EQ(settings({{"AWS_REGION", "b"}}, files, {.region = "c"}).region, "c");
}

TEST(AwsSettings, TheCommandLinesProfileWins) {
  const auto files = files_of("[profile one]\nregion=r1\n[profile two]\nregion=r2\n[profile three]\nregion=r3\n");
  EXPECT_EQ(settings({{"AWS_PROFILE", "one"}, {"AWS_DEFAULT_PROFILE", "two"}}, files).region, "r2");
  EXPECT_EQ(settings({{"AWS_PROFILE", "one"}}, files, {.profile = "three"}).region, "r3");
}

TEST(AwsSettings, SayThatAProfileDoesNotExistAndWhichWasMeant) {
  const auto result = settings_of(Environment(Variables{{"AWS_PROFILE", "wor"}}),
                                  files_of("[profile work]\nregion = x\n"), Overrides{});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorClass::invalid);
  EXPECT_NE(result.error().message.find("'wor'"), std::string::npos);
  EXPECT_EQ(result.error().hint, "Did you mean 'work'?");
}

TEST(AwsSettings, AProfileMayExistInTheCredentialsFileAlone) {
  EXPECT_EQ(settings({{"AWS_PROFILE", "only"}}, files_of("", "[only]\naws_access_key_id = a\n")).profile, "only");
}

TEST(AwsSettings, TakeEndpointsFromEnvironmentThenProfile) {
  const auto files = files_of(
      "[default]\nendpoint_url = http://profile\nservices = local\n"
      "[services local]\nec2 =\n  endpoint_url = http://services-ec2\nsso_oidc =\n  endpoint_url = http://oidc\n");
  const Settings profile = settings({}, files);
  EXPECT_EQ(own_endpoint(profile, "ec2"), "http://services-ec2");
  EXPECT_EQ(own_endpoint(profile, "sso-oidc"), "http://oidc");
  EXPECT_EQ(own_endpoint(profile, "sts"), "http://profile");
  const Settings both = settings({{"AWS_ENDPOINT_URL", "http://all"}, {"AWS_ENDPOINT_URL_EC2", "http://ec2"}}, files);
  EXPECT_EQ(own_endpoint(both, "ec2"), "http://ec2");
  EXPECT_EQ(own_endpoint(both, "sts"), "http://all");
  EXPECT_EQ(own_endpoint(both, "sso-oidc"), "http://all");
  const Settings others = settings({{"AWS_ENDPOINT_URL_SSM", "http://ssm"},
                                    {"AWS_ENDPOINT_URL_SERVICE_QUOTAS", "http://quotas"},
                                    {"AWS_ENDPOINT_URL_PRICING", "http://pricing"}});
  EXPECT_EQ(own_endpoint(others, "ssm"), "http://ssm");
  EXPECT_EQ(own_endpoint(others, "servicequotas"), "http://quotas");
  EXPECT_EQ(own_endpoint(others, "pricing"), "http://pricing");
  const Settings given = settings({{"AWS_ENDPOINT_URL_EC2", "http://ec2"}}, files, {.endpoint = "http://given"});
  EXPECT_EQ(own_endpoint(given, "ec2"), "http://given");
}

TEST(AwsSettings, IgnoreConfiguredEndpointsWhenToldTo) {
  const auto ignored = settings({{"AWS_ENDPOINT_URL", "http://all"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}});
  EXPECT_EQ(own_endpoint(ignored, "ec2"), "");
  const auto by_profile = settings({{"AWS_ENDPOINT_URL_EC2", "http://ec2"}},
                                   files_of("[default]\nignore_configured_endpoint_urls = true\n"));
  EXPECT_EQ(own_endpoint(by_profile, "ec2"), "");
}

TEST(AwsSettings, SayThatAServicesSectionDoesNotExist) {
  const auto result = settings_of(Environment(), files_of("[default]\nservices = gone\n"), {});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("'gone'"), std::string::npos);
}

TEST(AwsSettings, KnowDualStackAndFipsFromEnvironmentAndProfile) {
  const Settings variables = settings({{"AWS_USE_DUALSTACK_ENDPOINT", "TRUE"}, {"AWS_USE_FIPS_ENDPOINT", "true"}});
  EXPECT_TRUE(variables.dual_stack && variables.fips);
  const auto files = files_of("[default]\nuse_dualstack_endpoint = true\nuse_fips_endpoint = true\n");
  EXPECT_TRUE(settings({}, files).dual_stack && settings({}, files).fips);
  EXPECT_FALSE(settings({{"AWS_USE_FIPS_ENDPOINT", "false"}}, files).fips);
}

TEST(AwsSettings, KnowRetryModes) {
  EXPECT_EQ(settings({{"AWS_RETRY_MODE", "standard"}}).retry_mode, RetryMode::standard);
  EXPECT_EQ(settings({{"AWS_RETRY_MODE", "legacy"}}).retry_mode, RetryMode::standard);
  EXPECT_EQ(settings({}, files_of("[default]\nretry_mode = standard\n")).retry_mode, RetryMode::standard);
  EXPECT_EQ(settings({{"AWS_RETRY_MODE", "adaptive"}}, files_of("[default]\nretry_mode = standard\n")).retry_mode,
            RetryMode::adaptive);
  const auto wrong = settings_of(Environment(Variables{{"AWS_RETRY_MODE", "never"}}), files_of(""), {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorClass::invalid);
}

TEST(AwsSettings, OfTheCredentialsFileWinOverTheConfigFile) {
  const auto files =
      files_of("[profile work]\nregion = from-config\nmax_attempts = 7\n", "[work]\nregion = from-keys\n");
  EXPECT_EQ(settings({{"AWS_PROFILE", "work"}}, files).region, "from-keys");
  EXPECT_EQ(settings({{"AWS_PROFILE", "work"}}, files).max_attempts, 7);
}

TEST(AwsSettings, RefuseRegionsAndEndpointsThatCannotBe) {
  for (const char* region : {"us-east-1.evil.example", "US East", "a/b", "x@y"}) {
    EXPECT_EQ(settings_of(Environment(), files_of(""), {.region = region}).error().kind, ErrorClass::invalid);
  }
  EXPECT_EQ(settings_of(Environment(), files_of(""), {.endpoint = "ftp://x"}).error().kind, ErrorClass::invalid);
}

TEST(AwsSettings, KeepAttemptsWithinReason) {
  EXPECT_EQ(settings({{"AWS_MAX_ATTEMPTS", "2"}}).max_attempts, 2);
  EXPECT_EQ(settings({{"AWS_MAX_ATTEMPTS", "0"}}).max_attempts, 1);
  EXPECT_EQ(settings({{"AWS_MAX_ATTEMPTS", "many"}}).max_attempts, 4);
}

TEST(AwsSharedFiles, AreFoundWhereTheEnvironmentSays) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder.path() / "c", "[profile a]\nregion = r\n"));
  ASSERT_TRUE(make_folder(folder.path() / ".aws"));
  ASSERT_TRUE(write_file(folder.path() / ".aws/credentials", "[b]\naws_access_key_id = k\n"));
  const Environment environment(
      {{"HOME", folder.path().string()}, {"AWS_CONFIG_FILE", (folder.path() / "c").string()}});
  const auto files = read_shared_files(environment);
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_NE(files->config_of("a"), nullptr);
  EXPECT_NE(files->credentials_of("b"), nullptr);
  EXPECT_EQ(files->profiles(), (std::vector<std::string>{"a", "b"}));
}

TEST(AwsSharedFiles, MayBeMissing) {
  const auto files = read_shared_files(Environment(Variables{{"HOME", "/nonexistent"}}));
  ASSERT_TRUE(files);
  EXPECT_TRUE(files->config.empty() && files->credentials.empty());
}

TEST(AwsSettings, SayWhichLineOfWhichFileCannotBeReadAndNothingOfWhatIsInIt) {
  const TemporaryFolder home;
  ASSERT_TRUE(make_folder(home.path() / ".aws"));
  ASSERT_TRUE(write_file(home.path() / ".aws" / "config", "[default]\nregion = x\n", 0600));
  ASSERT_TRUE(write_file(home.path() / ".aws" / "credentials", "[default]\nsecret-in-the-wrong-place\n", 0600));
  const Environment environment(Variables{{"HOME", home.path().string()}});
  const auto files = read_shared_files(environment);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind, ErrorClass::invalid);
  EXPECT_EQ(files.error().message,
            "~/.aws/credentials, line 2 cannot be read: it is neither a [SECTION] nor KEY = VALUE.");
  EXPECT_NE(files.error().hint.find("[profile work]"), std::string::npos);
  ASSERT_TRUE(write_file(home.path() / ".aws" / "credentials", "", 0600));
  EXPECT_TRUE(read_shared_files(environment));
}

}  // namespace
}  // namespace hotaru::aws
