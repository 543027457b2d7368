#include "aws/endpoints.h"

#include <gtest/gtest.h>

namespace hotaru::aws {
namespace {

struct Expected {
  const char* service;
  const char* region;
  bool dual_stack;
  bool fips;
  const char* url;
};

/// As botocore 1.43.11 resolves them with its own rule sets.
constexpr Expected of_botocore[] = {
    {"ec2", "ap-northeast-1", false, false, "https://ec2.ap-northeast-1.amazonaws.com/"},
    {"ec2", "ap-northeast-1", false, true, "https://ec2-fips.ap-northeast-1.amazonaws.com/"},
    {"ec2", "ap-northeast-1", true, false, "https://ec2.ap-northeast-1.api.aws/"},
    {"ec2", "ap-northeast-1", true, true, "https://ec2-fips.ap-northeast-1.api.aws/"},
    {"ec2", "cn-north-1", false, false, "https://ec2.cn-north-1.amazonaws.com.cn/"},
    {"ec2", "cn-north-1", false, true, "https://ec2-fips.cn-north-1.amazonaws.com.cn/"},
    {"ec2", "cn-north-1", true, false, "https://ec2.cn-north-1.api.amazonwebservices.com.cn/"},
    {"ec2", "cn-north-1", true, true, "https://ec2-fips.cn-north-1.api.amazonwebservices.com.cn/"},
    {"ec2", "us-gov-west-1", false, false, "https://ec2.us-gov-west-1.amazonaws.com/"},
    {"ec2", "us-gov-west-1", false, true, "https://ec2.us-gov-west-1.amazonaws.com/"},
    {"ec2", "us-gov-west-1", true, false, "https://ec2.us-gov-west-1.api.aws/"},
    {"ec2", "us-gov-west-1", true, true, "https://ec2-fips.us-gov-west-1.api.aws/"},
    {"sts", "ap-northeast-1", false, false, "https://sts.ap-northeast-1.amazonaws.com/"},
    {"sts", "ap-northeast-1", false, true, "https://sts-fips.ap-northeast-1.amazonaws.com/"},
    {"sts", "ap-northeast-1", true, false, "https://sts.ap-northeast-1.api.aws/"},
    {"sts", "ap-northeast-1", true, true, "https://sts-fips.ap-northeast-1.api.aws/"},
    {"sts", "cn-north-1", false, false, "https://sts.cn-north-1.amazonaws.com.cn/"},
    {"sts", "cn-north-1", false, true, "https://sts-fips.cn-north-1.amazonaws.com.cn/"},
    {"sts", "cn-north-1", true, false, "https://sts.cn-north-1.api.amazonwebservices.com.cn/"},
    {"sts", "cn-north-1", true, true, "https://sts-fips.cn-north-1.api.amazonwebservices.com.cn/"},
    {"sts", "us-gov-west-1", false, false, "https://sts.us-gov-west-1.amazonaws.com/"},
    {"sts", "us-gov-west-1", false, true, "https://sts.us-gov-west-1.amazonaws.com/"},
    {"sts", "us-gov-west-1", true, false, "https://sts.us-gov-west-1.api.aws/"},
    {"sts", "us-gov-west-1", true, true, "https://sts-fips.us-gov-west-1.api.aws/"},
    {"ssm", "ap-northeast-1", false, false, "https://ssm.ap-northeast-1.amazonaws.com/"},
    {"ssm", "ap-northeast-1", false, true, "https://ssm-fips.ap-northeast-1.amazonaws.com/"},
    {"ssm", "ap-northeast-1", true, false, "https://ssm.ap-northeast-1.api.aws/"},
    {"ssm", "cn-north-1", false, false, "https://ssm.cn-north-1.amazonaws.com.cn/"},
    {"ssm", "cn-north-1", true, true, "https://ssm-fips.cn-north-1.api.amazonwebservices.com.cn/"},
    {"ssm", "us-gov-west-1", false, true, "https://ssm.us-gov-west-1.amazonaws.com/"},
    {"servicequotas", "ap-northeast-1", false, false, "https://servicequotas.ap-northeast-1.amazonaws.com/"},
    {"servicequotas", "ap-northeast-1", true, false, "https://servicequotas.ap-northeast-1.api.aws/"},
    {"servicequotas", "cn-north-1", false, false, "https://servicequotas.cn-north-1.amazonaws.com.cn/"},
    {"servicequotas", "us-gov-west-1", false, true, "https://servicequotas.us-gov-west-1.amazonaws.com/"},
    {"pricing", "us-east-1", false, false, "https://api.pricing.us-east-1.amazonaws.com/"},
    {"pricing", "eu-central-1", true, false, "https://api.pricing.eu-central-1.api.aws/"},
    {"pricing", "ap-south-1", false, true, "https://api.pricing-fips.ap-south-1.amazonaws.com/"},
    {"pricing", "cn-northwest-1", false, false, "https://api.pricing.cn-northwest-1.amazonaws.com.cn/"},
    {"sso", "ap-northeast-1", false, false, "https://portal.sso.ap-northeast-1.amazonaws.com/"},
    {"sso", "ap-northeast-1", false, true, "https://portal.sso-fips.ap-northeast-1.amazonaws.com/"},
    {"sso", "ap-northeast-1", true, false, "https://portal.sso.ap-northeast-1.api.aws/"},
    {"sso", "ap-northeast-1", true, true, "https://portal.sso-fips.ap-northeast-1.api.aws/"},
    {"sso", "cn-north-1", false, false, "https://portal.sso.cn-north-1.amazonaws.com.cn/"},
    {"sso", "cn-north-1", false, true, "https://portal.sso-fips.cn-north-1.amazonaws.com.cn/"},
    {"sso", "cn-north-1", true, false, "https://portal.sso.cn-north-1.api.amazonwebservices.com.cn/"},
    {"sso", "cn-north-1", true, true, "https://portal.sso-fips.cn-north-1.api.amazonwebservices.com.cn/"},
    {"sso", "us-gov-west-1", false, false, "https://portal.sso.us-gov-west-1.amazonaws.com/"},
    {"sso", "us-gov-west-1", false, true, "https://portal.sso.us-gov-west-1.amazonaws.com/"},
    {"sso", "us-gov-west-1", true, false, "https://portal.sso.us-gov-west-1.api.aws/"},
    {"sso", "us-gov-west-1", true, true, "https://portal.sso-fips.us-gov-west-1.api.aws/"},
    {"sso-oidc", "ap-northeast-1", false, false, "https://oidc.ap-northeast-1.amazonaws.com/"},
    {"sso-oidc", "ap-northeast-1", false, true, "https://oidc-fips.ap-northeast-1.amazonaws.com/"},
    {"sso-oidc", "ap-northeast-1", true, false, "https://oidc.ap-northeast-1.api.aws/"},
    {"sso-oidc", "ap-northeast-1", true, true, "https://oidc-fips.ap-northeast-1.api.aws/"},
    {"sso-oidc", "cn-north-1", false, false, "https://oidc.cn-north-1.amazonaws.com.cn/"},
    {"sso-oidc", "cn-north-1", false, true, "https://oidc-fips.cn-north-1.amazonaws.com.cn/"},
    {"sso-oidc", "cn-north-1", true, false, "https://oidc.cn-north-1.api.amazonwebservices.com.cn/"},
    {"sso-oidc", "cn-north-1", true, true, "https://oidc-fips.cn-north-1.api.amazonwebservices.com.cn/"},
    {"sso-oidc", "us-gov-west-1", false, false, "https://oidc.us-gov-west-1.amazonaws.com/"},
    {"sso-oidc", "us-gov-west-1", false, true, "https://oidc.us-gov-west-1.amazonaws.com/"},
    {"sso-oidc", "us-gov-west-1", true, false, "https://oidc.us-gov-west-1.api.aws/"},
    {"sso-oidc", "us-gov-west-1", true, true, "https://oidc-fips.us-gov-west-1.api.aws/"},
};

TEST(AwsEndpoints, AreThoseThatBotocoreResolves) {
  for (const Expected& expected : of_botocore) {
    Settings settings;
    settings.dual_stack = expected.dual_stack;
    settings.fips = expected.fips;
    EXPECT_EQ(endpoint_of(settings, expected.service, expected.region), expected.url)
        << expected.service << (expected.dual_stack ? " dual stack" : "") << (expected.fips ? " FIPS" : "");
  }
}

TEST(AwsEndpoints, OfOnesOwnWinOverPartitionAndFips) {
  Settings settings;
  settings.fips = true;
  settings.endpoint = "http://127.0.0.1:5000";
  settings.endpoints["ec2"] = "http://127.0.0.1:6000/";
  EXPECT_EQ(endpoint_of(settings, "ec2", "cn-north-1"), "http://127.0.0.1:6000/");
  EXPECT_EQ(endpoint_of(settings, "sts", "us-east-1"), "http://127.0.0.1:5000/");
  EXPECT_EQ(own_endpoint(settings, "sso"), "http://127.0.0.1:5000");
  EXPECT_EQ(own_endpoint(Settings{}, "ec2"), "");
}

TEST(AwsEndpoints, OfThePriceListAreInFewPlaces) {
  EXPECT_EQ(pricing_region("us-west-2"), "us-east-1");
  EXPECT_EQ(pricing_region("sa-east-1"), "us-east-1");
  EXPECT_EQ(pricing_region("eu-north-1"), "eu-central-1");
  EXPECT_EQ(pricing_region("me-south-1"), "eu-central-1");
  EXPECT_EQ(pricing_region("ap-northeast-1"), "ap-south-1");
  EXPECT_EQ(pricing_region("cn-north-1"), "cn-northwest-1");
}

TEST(AwsEndpoints, HaveNamesForPeople) {
  EXPECT_EQ(title_of("servicequotas"), "Service Quotas");
  EXPECT_EQ(title_of("other"), "other");
}

TEST(AwsEndpoints, OfARoleAreInItsOwnPartition) {
  EXPECT_EQ(home_region_of_arn("arn:aws:iam::123456789012:role/x"), "us-east-1");
  EXPECT_EQ(home_region_of_arn("arn:aws-cn:iam::123456789012:role/x"), "cn-northwest-1");
  EXPECT_EQ(home_region_of_arn("arn:aws-us-gov:iam::123456789012:role/x"), "us-gov-west-1");
  EXPECT_EQ(home_region_of_arn("no arn"), "us-east-1");
}

TEST(AwsEndpoints, OfChinaAndGovCloudAreInPartitionsOfTheirOwn) {
  EXPECT_TRUE(in_another_partition("cn-north-1"));
  EXPECT_TRUE(in_another_partition("us-gov-east-1"));
  EXPECT_FALSE(in_another_partition("us-east-1"));
  EXPECT_FALSE(in_another_partition("eu-west-1"));
}

}  // namespace
}  // namespace hotaru::aws
