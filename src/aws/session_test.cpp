#include "aws/session.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "http/fake_transport.h"
#include "http/server.h"

namespace hotaru::aws {
namespace {

const std::string identity =
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult>"
    "</GetCallerIdentityResponse>";

class SessionTest : public testing::Test {
 protected:
  Environment environment(const std::map<std::string, std::string>& more = {}) const {
    std::map<std::string, std::string> values = {{"HOME", folder.path().string()},
                                                 {"AWS_EC2_METADATA_DISABLED", "true"}};
    values.insert(more.begin(), more.end());
    return Environment(values);
  }

  TemporaryFolder folder;
  FakeClock clock;
  SeededRandom random{1};
  http::FakeTransport transport;
};

TEST_F(SessionTest, PutsFilesSettingsCredentialsAndClientTogether) {
  ASSERT_TRUE(make_folder(folder.path() / ".aws"));
  ASSERT_TRUE(write_file(folder.path() / ".aws/config", "[profile work]\nregion = eu-west-1\n"));
  ASSERT_TRUE(write_file(folder.path() / ".aws/credentials",
                         "[work]\naws_access_key_id = AKWORK\naws_secret_access_key = s\n", 0600));
  auto session = Session::open(environment(), {.profile = "work"}, {clock, random, nullptr, {}, &transport});
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ((*session)->settings().region, "eu-west-1");
  EXPECT_EQ((*session)->credentials()->access_key_id, "AKWORK");
  EXPECT_FALSE((*session)->has_own_endpoint());
  transport.answer(200, identity);
  EXPECT_EQ(caller_identity((*session)->client(), "eu-west-1")->account, "1");
  EXPECT_EQ(transport.requests().at(0).url, "https://sts.eu-west-1.amazonaws.com/");
}

TEST_F(SessionTest, OpensWithoutCredentialsAndMissesThemAtTheFirstCall) {
  auto session = Session::open(environment(), {.region = "us-east-1"}, {clock, random, nullptr, {}, &transport});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->ec2("us-east-1").describe_regions().error().kind, ErrorClass::unauthorized);
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(SessionTest, SpeaksToARealServerOverLibcurl) {
  auto server = http::serve("127.0.0.1", 0, [](const http::ServerRequest& request) {
    const bool right = request.method == "POST" && request.body.starts_with("Action=GetCallerIdentity&") &&
                       !http::header(request.headers, "Authorization").empty();
    return right ? http::Response{200, {}, identity} : http::Response{400, {}, ""};
  });
  ASSERT_TRUE(server);
  const Overrides overrides{.region = "us-east-1",
                            .endpoint = "http://127.0.0.1:" + std::to_string((*server)->port()),
                            .credentials = Credentials{"AK", "s", "", std::nullopt, "test"}};
  auto session = Session::open(environment(), overrides, {clock, random});
  ASSERT_TRUE(session);
  EXPECT_TRUE((*session)->has_own_endpoint());
  const auto who = caller_identity((*session)->client(), "us-east-1");
  ASSERT_TRUE(who) << who.error().message;
  EXPECT_EQ(who->account, "1");
}

}  // namespace
}  // namespace hotaru::aws
