#include "sim/signature.h"

#include <gtest/gtest.h>

#include "base/digest.h"
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

TEST(Signature, WhiteSpaceInAHeaderCountsAsOneSpace) {
  const auto one = [](const std::string& value) {
    const std::string date = "20150830T123600Z";
    const std::string canonical =
        "GET\n/\n\nhost:h\nmy:a b c\nx-amz-date:" + date + "\n\nhost;my;x-amz-date\n" + hex_encode(sha256(""));
    const std::string scope = "20150830/us-east-1/ec2/aws4_request";
    const std::string to_sign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + hex_encode(sha256(canonical));
    std::string key = hmac_sha256("AWS4" + secrets.at("AKIDEXAMPLE"), "20150830");
    for (const char* step : {"us-east-1", "ec2", "aws4_request"}) key = hmac_sha256(key, step);
    http::ServerRequest sent{"GET", "/", "", {{"Host", "h"}, {"My", value}, {"X-Amz-Date", date}}, "", ""};
    sent.headers.emplace_back(
        "Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" + scope +
                             ", SignedHeaders=host;my;x-amz-date, Signature=" + hex_encode(hmac_sha256(key, to_sign)));
    return sent;
  };
  for (const char* value : {"a b c", "  a  b   c ", "a\tb \t c"}) EXPECT_EQ(code(one(value)), "") << value;
  EXPECT_EQ(code(one("ab c")), "SignatureDoesNotMatch");
}

TEST(Signature, APathIsSignedWithoutItsRedundantSegments) {
  auto one = request("GET", "", "", "host;x-amz-date", get_vanilla);
  for (const char* path : {"//", "/./", "/example/..", "/example1/example2/../..", "/.."}) {
    one.path = path;
    EXPECT_EQ(code(one), "") << path;  // "normalize-path" of the same test suite: all are "/"
  }
  for (const char* path : {"/example", "/example/"}) {
    one.path = path;
    EXPECT_EQ(code(one), "SignatureDoesNotMatch") << path;
  }
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

TEST(Signature, APresignedRequestLivesForAWeekAtMost) {
  for (const char* seconds : {"9223372036854775807", "604801", "-1", "0", "x"}) {
    http::ServerRequest one{"GET", "/", "", {{"Host", "example.amazonaws.com"}}, "", ""};
    one.query =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fec2%2Faws4_request&"
        "X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Signature=aa&X-Amz-Expires=" +
        std::string(seconds);
    EXPECT_EQ(code(one), "IncompleteSignature") << seconds;
  }
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
