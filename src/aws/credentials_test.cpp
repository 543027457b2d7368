#include "aws/credentials.h"

#include <gtest/gtest.h>

#include "aws/credentials/lab_test.h"

namespace hotaru::aws {
namespace {

class AwsCredentials : public CredentialsTest {
 protected:
  void set_keys() {
    environment["AWS_ACCESS_KEY_ID"] = "AKENV";
    environment["AWS_SECRET_ACCESS_KEY"] = "secret-env";
  }
  void set_profiles() {
    credentials =
        "[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key = s0\n"
        "[work]\naws_access_key_id = AKWORK\naws_secret_access_key = s1\naws_session_token = t1\n";
  }
};

TEST_F(AwsCredentials, ComeFromTheEnvironmentFirst) {
  set_keys();
  set_profiles();
  environment["AWS_SESSION_TOKEN"] = "token-env";
  const auto result = find();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->access_key_id, "AKENV");
  EXPECT_EQ(result->secret_access_key, "secret-env");
  EXPECT_EQ(result->session_token, "token-env");
  EXPECT_EQ(result->source, "environment");
}

TEST_F(AwsCredentials, OfTheEnvironmentWinOverAwsProfileButNotOverTheCommandLine) {
  set_keys();
  set_profiles();
  environment["AWS_PROFILE"] = "work";
  EXPECT_EQ(found(), "AKENV");
  EXPECT_EQ(found({.profile = "work"}), "AKWORK");
}

TEST_F(AwsCredentials, ComeFromTheProfileWithItsToken) {
  set_profiles();
  EXPECT_EQ(found(), "AKDEFAULT");
  environment["AWS_PROFILE"] = "work";
  const auto result = find();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->session_token, "t1");
  EXPECT_EQ(result->source, "profile work");
}

TEST_F(AwsCredentials, OfTheCredentialsFileComeBeforeTheConfigFiles) {
  config = "[default]\naws_access_key_id = AKCONFIG\naws_secret_access_key = s\n";
  EXPECT_EQ(found(), "AKCONFIG");
  set_profiles();
  EXPECT_EQ(found(), "AKDEFAULT");
}

TEST_F(AwsCredentials, ThatAreGivenEndTheSearch) {
  set_keys();
  const Overrides given{.credentials = Credentials{"AKGIVEN", "s", "", std::nullopt, "sim"}};
  EXPECT_EQ(found(given), "AKGIVEN");
}

TEST_F(AwsCredentials, AreMissedWithWhereWasLookedAndAWayOut) {
  const auto none = find();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorClass::unauthorized);
  EXPECT_EQ(none.error().message,
            "There are no AWS credentials in the environment or in the profile 'default' of ~/.aws/config and "
            "~/.aws/credentials.");
  EXPECT_NE(none.error().hint.find("--cloud sim"), std::string::npos);
  EXPECT_EQ(stand_in.count(), 0U);
}

TEST_F(AwsCredentials, ThatAreHalfThereAreAnError) {
  environment["AWS_ACCESS_KEY_ID"] = "a";
  EXPECT_NE(found().find("AWS_SECRET_ACCESS_KEY is not"), std::string::npos);
  environment.erase("AWS_ACCESS_KEY_ID");
  credentials = "[default]\naws_secret_access_key = s\n";
  EXPECT_NE(found().find("no aws_access_key_id"), std::string::npos);
  credentials = "[default]\naws_access_key_id = a\n";
  EXPECT_NE(found().find("no aws_secret_access_key"), std::string::npos);
}

TEST_F(AwsCredentials, ThatHaveExpiredAreRefusedBeforeTheyAreSent) {
  set_keys();
  environment["AWS_CREDENTIAL_EXPIRATION"] = "2001-01-01T00:00:00Z";
  EXPECT_NE(found().find("2001-01-01"), std::string::npos);
}

/// Gives credentials for an hour, counts how often it is asked, and can be told to fail.
class Renewing final : public Provider {
 public:
  Renewing(const Clock& clock, int& asked, const bool& away) : clock_(clock), asked_(asked), away_(away) {}
  std::string name() const override { return "a test"; }
  Result<std::optional<Credentials>> find() override {
    ++asked_;
    if (away_) return fail(ErrorClass::unavailable, "Away.");
    return Credentials{"AK" + std::to_string(asked_), "s", "t", clock_.now() + std::chrono::hours(1), "test"};
  }

 private:
  const Clock& clock_;
  int& asked_;
  const bool& away_;
};

class AwsCredentialsThatExpire : public testing::Test {
 protected:
  AwsCredentialsThatExpire() {
    Providers providers;
    providers.push_back(std::make_unique<Renewing>(clock, asked, away));
    chain = std::make_unique<ProviderChain>(std::move(providers), clock);
  }
  FakeClock clock;
  int asked = 0;
  bool away = false;
  std::unique_ptr<ProviderChain> chain;
};

TEST_F(AwsCredentialsThatExpire, AreAskedForOnceAndAgainShortlyBeforeTheyExpire) {
  EXPECT_EQ(chain->get()->access_key_id, "AK1");
  clock.advance(std::chrono::minutes(50));
  EXPECT_EQ(chain->get()->access_key_id, "AK1");
  clock.advance(std::chrono::minutes(6));
  EXPECT_EQ(chain->get()->access_key_id, "AK2");
}

TEST_F(AwsCredentialsThatExpire, AreUsedToTheirEndWhileNoNewOnesCanBeHadAndNotAskedForAtEveryCall) {
  EXPECT_TRUE(chain->get());
  away = true;
  clock.advance(std::chrono::minutes(56));
  EXPECT_EQ(chain->get()->access_key_id, "AK1");
  EXPECT_EQ(chain->get()->access_key_id, "AK1");
  EXPECT_EQ(asked, 2);
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(chain->get()->access_key_id, "AK1");
  EXPECT_EQ(asked, 3);
  clock.advance(std::chrono::minutes(3));
  EXPECT_EQ(chain->get().error().kind, ErrorClass::unavailable);
  away = false;
  EXPECT_EQ(chain->get()->access_key_id, "AK5");
}

/// Has credentials as often as it was told to.
class RunningOut final : public Provider {
 public:
  explicit RunningOut(const Clock& clock) : clock_(clock) {}
  std::string name() const override { return "a test"; }
  Result<std::optional<Credentials>> find() override {
    if (given_) return std::nullopt;
    given_ = true;
    return Credentials{"AKOLD", "s", "t", clock_.now() + std::chrono::hours(1), "test"};
  }

 private:
  const Clock& clock_;
  bool given_ = false;
};

TEST_F(AwsCredentialsThatExpire, AreNeverReplacedByThoseOfAnotherSource) {
  Providers providers;
  providers.push_back(std::make_unique<RunningOut>(clock));
  providers.push_back(std::make_unique<Renewing>(clock, asked, away));
  ProviderChain two(std::move(providers), clock);
  EXPECT_EQ(two.get()->access_key_id, "AKOLD");
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(two.get().error().kind, ErrorClass::unauthorized);
  EXPECT_EQ(asked, 0);
}

TEST_F(AwsCredentialsThatExpire, AreReplacedWhenAwsSaysThatTheyAreOverOnceForAllWhoWereRefused) {
  const Credentials first = chain->get().value();
  EXPECT_TRUE(chain->replace(first).value());
  EXPECT_EQ(chain->get()->access_key_id, "AK2");
  EXPECT_TRUE(chain->replace(first).value()) << "another thread has done it";
  EXPECT_EQ(asked, 2);
  away = true;
  EXPECT_EQ(chain->replace(chain->get().value()).error().kind, ErrorClass::unavailable);
}

TEST_F(AwsCredentials, ThatStayTheSameAreNoReplacement) {
  set_keys();
  const auto keys = find();
  ASSERT_TRUE(keys);
  EXPECT_FALSE(chain->replace(*keys).value());
}

}  // namespace
}  // namespace hotaru::aws
