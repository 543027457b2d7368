#include <gtest/gtest.h>
#include <sys/stat.h>

#include "aws/credentials/fields.h"
#include "aws/credentials/lab_test.h"
#include "base/digest.h"

namespace hotaru::aws {
namespace {

class AwsSso : public CredentialsTest {
 protected:
  AwsSso() {
    config =
        "[profile corp]\nsso_session = office\nsso_account_id = 123456789012\nsso_role_name = Dev Ops\n"
        "[sso-session office]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n";
    environment["AWS_PROFILE"] = "corp";
    grant("ASIASSO");
  }
  void grant(const std::string& key) {
    const auto expiration = (clock.now() + std::chrono::hours(8)).time_since_epoch().count();
    stand_in.answer("GET /federation/credentials",
                    {200,
                     {},
                     R"({"roleCredentials":{"accessKeyId":")" + key + R"(","secretAccessKey":"s",)" +
                         R"("sessionToken":"t","expiration":)" + std::to_string(expiration) + "}}"});
  }
  std::filesystem::path token_file(const std::string& key = "office") const {
    return home.path() / ".aws/sso/cache" / (hex_encode(sha1(key)) + ".json");
  }
  /// As `aws sso login` leaves it.
  void sign_in(Duration left, const std::string& key = "office", const Fields& more = {}) {
    Fields token{{"accessToken", "access-1"}, {"expiresAt", iso8601(clock.now() + left, false)}};
    for (const auto& [name, value] : more) token[name] = value;
    ASSERT_TRUE(make_folder(token_file(key).parent_path()));
    ASSERT_TRUE(write_file(token_file(key), json_of(token), 0600));
  }
  Fields renewable() const {
    return {{"refreshToken", "refresh-1"},
            {"clientId", "client"},
            {"clientSecret", "hush"},
            {"registrationExpiresAt", iso8601(clock.now() + std::chrono::days(30), false)}};
  }
  std::vector<http::ServerRequest> asked() const { return stand_in.requests("GET /federation/credentials"); }
};

TEST_F(AwsSso, ExchangesTheAwsClisTokenForTheRolesCredentials) {
  sign_in(std::chrono::hours(4));
  const auto result = find();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->access_key_id, "ASIASSO");
  EXPECT_EQ(result->session_token, "t");
  EXPECT_EQ(result->expiration, clock.now() + std::chrono::hours(8));
  EXPECT_EQ(result->source, "IAM Identity Center (profile corp)");
  ASSERT_EQ(asked().size(), 1U);
  EXPECT_EQ(asked().front().query, "role_name=Dev%20Ops&account_id=123456789012");
  EXPECT_EQ(http::header(asked().front().headers, "x-amz-sso_bearer_token"), "access-1");
  EXPECT_NE(traced.find("sso eu-west-1 GetRoleCredentials, attempt 1: 200"), std::string::npos) << traced;
  EXPECT_EQ(traced.find("access-1"), std::string::npos);
}

TEST_F(AwsSso, KnowsTheOlderFormWithEverythingInTheProfile) {
  config =
      "[profile corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n"
      "sso_account_id = 123456789012\nsso_role_name = Dev\n";
  sign_in(std::chrono::hours(4), "https://corp.example/start");
  EXPECT_EQ(found(), "ASIASSO");
  sign_in(std::chrono::minutes(-1), "https://corp.example/start", renewable());
  EXPECT_NE(found().find("expired at"), std::string::npos) << "which cannot be renewed";
  EXPECT_TRUE(stand_in.requests("POST /token").empty());
}

TEST_F(AwsSso, KeepsTheRolesCredentialsUntilTheOwnerSignsOutOrInAgain) {
  sign_in(std::chrono::hours(4));
  EXPECT_EQ(found(), "ASIASSO");
  grant("ASIANEXT");
  EXPECT_EQ(found(), "ASIASSO");
  EXPECT_EQ(asked().size(), 1U);
  std::filesystem::remove(token_file());
  EXPECT_EQ(found(), "The IAM Identity Center session of the profile 'corp' has not begun.");
  sign_in(std::chrono::hours(4), "office", {{"accessToken", "access-2"}});
  EXPECT_EQ(found(), "ASIANEXT");
}

TEST_F(AwsSso, NamesTheCommandThatSignsIn) {
  const auto missing = find();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorClass::unauthorized);
  EXPECT_EQ(missing.error().hint, "Run: aws sso login --profile corp");
  sign_in(std::chrono::seconds(-1));
  const auto expired = find();
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().message, "The IAM Identity Center session of the profile 'corp' expired at " +
                                         iso8601(clock.now() - std::chrono::seconds(1), false) + ".");
  EXPECT_EQ(expired.error().hint, "Run: aws sso login --profile corp");
  EXPECT_EQ(stand_in.count(), 0U);
}

TEST_F(AwsSso, RenewsATokenThatExpiresSoonWhereTheAwsCliFindsIt) {
  sign_in(std::chrono::minutes(10), "office", renewable());
  stand_in.answer("POST /token",
                  {200, {}, R"({"accessToken":"access-2","expiresIn":3600,"refreshToken":"refresh-2"})"});
  EXPECT_EQ(found(), "ASIASSO");
  const auto request = stand_in.requests("POST /token").at(0);
  const auto sent = parse_fields(request.body);
  ASSERT_TRUE(sent);
  EXPECT_EQ(*sent, (Fields{{"clientId", "client"},
                           {"clientSecret", "hush"},
                           {"grantType", "refresh_token"},
                           {"refreshToken", "refresh-1"}}));
  EXPECT_EQ(http::header(asked().at(0).headers, "x-amz-sso_bearer_token"), "access-2");
  const auto kept = parse_fields(read_file(token_file()).value());
  ASSERT_TRUE(kept);
  EXPECT_EQ(field(*kept, "accessToken"), "access-2");
  EXPECT_EQ(field(*kept, "refreshToken"), "refresh-2");
  EXPECT_EQ(field(*kept, "clientId"), "client");
  EXPECT_EQ(field(*kept, "expiresAt"), iso8601(clock.now() + std::chrono::hours(1), false));
  struct stat file{};
  ASSERT_EQ(stat(token_file().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  EXPECT_EQ(traced.find("hush"), std::string::npos);
}

TEST_F(AwsSso, UsesAGoodTokenThatCouldNotBeRenewed) {
  sign_in(std::chrono::minutes(10), "office", renewable());
  stand_in.answer("POST /token", {200, {}, R"({"accessToken":"access-2","expiresIn":9223372036854775807})"});
  EXPECT_EQ(found(), "ASIASSO");
  stand_in.answer("POST /token", {400, {}, R"({"error":"invalid_grant"})"});
  EXPECT_EQ(found(), "ASIASSO");
  sign_in(std::chrono::minutes(-1), "office", renewable());
  const auto expired = find();
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().hint, "Run: aws sso login --profile corp");
}

TEST_F(AwsSso, SaysWhenTheTokenIsNoLongerTaken) {
  sign_in(std::chrono::hours(4));
  stand_in.answer("GET /federation/credentials", {401, {}, R"({"message":"Session token not found or invalid"})"});
  const auto refused = find();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "The IAM Identity Center session of the profile 'corp' is no longer valid.");
  EXPECT_EQ(refused.error().hint, "Run: aws sso login --profile corp");
}

TEST_F(AwsSso, SaysWhenTheRoleIsNotTheUsers) {
  sign_in(std::chrono::hours(4));
  stand_in.answer("GET /federation/credentials", {403, {}, R"({"message":"No access"})"});
  EXPECT_EQ(found(),
            "IAM Identity Center gives no credentials for the role Dev Ops in account 123456789012: No access.");
}

TEST_F(AwsSso, TriesAgainWhenTheServiceIsInTrouble) {
  sign_in(std::chrono::hours(4));
  stand_in.answer("GET /federation/credentials", {503, {}, ""});
  EXPECT_EQ(find().error().kind, ErrorClass::unavailable);
  EXPECT_EQ(asked().size(), 3U);
}

TEST_F(AwsSso, SaysWhatIsMissingInTheFiles) {
  config = "[profile corp]\nsso_session = gone\nsso_account_id = 1\nsso_role_name = r\n";
  EXPECT_EQ(found(), "The profile 'corp' names the sso_session 'gone', which does not exist.");
  config = "[profile corp]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\n";
  EXPECT_EQ(found(), "The profile 'corp' has no sso_role_name.");
  config =
      "[profile corp]\nsso_session = office\nsso_account_id = 1\nsso_role_name = r\nsso_region = eu-west-1\n"
      "[sso-session office]\nsso_start_url = https://x\nsso_region = us-east-1\n";
  EXPECT_EQ(found(), "The profile 'corp' and its sso_session 'office' have different values of sso_region.");
}

TEST_F(AwsSso, OfAProfileWithASessionAloneIsForOtherTools) {
  config = "[profile corp]\nsso_session = office\naws_access_key_id = AKKEYS\naws_secret_access_key = s\n";
  EXPECT_EQ(found(), "AKKEYS");
}

TEST_F(AwsSso, CanBeTheSourceOfARole) {
  sign_in(std::chrono::hours(4));
  config += "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = corp\n";
  stand_in.answer("AssumeRole", StandIn::session("AssumeRole", "ASIAROLE", clock.now() + std::chrono::hours(1)));
  EXPECT_EQ(found({.profile = "role"}), "ASIAROLE");
  EXPECT_EQ(signer_of(stand_in.requests("AssumeRole").at(0)), "ASIASSO");
}

}  // namespace
}  // namespace hotaru::aws
