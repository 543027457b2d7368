#include "sim/signature.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hotaru::sim {
namespace {

// From the test suite that AWS published for Signature Version 4 ("aws-sig-v4-test-suite").
const std::map<std::string, std::string> secrets = {{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}};
const TimePoint then = *parse_iso8601("20150830T123600Z");

http::ServerRequest request(const std::string& method, const std::string& query, const std::string& body,
                            const std::string& signed_headers, const std::string& signature) {
  http::ServerRequest one{method, "/", query, {}, body, ""};
  one.headers = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}};
  if (!body.empty()) one.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  one.headers.emplace_back("Authorization",
                           "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                           "SignedHeaders=" +
                               signed_headers + ", Signature=" + signature);
  return one;
}

const char* const get_vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

std::string code(const http::ServerRequest& one, TimePoint now = then) {
  const auto caller = authenticate(one, secrets, now);
  return caller ? "" : caller.error().code;
}

TEST(Signature, AwssPublishedExamplesAreAccepted) {
  const auto caller = authenticate(request("GET", "", "", "host;x-amz-date", get_vanilla), secrets, then);
  ASSERT_TRUE(caller) << caller.error().message;
  EXPECT_EQ(caller->access_key_id, "AKIDEXAMPLE");
  EXPECT_EQ(caller->region, "us-east-1");
  EXPECT_EQ(caller->service, "service");
  EXPECT_EQ(code(request("GET", "Param2=value2&Param1=value1", "", "host;x-amz-date",
                         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")),
            "");
  EXPECT_EQ(code(request("POST", "", "Param1=value1", "content-type;host;x-amz-date",
                         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")),
            "");
}

TEST(Signature, AnotherBodyQueryMethodOrHostIsNotWhatWasSigned) {
  EXPECT_EQ(code(request("GET", "a=b", "", "host;x-amz-date", get_vanilla)), "SignatureDoesNotMatch");
  EXPECT_EQ(code(request("POST", "", "", "host;x-amz-date", get_vanilla)), "SignatureDoesNotMatch");
  EXPECT_EQ(code(request("GET", "", "a=b", "host;x-amz-date", get_vanilla)), "SignatureDoesNotMatch");
  auto other = request("GET", "", "", "host;x-amz-date", get_vanilla);
  other.headers[0].second = "elsewhere.example";
  EXPECT_EQ(code(other), "SignatureDoesNotMatch");
}

TEST(Signature, TheHostMustBeSigned) {
  EXPECT_EQ(code(request("GET", "", "", "x-amz-date", get_vanilla)), "SignatureDoesNotMatch");
}

TEST(Signature, ABodyMustHaveTheHashThatItIsSaidToHave) {
  auto one = request("GET", "", "", "host;x-amz-date", get_vanilla);
  one.headers.emplace_back("X-Amz-Content-Sha256", std::string(64, '0'));
  EXPECT_EQ(code(one), "SignatureDoesNotMatch");
}

TEST(Signature, OnlyFiveMinutesAreAllowedForAWrongClock) {
  const auto one = request("GET", "", "", "host;x-amz-date", get_vanilla);
  EXPECT_EQ(code(one, then + std::chrono::minutes(5)), "");
  EXPECT_EQ(code(one, then + std::chrono::minutes(6)), "SignatureDoesNotMatch");
  EXPECT_EQ(code(one, then - std::chrono::minutes(6)), "SignatureDoesNotMatch");
}

TEST(Signature, AnUnsignedRequestIsToldSo) {
  const http::ServerRequest none{"POST", "/", "", {}, "Action=DescribeVpcs", ""};
  EXPECT_EQ(code(none), "MissingAuthenticationToken");
  http::ServerRequest odd = none;
  odd.headers = {{"Authorization", "Basic Zm9v"}};
  EXPECT_EQ(code(odd), "IncompleteSignature");
}

}  // namespace
}  // namespace hotaru::sim
