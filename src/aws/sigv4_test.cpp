#include "aws/sigv4.h"

#include <gtest/gtest.h>

#include "base/text.h"

/// The values are AWS's own: the aws-sig-v4-test-suite that it published (names of cases kept), and the ListUsers
/// example of the IAM documentation.
namespace hotaru::aws::sigv4 {
namespace {

const Credentials example{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "", std::nullopt, "test"};
const std::string host = "https://example.amazonaws.com";
const std::string unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

TimePoint example_time() { return parse_iso8601("20150830T123600Z").value(); }

std::string authorization(const http::Request& request, const Credentials& credentials = example,
                          const std::string& service = "service") {
  return http::header(sign(request, credentials, {"us-east-1", service}, example_time()), "Authorization");
}

struct Case {
  std::string name;
  http::Request request;
  std::string signed_headers;
  std::string signature;
};

std::vector<Case> cases() {
  const auto get = [](const std::string& target, const http::Headers& headers = {}) {
    return http::Request{"GET", host + target, headers};
  };
  const auto post = [](const std::string& target, const http::Headers& headers = {}, const std::string& body = "") {
    return http::Request{"POST", host + target, headers, body};
  };
  const std::string plain = "host;x-amz-date";
  const std::string with_header = "host;my-header1;x-amz-date";
  const std::string form = "content-type;host;x-amz-date";
  const std::string vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
  return {
      {"get-vanilla", get("/"), plain, vanilla},
      {"get-vanilla-query", get("/?"), plain, vanilla},
      {"normalize-path/get-relative", get("/example/.."), plain, vanilla},
      {"normalize-path/get-relative-relative", get("/example1/example2/../.."), plain, vanilla},
      {"normalize-path/get-slash", get("//"), plain, vanilla},
      {"normalize-path/get-slash-dot-slash", get("/./"), plain, vanilla},
      {"get-vanilla-empty-query-key", get("/?Param1=value1"), plain,
       "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
      {"get-vanilla-query-order-key-case", get("/?Param2=value2&Param1=value1"), plain,
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"get-vanilla-query-unreserved", get("/?" + unreserved + "=" + unreserved), plain,
       "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
      {"get-vanilla-utf8-query", get("/?\xe1\x88\xb4=bar"), plain,
       "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
      {"get-unreserved", get("/" + unreserved), plain,
       "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
      {"get-utf8", get("/\xe1\x88\xb4"), plain, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"get-header-key-duplicate",
       get("/", {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}}), with_header,
       "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
      {"get-header-value-order",
       get("/",
           {{"My-Header1", "value4"}, {"My-Header1", "value1"}, {"My-Header1", "value3"}, {"My-Header1", "value2"}}),
       with_header, "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
      {"get-header-value-trim", get("/", {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}),
       "host;my-header1;my-header2;x-amz-date", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
      {"post-vanilla", post("/"), plain, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"post-vanilla-query", post("/?Param1=value1"), plain,
       "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
      {"post-header-key-sort", post("/", {{"My-Header1", "value1"}}), with_header,
       "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
      {"post-header-value-case", post("/", {{"My-Header1", "VALUE1"}}), with_header,
       "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
      {"post-x-www-form-urlencoded",
       post("/", {{"Content-Type", "application/x-www-form-urlencoded"}}, "Param1=value1"), form,
       "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
      {"post-x-www-form-urlencoded-parameters",
       post("/", {{"Content-Type", "application/x-www-form-urlencoded; charset=utf8"}}, "Param1=value1"), form,
       "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
  };
}

TEST(SignatureV4, SignsThePublishedTestSuiteAsPublished) {
  for (const auto& [name, request, signed_headers, signature] : cases()) {
    EXPECT_EQ(authorization(request),
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" +
                  signed_headers + ", Signature=" + signature)
        << name << "\n"
        << canonical_request(request, {{"X-Amz-Date", "20150830T123600Z"}});
  }
}

TEST(SignatureV4, SignsTheSessionTokenOfTemporaryCredentials) {
  Credentials temporary = example;
  temporary.session_token =
      "AQoDYXdzEPT//////////"
      "wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwth"
      "Ax7mSEI/qkPpKPi/"
      "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAk"
      "iY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
  const http::Request request{"POST", host + "/"};
  EXPECT_EQ(authorization(request, temporary),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date;x-amz-security-token, "
            "Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead");
  const auto added = sign(request, temporary, {"us-east-1", "service"}, example_time());
  EXPECT_EQ(http::header(added, "x-amz-security-token"), temporary.session_token);
}

TEST(SignatureV4, SignsTheDocumentedListUsersExample) {
  const http::Request request{"GET",
                              "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
                              {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}}};
  const std::string canonical = canonical_request(request, {{"X-Amz-Date", "20150830T123600Z"}});
  EXPECT_EQ(string_to_sign(canonical, {"us-east-1", "iam"}, example_time()),
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
  EXPECT_TRUE(authorization(request, example, "iam")
                  .ends_with("Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"));
}

TEST(SignatureV4, NamesThePortInTheHostUnlessItIsTheSchemesOwn) {
  const auto canonical = [](const std::string& url) { return canonical_request({"GET", url}, {}); };
  EXPECT_NE(canonical("http://127.0.0.1:5000/").find("host:127.0.0.1:5000\n"), std::string::npos);
  EXPECT_NE(canonical("http://LOCALHOST:80/").find("host:localhost\n"), std::string::npos);
  EXPECT_NE(canonical("https://a.example:443?x").find("host:a.example\n"), std::string::npos);
  EXPECT_NE(canonical("https://a.example:80/").find("host:a.example:80\n"), std::string::npos);
}

}  // namespace
}  // namespace hotaru::aws::sigv4
