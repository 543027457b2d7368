#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "aws/credentials/lab_test.h"

namespace hotaru::aws {
namespace {

class AwsRole : public CredentialsTest {
 protected:
  AwsRole() {
    environment["AWS_PROFILE"] = "role";
    credentials = "[base]\naws_access_key_id = AKBASE\naws_secret_access_key = s\n";
    config = "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n";
    grant("ASIAROLE");
  }
  void grant(const std::string& key) {
    stand_in.answer("AssumeRole", StandIn::session("AssumeRole", key, clock.now() + std::chrono::hours(1)));
  }
  std::vector<http::ServerRequest> asked() const { return stand_in.requests("AssumeRole"); }
  std::vector<std::filesystem::path> kept() const {
    std::vector<std::filesystem::path> files;
    std::error_code problem;
    for (const auto& entry : std::filesystem::directory_iterator(home.path() / "cache/hotaru/credentials", problem))
      files.push_back(entry.path());
    return files;
  }
};

TEST_F(AwsRole, IsAssumedWithTheKeysOfItsSourceProfile) {
  config += "external_id = outside\nrole_session_name = me\nduration_seconds = 900\nregion = eu-west-1\n";
  const auto result = find();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->access_key_id, "ASIAROLE");
  EXPECT_EQ(result->secret_access_key, "secret-ASIAROLE");
  EXPECT_EQ(result->session_token, "token-ASIAROLE");
  EXPECT_EQ(result->expiration, clock.now() + std::chrono::hours(1));
  EXPECT_EQ(result->source, "role arn:aws:iam::1:role/x (profile role)");
  ASSERT_EQ(asked().size(), 1U);
  const auto request = asked().front();
  EXPECT_EQ(signer_of(request), "AKBASE");
  EXPECT_NE(http::header(request.headers, "Authorization").find("/eu-west-1/sts/"), std::string::npos);
  EXPECT_EQ(parameter(request, "RoleArn"), "arn:aws:iam::1:role/x");
  EXPECT_EQ(parameter(request, "ExternalId"), "outside");
  EXPECT_EQ(parameter(request, "RoleSessionName"), "me");
  EXPECT_EQ(parameter(request, "DurationSeconds"), "900");
}

TEST_F(AwsRole, HasASessionNameOfOursAndStssOwnDurationWhenNothingIsSaid) {
  EXPECT_EQ(found(), "ASIAROLE");
  EXPECT_TRUE(parameter(asked().at(0), "RoleSessionName").starts_with("hotaru-"));
  EXPECT_EQ(parameter(asked().at(0), "DurationSeconds"), "");
  EXPECT_NE(http::header(asked().at(0).headers, "Authorization").find("/us-east-1/sts/"), std::string::npos);
}

TEST_F(AwsRole, IsKeptForLaterCommandsWhereNobodyElseCanRead) {
  EXPECT_EQ(found(), "ASIAROLE");
  grant("ASIANEXT");
  EXPECT_EQ(found(), "ASIAROLE");
  EXPECT_EQ(asked().size(), 1U);
  ASSERT_EQ(kept().size(), 1U);
  struct stat file{};
  ASSERT_EQ(stat(kept().front().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  ASSERT_EQ(stat(kept().front().parent_path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0700U);
}

TEST_F(AwsRole, IsAssumedAgainShortlyBeforeItsSessionExpires) {
  EXPECT_EQ(found(), "ASIAROLE");
  clock.advance(std::chrono::minutes(54));
  grant("ASIANEXT");
  EXPECT_EQ(chain->get()->access_key_id, "ASIAROLE");
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(chain->get()->access_key_id, "ASIANEXT") << "in the same command";
  EXPECT_EQ(found(), "ASIANEXT") << "and in the next";
  EXPECT_EQ(kept().size(), 1U);
}

TEST_F(AwsRole, IsAssumedAgainWhenAwsSaysThatItsSessionIsOver) {
  const auto over = find();
  ASSERT_TRUE(over);
  grant("ASIANEXT");
  EXPECT_TRUE(chain->replace(*over).value());
  EXPECT_EQ(chain->get()->access_key_id, "ASIANEXT");
  EXPECT_EQ(found(), "ASIANEXT") << "the one that was kept is gone";
}

TEST_F(AwsRole, IsAssumedWithNewCredentialsWhenAwsSaysThatTheSourcesAreOver) {
  const std::string tool = (home.path() / "tool").string();
  // Other keys each time: AKOVER, AKOVERx.
  ASSERT_TRUE(write_file(tool,
                         "#!/bin/sh\ncat <<.\n{\"Version\":1,\"AccessKeyId\":\"AKOVER$(cat $0.mark)\","
                         "\"SecretAccessKey\":\"s\"}\n.\nprintf x >>$0.mark\n",
                         0700));
  ASSERT_TRUE(write_file(tool + ".mark", "", 0600));
  config =
      "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = program\n"
      "[profile program]\ncredential_process = " +
      tool + "\n";
  stand_in.answer("AssumeRole", {400, {}, "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>"});
  EXPECT_NE(found().find("cannot be assumed"), std::string::npos);
  ASSERT_EQ(asked().size(), 2U);
  EXPECT_EQ(signer_of(asked().at(0)), "AKOVER");
  EXPECT_EQ(signer_of(asked().at(1)), "AKOVERx");
}

TEST_F(AwsRole, IsAnotherSessionWithOtherSettingsOrKeys) {
  EXPECT_EQ(found(), "ASIAROLE");
  config += "external_id = outside\n";
  EXPECT_EQ(found(), "ASIAROLE");
  credentials = "[base]\naws_access_key_id = AKOTHER\naws_secret_access_key = s\n";
  EXPECT_EQ(found(), "ASIAROLE");
  EXPECT_EQ(asked().size(), 3U);
}

TEST_F(AwsRole, CanBeAssumedByAnotherRole) {
  config +=
      "[profile second]\nrole_arn = arn:aws:iam::2:role/y\nsource_profile = role\n"
      "[profile third]\nrole_arn = arn:aws:iam::3:role/z\nsource_profile = second\n";
  environment["AWS_PROFILE"] = "third";
  EXPECT_EQ(found(), "ASIAROLE");
  ASSERT_EQ(asked().size(), 3U);
  EXPECT_EQ(signer_of(asked().at(0)), "AKBASE");
  EXPECT_EQ(parameter(asked().at(0), "RoleArn"), "arn:aws:iam::1:role/x");
  EXPECT_EQ(signer_of(asked().at(1)), "ASIAROLE");
  EXPECT_EQ(http::header(asked().at(1).headers, "X-Amz-Security-Token"), "token-ASIAROLE");
  EXPECT_EQ(parameter(asked().at(2), "RoleArn"), "arn:aws:iam::3:role/z");
}

TEST_F(AwsRole, MayNameItsOwnProfileForTheKeysInIt) {
  config =
      "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = role\n"
      "aws_access_key_id = AKSELF\naws_secret_access_key = s\n";
  EXPECT_EQ(found(), "ASIAROLE");
  EXPECT_EQ(signer_of(asked().at(0)), "AKSELF");
}

TEST_F(AwsRole, StopsAtKeysInASourceProfileThatHasARoleAsWell) {
  config += "[profile second]\nrole_arn = arn:aws:iam::2:role/y\nsource_profile = role\n";
  credentials += "[role]\naws_access_key_id = AKMIDDLE\naws_secret_access_key = s\n";
  environment["AWS_PROFILE"] = "second";
  EXPECT_EQ(found(), "ASIAROLE");
  ASSERT_EQ(asked().size(), 1U);
  EXPECT_EQ(signer_of(asked().at(0)), "AKMIDDLE");
}

TEST_F(AwsRole, CannotGoInACircle) {
  config =
      "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = second\n"
      "[profile second]\nrole_arn = arn:aws:iam::2:role/y\nsource_profile = role\n";
  EXPECT_EQ(found(), "The profile 'role' goes in a circle: role -> second -> role.");
  config = "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = role\n";
  EXPECT_EQ(found(), "The profile 'role' goes in a circle: role -> role.");
  EXPECT_EQ(stand_in.count(), 0U);
}

TEST_F(AwsRole, TakesItsCredentialsFromTheEnvironmentWhenToldTo) {
  config = "[profile role]\nrole_arn = arn:aws:iam::1:role/x\ncredential_source = Environment\n";
  environment["AWS_ACCESS_KEY_ID"] = "AKENV";
  environment["AWS_SECRET_ACCESS_KEY"] = "s";
  EXPECT_EQ(found(), "AKENV") << "keys in the environment come before AWS_PROFILE";
  EXPECT_EQ(found({.profile = "role"}), "ASIAROLE");
  EXPECT_EQ(signer_of(asked().at(0)), "AKENV");
}

TEST_F(AwsRole, TakesItsCredentialsFromAContainerWhenToldTo) {
  config = "[profile role]\nrole_arn = arn:aws:iam::1:role/x\ncredential_source = EcsContainer\n";
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = stand_in.url() + "/container";
  stand_in.answer("GET /container", {200, {}, R"({"AccessKeyId":"ASIATASK","SecretAccessKey":"s","Token":"t"})"});
  EXPECT_EQ(found(), "ASIAROLE");
  EXPECT_EQ(signer_of(asked().at(0)), "ASIATASK");
}

TEST_F(AwsRole, SaysWhatIsWrongWithItsProfile) {
  const std::string role = "[profile role]\nrole_arn = arn:aws:iam::1:role/x\n";
  const std::pair<std::string, std::string> wrong[] = {
      {"", "The profile 'role' has a role_arn and neither source_profile nor credential_source."},
      {"source_profile = base\ncredential_source = Environment\n",
       "The profile 'role' has a role_arn and both source_profile and credential_source."},
      {"credential_source = Elsewhere\n",
       "The profile 'role' has the credential_source 'Elsewhere', which does not exist."},
      {"source_profile = bse\n", "The profile 'role' has the source_profile 'bse', which does not exist."},
      {"source_profile = base\nduration_seconds = long\n", "The profile 'role' has the duration_seconds 'long'."}};
  for (const auto& [lines, message] : wrong) {
    config = role + lines;
    EXPECT_EQ(found(), message);
  }
  EXPECT_EQ(stand_in.count(), 0U);
}

TEST_F(AwsRole, SaysWhoRefusedItAndWhatToDo) {
  stand_in.answer("AssumeRole", {403,
                                 {},
                                 "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User x is not "
                                 "authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>"});
  const auto refused = find();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorClass::unauthorized);
  EXPECT_EQ(refused.error().message,
            "The role arn:aws:iam::1:role/x (profile role) cannot be assumed: User x is not authorized to perform: "
            "sts:AssumeRole.");
  EXPECT_NE(refused.error().hint.find("trust policy"), std::string::npos);
}

class AwsRoleWithMfa : public AwsRole {
 protected:
  AwsRoleWithMfa() {
    config += "mfa_serial = arn:aws:iam::1:mfa/me\n";
    ask = [this](const std::string& question) -> Result<std::string> {
      questions.push_back(question);
      return " 123456 ";
    };
  }
  std::vector<std::string> questions;
};

TEST_F(AwsRoleWithMfa, AsksForACodeOnceInTheLifeOfASession) {
  EXPECT_EQ(found(), "ASIAROLE");
  EXPECT_EQ(questions, std::vector<std::string>{"MFA code for arn:aws:iam::1:mfa/me"});
  EXPECT_EQ(parameter(asked().at(0), "SerialNumber"), "arn:aws:iam::1:mfa/me");
  EXPECT_EQ(parameter(asked().at(0), "TokenCode"), "123456");
  ask = {};
  EXPECT_EQ(found(), "ASIAROLE") << "no terminal is needed while the session is good";
  clock.advance(std::chrono::hours(1));
  const auto expired = find();
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().message,
            "The profile 'role' wants an MFA code, and there is no terminal to ask for it at.");
  EXPECT_NE(expired.error().hint.find("terminal first"), std::string::npos);
  EXPECT_EQ(asked().size(), 1U);
}

TEST_F(AwsRoleWithMfa, DoesNotAskWhenItsSourceHasNoCredentials) {
  credentials = "[base]\nregion = eu-west-1\n";
  EXPECT_NE(found().find("There are no AWS credentials in the profile 'base'"), std::string::npos);
  EXPECT_TRUE(questions.empty());
}

TEST_F(AwsRoleWithMfa, DoesNotUseACodeTwice) {
  stand_in.answer("AssumeRole", {504, {}, ""});
  EXPECT_FALSE(find());
  EXPECT_EQ(asked().size(), 1U);
}

TEST_F(AwsRoleWithMfa, KeepsCodesAndSecretsOutOfTheTrace) {
  EXPECT_EQ(found(), "ASIAROLE");
  EXPECT_NE(traced.find("sts us-east-1 AssumeRole, attempt 1: 200"), std::string::npos) << traced;
  for (const char* secret : {"123456", "secret-", "token-"}) EXPECT_EQ(traced.find(secret), std::string::npos);
}

TEST_F(AwsRoleWithMfa, PassesOnThatTheQuestionWasNotAnswered) {
  ask = [](const std::string&) -> Result<std::string> { return fail(ErrorClass::interrupted, "Interrupted."); };
  EXPECT_EQ(find().error().kind, ErrorClass::interrupted);
  ask = [](const std::string&) -> Result<std::string> { return "\n"; };
  EXPECT_EQ(found(), "No MFA code was given.");
}

}  // namespace
}  // namespace hotaru::aws
