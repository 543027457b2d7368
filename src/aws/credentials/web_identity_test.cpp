#include <gtest/gtest.h>

#include "aws/credentials/lab_test.h"

namespace hotaru::aws {
namespace {

class AwsWebIdentity : public CredentialsTest {
 protected:
  AwsWebIdentity() {
    EXPECT_TRUE(write_file(home.path() / "token", "header.payload.signature\n"));
    stand_in.answer("AssumeRoleWithWebIdentity",
                    StandIn::session("AssumeRoleWithWebIdentity", "ASIAWEB", clock.now() + std::chrono::hours(1)));
  }
  void set_variables() {
    environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = (home.path() / "token").string();
    environment["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/pod";
  }
  std::vector<http::ServerRequest> asked() const { return stand_in.requests("AssumeRoleWithWebIdentity"); }
};

TEST_F(AwsWebIdentity, IsExchangedForASessionWithoutASignature) {
  set_variables();
  environment["AWS_ROLE_SESSION_NAME"] = "pod-7";
  const auto result = find();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->access_key_id, "ASIAWEB");
  EXPECT_EQ(result->session_token, "token-ASIAWEB");
  ASSERT_EQ(asked().size(), 1U);
  EXPECT_EQ(signer_of(asked().front()), "");
  EXPECT_EQ(parameter(asked().front(), "WebIdentityToken"), "header.payload.signature");
  EXPECT_EQ(parameter(asked().front(), "RoleArn"), "arn:aws:iam::1:role/pod");
  EXPECT_EQ(parameter(asked().front(), "RoleSessionName"), "pod-7");
  EXPECT_EQ(traced.find("payload"), std::string::npos);
}

TEST_F(AwsWebIdentity, CanStandInAProfileWhichMayBeTheSourceOfARole) {
  config =
      "[profile web]\nweb_identity_token_file = ~/token\nrole_arn = arn:aws:iam::1:role/web\n"
      "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = web\n";
  EXPECT_EQ(found({.profile = "web"}), "ASIAWEB");
  stand_in.answer("AssumeRole", StandIn::session("AssumeRole", "ASIAROLE", clock.now() + std::chrono::hours(1)));
  EXPECT_EQ(found({.profile = "role"}), "ASIAROLE");
  EXPECT_EQ(signer_of(stand_in.requests("AssumeRole").at(0)), "ASIAWEB");
}

TEST_F(AwsWebIdentity, OfTheEnvironmentDoesNotCountForAProfileThatWasNamed) {
  set_variables();
  credentials = "[work]\naws_access_key_id = AKWORK\naws_secret_access_key = s\n";
  EXPECT_EQ(found({.profile = "work"}), "AKWORK");
  environment["AWS_PROFILE"] = "work";
  EXPECT_EQ(found(), "ASIAWEB") << "AWS_PROFILE names one, but the environment comes before it";
}

TEST_F(AwsWebIdentity, IsReadAgainWhenItsSessionEnds) {
  set_variables();
  EXPECT_EQ(found(), "ASIAWEB");
  ASSERT_TRUE(write_file(home.path() / "token", "fresh"));
  clock.advance(std::chrono::minutes(56));
  EXPECT_TRUE(chain->get());
  EXPECT_EQ(parameter(asked().at(1), "WebIdentityToken"), "fresh");
}

TEST_F(AwsWebIdentity, SaysWhatIsMissing) {
  set_variables();
  environment.erase("AWS_ROLE_ARN");
  EXPECT_NE(found().find("and no role for it"), std::string::npos);
  set_variables();
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/nonexistent/token";
  EXPECT_EQ(found(), "The web identity's file /nonexistent/token cannot be read.");
  set_variables();
  ASSERT_TRUE(write_file(home.path() / "token", "\n"));
  EXPECT_NE(found().find("is empty"), std::string::npos);
}

TEST_F(AwsWebIdentity, SaysWhenItsTokenIsRefused) {
  set_variables();
  stand_in.answer("AssumeRoleWithWebIdentity",
                  {400,
                   {},
                   "<ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>Token expired"
                   "</Message></Error></ErrorResponse>"});
  const auto refused = find();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorClass::unauthorized);
  EXPECT_NE(refused.error().message.find("cannot be assumed: Token expired."), std::string::npos);
  EXPECT_NE(refused.error().hint.find("fresh"), std::string::npos);
}

}  // namespace
}  // namespace hotaru::aws
