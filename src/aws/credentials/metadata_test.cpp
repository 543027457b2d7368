#include <gtest/gtest.h>

#include "aws/credentials/lab_test.h"

namespace hotaru::aws {
namespace {

const std::string role_path = "GET /latest/meta-data/iam/security-credentials/";

class AwsMetadata : public CredentialsTest {
 protected:
  AwsMetadata() {
    environment.erase("AWS_EC2_METADATA_DISABLED");
    environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = stand_in.url();
    stand_in.answer("PUT /latest/api/token", {200, {}, "imds-token"});
    stand_in.answer(role_path, {200, {}, "worker"});
    grant("ASIAINSTANCE", std::chrono::hours(6));
  }
  void grant(const std::string& key, Duration left) {
    stand_in.answer(role_path + "worker", {200,
                                           {},
                                           R"({"Code":"Success","AccessKeyId":")" + key +
                                               R"(","SecretAccessKey":"s","Token":"t","Expiration":")" +
                                               iso8601(clock.now() + left, false) + R"("})"});
  }
};

TEST_F(AwsMetadata, GivesTheInstancesRoleByImdsV2) {
  const auto result = find();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->access_key_id, "ASIAINSTANCE");
  EXPECT_EQ(result->session_token, "t");
  EXPECT_EQ(result->source, "instance role worker");
  const auto token = stand_in.requests("PUT /latest/api/token");
  EXPECT_EQ(http::header(token.at(0).headers, "X-aws-ec2-metadata-token-ttl-seconds"), "21600");
  const auto asked = stand_in.requests(role_path + "worker");
  EXPECT_EQ(http::header(asked.at(0).headers, "X-aws-ec2-metadata-token"), "imds-token");
  EXPECT_EQ(traced.find("imds-token"), std::string::npos);
}

TEST_F(AwsMetadata, IsTheLastToBeAsked) {
  credentials = "[default]\naws_access_key_id = AKFILE\naws_secret_access_key = s\n";
  EXPECT_EQ(found(), "AKFILE");
  EXPECT_EQ(stand_in.count(), 0U);
}

TEST_F(AwsMetadata, IsNotAskedWhenSwitchedOff) {
  environment["AWS_EC2_METADATA_DISABLED"] = "TRUE";
  EXPECT_NE(found().find("There are no AWS credentials"), std::string::npos);
  EXPECT_EQ(stand_in.count(), 0U);
  environment["AWS_EC2_METADATA_DISABLED"] = "false";
  EXPECT_EQ(found(), "ASIAINSTANCE");
}

TEST_F(AwsMetadata, OfTheFirstVersionIsNotAsked) {
  stand_in.answer("PUT /latest/api/token", {403, {}, ""});
  EXPECT_NE(found().find("or in the metadata service of an EC2 instance"), std::string::npos);
  EXPECT_EQ(stand_in.count(), 1U);
}

TEST_F(AwsMetadata, OfAnInstanceWithoutARoleHasNone) {
  stand_in.answer(role_path, {404, {}, ""});
  EXPECT_NE(found().find("There are no AWS credentials"), std::string::npos);
}

TEST_F(AwsMetadata, ThatIsNotThereIsNoError) {
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1";
  const auto none = find();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorClass::unauthorized);
  EXPECT_EQ(clock.slept().count(), 0);
}

TEST_F(AwsMetadata, SaysWhyARoleGivesNothing) {
  stand_in.answer(
      role_path + "worker",
      {200, {}, R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role worker."})"});
  EXPECT_EQ(found(), "The instance's role worker gives no credentials: EC2 cannot assume the role worker.");
}

TEST_F(AwsMetadata, IsAskedAgainBeforeItsCredentialsExpireAndOldOnesServeWhenItHasNoNewOnes) {
  EXPECT_EQ(found(), "ASIAINSTANCE");
  grant("ASIANEXT", std::chrono::hours(12));
  clock.advance(std::chrono::hours(6) - std::chrono::minutes(3));
  EXPECT_EQ(chain->get()->access_key_id, "ASIANEXT");
  clock.advance(std::chrono::hours(12));
  grant("ASIAOLD", std::chrono::hours(-1));
  EXPECT_EQ(chain->get()->access_key_id, "ASIAOLD");
  EXPECT_EQ(chain->get()->access_key_id, "ASIAOLD");
}

TEST_F(AwsMetadata, CanBeTheSourceOfARole) {
  config = "[profile role]\nrole_arn = arn:aws:iam::1:role/x\ncredential_source = Ec2InstanceMetadata\n";
  stand_in.answer("AssumeRole", StandIn::session("AssumeRole", "ASIAROLE", clock.now() + std::chrono::hours(1)));
  EXPECT_EQ(found({.profile = "role"}), "ASIAROLE");
  EXPECT_EQ(signer_of(stand_in.requests("AssumeRole").at(0)), "ASIAINSTANCE");
}

TEST_F(AwsMetadata, IsFoundWhereTheProfileSays) {
  config = "[default]\nec2_metadata_service_endpoint = " + stand_in.url() + "/\n";
  environment.erase("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  EXPECT_EQ(found(), "ASIAINSTANCE");
}

}  // namespace
}  // namespace hotaru::aws
