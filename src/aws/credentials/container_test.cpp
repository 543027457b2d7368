#include <gtest/gtest.h>

#include "aws/credentials/lab_test.h"
#include "http/fake_transport.h"

namespace hotaru::aws {
namespace {

class AwsContainer : public CredentialsTest {
 protected:
  AwsContainer() {
    environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = stand_in.url() + "/v1/credentials?x=1";
    stand_in.answer("GET /v1/credentials",
                    {200,
                     {},
                     R"({"AccessKeyId":"ASIATASK","SecretAccessKey":"s","Token":"t","Expiration":")" +
                         iso8601(clock.now() + std::chrono::hours(6)) + R"("})"});
  }
  std::vector<http::ServerRequest> asked() const { return stand_in.requests("GET /v1/credentials"); }
};

TEST_F(AwsContainer, GivesTheTasksCredentials) {
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "permit";
  const auto result = find();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->access_key_id, "ASIATASK");
  EXPECT_EQ(result->session_token, "t");
  EXPECT_EQ(result->expiration, clock.now() + std::chrono::hours(6));
  EXPECT_EQ(asked().at(0).query, "x=1");
  EXPECT_EQ(http::header(asked().at(0).headers, "Authorization"), "permit");
  EXPECT_EQ(traced.find("permit"), std::string::npos);
}

TEST_F(AwsContainer, ReadsTheTokensFileEachTime) {
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "not this one";
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = (home.path() / "token").string();
  EXPECT_NE(found().find("token cannot be read"), std::string::npos);
  ASSERT_TRUE(write_file(home.path() / "token", "first\n"));
  EXPECT_EQ(found(), "ASIATASK");
  ASSERT_TRUE(write_file(home.path() / "token", "second\n"));
  clock.advance(std::chrono::hours(6) - std::chrono::minutes(1));
  EXPECT_TRUE(chain->get());
  EXPECT_EQ(http::header(asked().at(0).headers, "Authorization"), "first");
  EXPECT_EQ(http::header(asked().at(1).headers, "Authorization"), "second");
}

TEST_F(AwsContainer, ComesAfterTheProfile) {
  credentials = "[default]\naws_access_key_id = AKFILE\naws_secret_access_key = s\n";
  EXPECT_EQ(found(), "AKFILE");
  EXPECT_EQ(stand_in.count(), 0U);
}

TEST_F(AwsContainer, IsNotAskedOverPlainHttpElsewhere) {
  for (const char* url : {"http://192.0.2.1/c", "http://localhost.example/c", "http://127.0.0.1@192.0.2.1/c",
                          "http://[2001:db8::1]/c", "ftp://127.0.0.1/c", "http://2130706433.example/"}) {
    environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_NE(found().find("Credentials are not asked for at"), std::string::npos) << url;
  }
}

TEST_F(AwsContainer, IsAskedAtItsOwnAddressesAndOverHttps) {
  http::FakeTransport nowhere;
  const std::string good = R"({"AccessKeyId":"ASIATASK","SecretAccessKey":"s"})";
  const auto url_of = [&](const std::string& variable, const std::string& value) {
    environment.erase("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    environment[variable] = value;
    const Environment variables(environment);
    Settings settings;
    settings.profile = "default";
    const ProviderNeeds with_fake{variables, {}, settings, nowhere, clock, random, runner};
    nowhere.answer(200, good);
    ProviderChain own(default_providers(with_fake, {}), clock);
    const auto result = own.get();
    EXPECT_TRUE(result) << result.error().message;
    return nowhere.requests().back().url;
  };
  for (const char* url : {"https://192.0.2.1/c", "http://169.254.170.23/v1/c", "http://[fd00:ec2::23]/v1/c",
                          "http://[::1]:8080/c", "http://127.9.9.9/c", "http://LocalHost:80/c"}) {
    EXPECT_EQ(url_of("AWS_CONTAINER_CREDENTIALS_FULL_URI", url), url);
  }
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/not-this";
  EXPECT_EQ(url_of("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1"),
            "http://169.254.170.2/v2/credentials/1");
}

TEST_F(AwsContainer, SaysWhatWasAnswered) {
  stand_in.answer("GET /v1/credentials", {403, {}, ""});
  EXPECT_EQ(found(), "127.0.0.1 refused the container's credentials with HTTP status 403.");
  stand_in.answer("GET /v1/credentials", {200, {}, "hello"});
  EXPECT_EQ(found(), "127.0.0.1 answered something that is no credentials.");
  stand_in.answer("GET /v1/credentials", {500, {}, ""});
  const std::size_t before = asked().size();
  EXPECT_FALSE(find());
  EXPECT_EQ(asked().size(), before + 3) << "tried again";
}

}  // namespace
}  // namespace hotaru::aws
