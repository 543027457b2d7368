#include "sim/iam/policy.h"

#include <gtest/gtest.h>

#include "sim/iam/policy_grammar.h"

namespace hotaru::sim {
namespace {

PolicyDocument policy(const std::string& statements) {
  const auto document = read_policy(R"({"Version":"2012-10-17","Statement":)" + statements + "}");
  EXPECT_TRUE(document) << statements;
  return document.value_or(PolicyDocument{});
}

Verdict judged(const std::string& statements, const std::string& action, const std::string& resource = "*") {
  return judge({policy(statements)}, {action, resource});
}

TEST(Policies, AllowWhatTheyNameAndNothingElse) {
  const std::string statements = R"([{"Effect":"Allow","Action":["ec2:Describe*","ec2:RunInstances"],"Resource":"*"}])";
  EXPECT_EQ(judged(statements, "ec2:DescribeInstances"), Verdict::allowed);
  EXPECT_EQ(judged(statements, "EC2:describeinstances"), Verdict::allowed) << "actions have no case";
  EXPECT_EQ(judged(statements, "ec2:TerminateInstances"), Verdict::nothing_said);
}

TEST(Policies, DenyWhateverElseIsAllowed) {
  const std::string statements =
      R"([{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ec2:Stop*","Resource":"*"}])";
  EXPECT_EQ(judged(statements, "ec2:StopInstances"), Verdict::denied);
  EXPECT_EQ(judged(statements, "ec2:StartInstances"), Verdict::allowed);
}

TEST(Policies, MayNameResourcesAndAllActionsBut) {
  const std::string one = R"({"Effect":"Allow","NotAction":"iam:*","Resource":"arn:aws:ec2:*:*:instance/i-1*"})";
  EXPECT_EQ(judged(one, "ec2:StopInstances", "arn:aws:ec2:us-east-1:1:instance/i-12"), Verdict::allowed);
  EXPECT_EQ(judged(one, "ec2:StopInstances", "arn:aws:ec2:us-east-1:1:instance/i-2"), Verdict::nothing_said);
  EXPECT_EQ(judged(one, "iam:GetRole", "arn:aws:ec2:us-east-1:1:instance/i-12"), Verdict::nothing_said);
}

TEST(Policies, HoldConditionsOnWhatIsKnown) {
  const PolicyDocument document = policy(
      R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:RequestedRegion":["us-*"]}}})");
  EXPECT_EQ(judge({document}, {"ec2:X", "*", {{"aws:requestedregion", "us-east-1"}}}), Verdict::allowed);
  EXPECT_EQ(judge({document}, {"ec2:X", "*", {{"aws:requestedregion", "eu-west-1"}}}), Verdict::nothing_said);
  EXPECT_EQ(judge({document}, {"ec2:X", "*", {}}), Verdict::allowed) << "what is not known limits nothing";
  const PolicyDocument denial = policy(
      R"([{"Effect":"Allow","Action":"*","Resource":"*"},
          {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}])");
  EXPECT_EQ(judge({denial}, {"ec2:X"}), Verdict::allowed) << "nor does it deny";
}

TEST(Policies, OfTrustLetInWhomTheyName) {
  const PolicyDocument trust = policy(
      R"([{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::1:root"},
           "Condition":{"StringEquals":{"sts:ExternalId":"x"}}}])");
  PolicyQuestion question{"sts:AssumeRole"};
  EXPECT_FALSE(trusts(trust, {"arn:aws:iam::1:root"}, question)) << "without the external id";
  question.context["sts:externalid"] = "x";
  EXPECT_TRUE(trusts(trust, {"arn:aws:iam::1:root"}, question));
  EXPECT_FALSE(trusts(trust, {"arn:aws:iam::2:root"}, question));
}

std::string words(const std::string& text, PolicyUse use = PolicyUse::managed) {
  const auto no = check_policy(text, use);
  return no ? no->message : "";
}
std::string of_statement(const std::string& statement) {
  return words(R"({"Version":"2012-10-17","Statement":)" + statement + "}");
}

TEST(Policies, AreRefusedInIamsWordsAndOrder) {
  const std::string version = "Policy document must be version 2012-10-17 or greater.";
  EXPECT_EQ(words(R"({"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}})"), version);
  EXPECT_EQ(words(R"({"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}})", PolicyUse::own), "");
  EXPECT_EQ(words(R"({"Statement":{"Effect":"allow","Action":"ec2:*","Resource":"*"}})"), version);
  EXPECT_EQ(of_statement(R"({"Effect":"allow","Action":"ec2:*","Resource":"*"})"), "The policy failed legacy parsing");
  EXPECT_EQ(of_statement(R"({"Effect":"Allow","Action":"ec2:*","Resource":"*","More":1})"), "Syntax errors in policy.");
  EXPECT_EQ(of_statement(R"({"Effect":"Allow","Action":"ec2:*","NotAction":"s3:*","Resource":"*"})"),
            "Syntax errors in policy.");
  EXPECT_EQ(of_statement(R"({"Effect":"Allow","Action":"ec2:*","Resource":"i-1"})"),
            R"(Resource i-1 must be in ARN format or "*".)");
  EXPECT_EQ(of_statement(R"({"Effect":"Allow","Action":"ec2:*","Resource":"arn:x:ec2:::y"})"),
            R"(Partition "x" is not valid for resource "arn:x:ec2:::y".)");
  EXPECT_EQ(of_statement(R"({"Effect":"Allow","Action":"ec2:Run:Instances","Resource":"*"})"),
            "Actions/Condition can contain only one colon.");
  EXPECT_EQ(of_statement(R"([{"Sid":"a","Effect":"Allow","Action":"ec2:*","Resource":"*"},
                             {"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"}])"),
            "Statement IDs (SID) in a single policy must be unique.");
  EXPECT_EQ(of_statement(R"({"Effect":"Allow","Action":"ec2:*","Resource":"*",
                             "Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}})"),
            "The policy failed legacy parsing");
  EXPECT_EQ(of_statement(R"({"Effect":"Allow","Action":"ec2:*","Resource":"*",
                             "Condition":{"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}})"),
            "");
}

TEST(Policies, ThatAreNoneAreRefused) {
  const auto code = [](const std::string& text, PolicyUse use = PolicyUse::managed) {
    const auto no = check_policy(text, use);
    return no ? no->code : "";
  };
  EXPECT_EQ(code("{"), "MalformedPolicyDocument");
  EXPECT_EQ(code("[]"), "MalformedPolicyDocument");
  EXPECT_EQ(code(R"({"Statement":[{"Effect":"Perhaps","Action":"*","Resource":"*"}]})"), "MalformedPolicyDocument");
  EXPECT_EQ(code(R"({"Statement":[{"Effect":"Allow","Action":"run","Resource":"*"}]})"), "MalformedPolicyDocument");
  EXPECT_EQ(code(R"({"Statement":[{"Effect":"Allow","Action":"ec2:*"}]})"), "MalformedPolicyDocument");
  EXPECT_EQ(code(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]})"), "");
  EXPECT_EQ(
      code(R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}})", PolicyUse::trust),
      "");
  EXPECT_EQ(code(R"({"Statement":{"Effect":"Allow","Action":"ec2:RunInstances","Principal":"*"}})", PolicyUse::trust),
            "MalformedPolicyDocument");
  EXPECT_EQ(code(std::string(1'000, '[')), "MalformedPolicyDocument") << "however deep";
}

}  // namespace
}  // namespace hotaru::sim
