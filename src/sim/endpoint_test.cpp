#include "sim/endpoint.h"

#include <signal.h>
#include <sys/resource.h>

#include "base/file.h"
#include "sim/test_api.h"

namespace hotaru::sim {
namespace {

using EndpointAnswers = TestApi;

/// While it lives, this process can write to no file: what a full disk is like.
class FullDisk {
 public:
  FullDisk() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const struct rlimit none{0, before_.rlim_max};
    ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  FullDisk(const FullDisk&) = delete;
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  struct rlimit before_{};
};

TEST_F(EndpointAnswers, ItsHealthAndItsCallersAddressWithoutASignature) {
  InMemoryTransport transport([&](const http::ServerRequest& request) { return endpoint_->handle(request); });
  EXPECT_EQ(transport.send({.url = "http://sim.example:1/"})->body, "hotaru sim\n");
  const auto address = transport.send({.url = "http://sim.example:1/checkip"});
  EXPECT_EQ(address->body, "127.0.0.1\n");
  EXPECT_EQ(http::header(address->headers, "Date"), http_date(clock_.now()));
  EXPECT_EQ(transport.send({.url = "http://sim.example:1/else"})->status, 404);
}

TEST_F(EndpointAnswers, InEc2sForm) {
  const auto response = send("Action=DescribeRegions");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(
      response.body.find("<DescribeRegionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>" +
                         http::header(response.headers, "x-amzn-RequestId") + "</requestId>"),
      std::string::npos);
}

TEST_F(EndpointAnswers, InStssForm) {
  TestSigner signer;
  signer.service = "sts";
  const std::string answer = call("GetCallerIdentity", {}, signer);
  EXPECT_EQ(value(value(answer, "GetCallerIdentityResult"), "Account"), "000000000000");
  EXPECT_NE(value(value(answer, "ResponseMetadata"), "RequestId"), "");
  signer.secret = "wrong";
  const auto refused = send("Action=GetCallerIdentity", signer);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(value(value(refused.body, "Error"), "Type"), "Sender");
  EXPECT_EQ(value(refused.body, "Code"), "SignatureDoesNotMatch");
}

TEST_F(EndpointAnswers, WrongKeysAsEc2AndStsDo) {
  TestSigner signer;
  signer.key_id = "AKIDOTHER";
  EXPECT_EQ(send("Action=DescribeVpcs", signer).status, 401);
  EXPECT_EQ(code(call("DescribeVpcs", {}, signer)), "AuthFailure");
  signer.service = "sts";
  EXPECT_EQ(code(call("GetCallerIdentity", {}, signer)), "InvalidClientTokenId");
}

TEST_F(EndpointAnswers, AnOldRequestHasExpired) {
  const auto old = TestSigner{}.post("Action=DescribeVpcs", clock_.now() - std::chrono::minutes(6));
  EXPECT_EQ(value(endpoint_->handle(old).body, "Code"), "RequestExpired");
}

TEST_F(EndpointAnswers, WhatItDoesNotHaveWithEc2sErrors) {
  EXPECT_EQ(code(call("DescribeEverything")), "InvalidAction");
  EXPECT_EQ(value(send("Version=2016-11-15").body, "Code"), "MissingAction");
  EXPECT_EQ(code(call("DescribeVpcs", {{"Colour", "red"}})), "UnknownParameter");
  TestSigner signer;
  signer.service = "sqs";
  const auto response = send("{}", signer);
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("\"__type\":\"UnknownOperationException\""), std::string::npos);
}

TEST_F(EndpointAnswers, OnlyForRegionsThatTheAccountHasEnabled) {
  TestSigner signer;
  signer.region = "af-south-1";
  EXPECT_EQ(code(call("DescribeVpcs", {}, signer)), "AuthFailure");
  signer.region = "us-nowhere-7";
  EXPECT_EQ(code(call("DescribeVpcs", {}, signer)), "AuthFailure");
}

TEST_F(EndpointAnswers, DryRunWithoutDoingIt) {
  const Form form = {{"GroupName", "a"}, {"GroupDescription", "d"}, {"DryRun", "true"}};
  const auto response = send("Action=CreateSecurityGroup&GroupName=a&GroupDescription=d&DryRun=true");
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(value(response.body, "Code"), "DryRunOperation");
  EXPECT_EQ(count(call("DescribeSecurityGroups"), "<groupName>"), 1u);
}

TEST_F(EndpointAnswers, TheSameAfterARestart) {
  const TemporaryFolder folder;
  open(folder.path() / "world.db");
  const std::string group =
      value(call("CreateSecurityGroup", {{"GroupName", "kept"}, {"GroupDescription", "d & e"}}), "groupId");
  call("CreateTags", {{"ResourceId.1", group}, {"Tag.1.Key", "k"}, {"Tag.1.Value", "<é>"}});
  const std::string vpcs = value(call("DescribeVpcs"), "vpcSet");
  open(folder.path() / "world.db");
  const std::string again = call("DescribeSecurityGroups", {{"Filter.1.Name", "tag:k"}, {"Filter.1.Value.1", "<é>"}});
  EXPECT_EQ(value(again, "groupId"), group);
  EXPECT_EQ(value(again, "groupDescription"), "d &amp; e");
  EXPECT_EQ(value(call("DescribeVpcs"), "vpcSet"), vpcs);
  EXPECT_EQ(code(call("DeleteSecurityGroup", {{"GroupId", group}})).find("InvalidGroup"), std::string::npos);
  open(folder.path() / "world.db");
  EXPECT_EQ(count(call("DescribeSecurityGroups"), "<groupName>"), 1u);
}

TEST_F(EndpointAnswers, FromMemoryWhenTheDiskIsFullAndRefusesChangesUntilItIsNot) {
  const TemporaryFolder folder;
  open(folder.path() / "world.db");
  const Form group{{"GroupName", "box"}, {"GroupDescription", "of a box"}};
  const Form named{{"Filter.1.Name", "group-name"}, {"Filter.1.Value.1", "box"}};
  const std::string before = call("DescribeVpcs");
  TestSigner elsewhere;
  elsewhere.region = "eu-west-1";
  std::string new_region;
  {
    const FullDisk full;
    EXPECT_EQ(value(call("DescribeVpcs"), "vpcId"), value(before, "vpcId"));
    const std::string refused = call("CreateSecurityGroup", group);
    EXPECT_EQ(code(refused), "InternalError");
    EXPECT_NE(refused.find("nothing was changed"), std::string::npos) << refused;
    EXPECT_EQ(value(call("DescribeSecurityGroups", named), "groupId"), "") << "it was not made";
    new_region = call("DescribeVpcs", {}, elsewhere);
    EXPECT_EQ(code(call("CreateSecurityGroup", group, elsewhere)), "InternalError");
    EXPECT_EQ(value(call("DescribeVpcs", {}, elsewhere), "vpcId"), value(new_region, "vpcId"));
  }
  const std::string id = value(call("CreateSecurityGroup", group), "groupId");
  EXPECT_NE(id, "");
  open(folder.path() / "world.db");
  EXPECT_EQ(value(call("DescribeSecurityGroups", named), "groupId"), id);
  EXPECT_EQ(value(call("DescribeVpcs", {}, elsewhere), "vpcId"), value(new_region, "vpcId"));
}

TEST_F(EndpointAnswers, NothingOfARegionWhoseFirstUseCouldNotBeWritten) {
  const TemporaryFolder folder;
  open(folder.path() / "world.db");
  {
    const FullDisk full;
    EXPECT_EQ(code(call("CreateSecurityGroup", {{"GroupName", "a"}, {"GroupDescription", "b"}})), "InternalError");
  }
  const std::string vpc = value(call("DescribeVpcs"), "vpcId");
  EXPECT_NE(vpc, "") << "it has its default VPC";
  open(folder.path() / "world.db");
  EXPECT_EQ(value(call("DescribeVpcs"), "vpcId"), vpc);
}

}  // namespace
}  // namespace hotaru::sim
