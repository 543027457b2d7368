#include "sim/control/request_log.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"

namespace hotaru::sim {
namespace {

constexpr TimePoint noon{Duration{1'700'000'000'000}};
const std::string authorization =
    "AWS4-HMAC-SHA256 Credential=AKIASIMULATED0000000/20231114/eu-west-1/ec2/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=0123456789abcdef";

std::string line(const std::string& body, const http::Response& response, const std::string& query = "") {
  return request_line(noon, {"POST", "/", query, {{"authorization", authorization}}, body, "127.0.0.1"}, response,
                      Duration{12});
}

TEST(RequestLog, TellsActionRegionStatusAndDuration) {
  EXPECT_EQ(line("Action=RunInstances&Version=2016-11-15&UserData=c2VjcmV0", {200, {}, ""}),
            "2023-11-14T22:13:20.000Z ec2 RunInstances eu-west-1 200 ok 12 ms");
  EXPECT_NE(line("Version=2016-11-15&Action=DescribeVpcs", {200, {}, ""}).find(" DescribeVpcs "), std::string::npos);
  EXPECT_NE(line("", {200, {}, ""}, "Action=DescribeVpcs&Version=1").find(" DescribeVpcs "), std::string::npos);
}

TEST(RequestLog, TellsTheErrorCode) {
  const http::Response refusal{
      400, {}, "<Response><Errors><Error><Code>InvalidAction</Code></Error></Errors></Response>"};
  EXPECT_TRUE(line("Action=Nonsense", refusal).ends_with("eu-west-1 400 InvalidAction 12 ms"));
}

TEST(RequestLog, KeepsTextOfOthersOutOfItsLines) {
  const std::string text = line("Action=Run%0aInstances\nInjected", {200, {}, ""});
  EXPECT_EQ(lines(text).size(), 1u);
  EXPECT_NE(text.find(" Run eu-west-1 "), std::string::npos);
  EXPECT_EQ(text.find("Signature"), std::string::npos);
}

TEST(RequestLog, BeginsAnewWhenItIsLarge) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "log";
  LineLog log(file, 20);
  log.write("first first");
  log.write("second second");
  EXPECT_EQ(read_file(file).value(), "second second\n");
  EXPECT_EQ(read_file(file.string() + ".1").value(), "first first\n");
}

}  // namespace
}  // namespace hotaru::sim
