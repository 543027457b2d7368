#include "sim/iam/sessions.h"

#include "base/file.h"
#include "base/text.h"
#include "sim/metadata/tree.h"
#include "sim/test_api.h"

namespace hotaru::sim {
namespace {

const std::string key = "0123456789abcdef";

TEST(Sessions, AreWhatTheirTokensSay) {
  const Session session{"ASIAX", "role", "r", "AROA1", "s\nx", "{}", "", TimePoint{Duration{5}}};
  const SessionCredentials made = make_session(key, session);
  const auto opened = open_session(key, made.token);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->session_name, "s\nx");
  EXPECT_EQ(opened->expires, session.expires);
  EXPECT_EQ(session_secret(key, *opened), made.secret_access_key);
  EXPECT_FALSE(open_session("another", made.token));
  EXPECT_FALSE(open_session(key, "AAAA"));
  EXPECT_FALSE(open_session(key, base64_encode("ASIAX" + *base64_decode(made.token))));
}

TEST(Sessions, OfAnInstanceAreOpenedWithTheAccountsKey) {
  const Session session{"ASIAX", "role", "r", "AROA1", "i-1", "", "i-1", {}};
  const std::string own = instance_session_key(key, "i-1");
  EXPECT_TRUE(open_session(key, make_session(own, session).token));
  EXPECT_FALSE(open_session(key, make_session(instance_session_key(key, "i-2"), session).token));
}

TEST(Sessions, OfTheMetadataAreRenewedBeforeTheyExpire) {
  MachineSpec spec;
  spec.instance_id = "i-1";
  spec.iam_profile_arn = "arn:aws:iam::000000000000:instance-profile/p";
  spec.iam_role = "r";
  spec.session_key = instance_session_key(key, "i-1");
  const TimePoint start{std::chrono::hours(500'000)};
  const auto at = [&](Duration after) {
    return metadata_tree(spec, start, start + after).at("meta-data/iam/security-credentials/r");
  };
  EXPECT_EQ(at(Duration{0}), at(std::chrono::minutes(59)));
  EXPECT_NE(at(Duration{0}), at(std::chrono::minutes(60)));
  EXPECT_NE(at(Duration{0}).find(iso8601(start + std::chrono::hours(6), false)), std::string::npos);
  spec.iam_role.clear();
  const auto tree = metadata_tree(spec, start, start);
  EXPECT_TRUE(tree.contains("meta-data/iam/info"));
  EXPECT_EQ(metadata_answer(tree, "meta-data/iam/security-credentials"), std::nullopt);
}

class Iam : public TestApi {
 protected:
  std::string iam(const std::string& action, const Form& form = {}) { return of("iam", action, form); }
  std::string of(const std::string& service, const std::string& action, const Form& form = {}) {
    TestSigner signer;
    signer.service = service;
    return call(action, form, signer);
  }
  /// What a service says to a session.
  std::string say(const std::string& service, const std::string& action, const std::string& credentials) {
    TestSigner signer{value(credentials, "AccessKeyId"), value(credentials, "SecretAccessKey"), "us-east-1", service};
    auto request = signer.post("Action=" + action + "&Version=1", clock_.now());
    request.headers.emplace_back("X-Amz-Security-Token", value(credentials, "SessionToken"));
    const auto response = endpoint_->handle(request);
    return response.status == 200 ? response.body : value(response.body, "Code");
  }
  std::string assume(const std::string& name) {
    const std::string made = iam("CreateRole", {{"RoleName", name}, {"AssumeRolePolicyDocument", trust_}});
    return of("sts", "AssumeRole", {{"RoleArn", value(made, "Arn")}, {"RoleSessionName", "work"}});
  }
  std::string trust_ =
      R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"000000000000"}}})";
};

TEST_F(Iam, SessionsAreRefusedOnceTheyHaveExpired) {
  const std::string credentials = assume("r");
  EXPECT_NE(say("sts", "GetCallerIdentity", credentials).find(":assumed-role/r/work"), std::string::npos);
  EXPECT_EQ(say("ec2", "DescribeVpcs", credentials), "UnauthorizedOperation");
  clock_.advance(std::chrono::minutes(61));
  EXPECT_EQ(say("sts", "GetCallerIdentity", credentials), "ExpiredToken");
  EXPECT_EQ(say("ec2", "DescribeVpcs", credentials), "RequestExpired");
}

TEST_F(Iam, SessionsEndWithTheirRole) {
  const std::string credentials = assume("r");
  iam("DeleteRole", {{"RoleName", "r"}});
  EXPECT_EQ(say("sts", "GetCallerIdentity", credentials), "InvalidClientTokenId");
  iam("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", trust_}});
  EXPECT_EQ(say("sts", "GetCallerIdentity", credentials), "InvalidClientTokenId") << "another of that name";
}

TEST_F(Iam, KeepsWhatItKnowsOverARestart) {
  const TemporaryFolder folder;
  open(folder.path() / "world.db");
  const std::string credentials = assume("r");
  iam("AttachRolePolicy", {{"RoleName", "r"}, {"PolicyArn", "arn:aws:iam::aws:policy/AmazonEC2FullAccess"}});
  open(folder.path() / "world.db");
  EXPECT_NE(say("ec2", "DescribeVpcs", credentials).find("<vpcSet>"), std::string::npos);
}

}  // namespace
}  // namespace hotaru::sim
