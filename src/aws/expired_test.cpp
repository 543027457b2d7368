#include <gtest/gtest.h>

#include "aws/client.h"
#include "http/fake_transport.h"

namespace hotaru::aws {
namespace {

const std::string good = "<DescribeRegionsResponse/>";

std::string error_body(const std::string& code) {
  return "<Response><Errors><Error><Code>" + code + "</Code><Message>m</Message></Error></Errors></Response>";
}

/// Credentials that AWS calls expired, and a source that may have others.
class ExpiredCredentials : public testing::Test {
 protected:
  Client client() {
    return Client({}, {transport,
                       clock,
                       random,
                       [this]() -> Result<Credentials> { return credentials; },
                       {},
                       {},
                       [this](const Credentials& refused) -> Result<bool> {
                         replaced.push_back(refused.access_key_id);
                         if (away) return fail(ErrorClass::unauthorized, "The session is over: aws sso login.");
                         if (next.empty()) return false;
                         credentials.access_key_id = next;
                         return true;
                       }});
  }
  std::string signer(std::size_t number) const {
    const auto signature = http::header(transport.requests().at(number).headers, "authorization");
    return signature.substr(28, signature.find('/') - 28);
  }
  static Call call(bool idempotent = true) { return {"ec2", "us-east-1", "DescribeRegions", {}, idempotent}; }

  http::FakeTransport transport;
  FakeClock clock;
  SeededRandom random{1};
  Credentials credentials{"AKOLD", "s", "t", std::nullopt, "test"};
  std::string next = "AKNEW";
  bool away = false;
  std::vector<std::string> replaced;
};

TEST_F(ExpiredCredentials, AreReplacedAndTheCallIsMadeOnceMoreWhateverItDoes) {
  for (const char* code : {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}) {
    replaced.clear();
    credentials.access_key_id = "AKOLD";
    const std::size_t before = transport.requests().size();
    transport.answer(400, error_body(code));
    transport.answer(200, good);
    EXPECT_TRUE(client().send(call(false))) << code;
    EXPECT_EQ(replaced, std::vector<std::string>{"AKOLD"});
    EXPECT_EQ(signer(before), "AKOLD");
    EXPECT_EQ(signer(before + 1), "AKNEW");
  }
}

TEST_F(ExpiredCredentials, AreReplacedOnceInACall) {
  transport.answer(400, error_body("ExpiredToken"));
  transport.answer(400, error_body("ExpiredToken"));
  EXPECT_EQ(client().send(call()).error().code, "ExpiredToken");
  EXPECT_EQ(replaced.size(), 1U);
  EXPECT_EQ(transport.requests().size(), 2U);
}

TEST_F(ExpiredCredentials, AreSaidToBeSoWhereThereAreNoOthers) {
  next.clear();
  transport.answer(400, error_body("ExpiredToken"));
  EXPECT_EQ(client().send(call()).error().code, "ExpiredToken");
  away = true;
  transport.answer(400, error_body("ExpiredToken"));
  EXPECT_EQ(client().send(call()).error().message, "The session is over: aws sso login.");
  EXPECT_EQ(transport.requests().size(), 2U);
  Client alone({}, {transport, clock, random, [this]() -> Result<Credentials> { return credentials; }, {}, {}, {}});
  transport.answer(400, error_body("ExpiredToken"));
  EXPECT_EQ(alone.send(call()).error().code, "ExpiredToken") << "nobody to ask for others";
}

}  // namespace
}  // namespace hotaru::aws
