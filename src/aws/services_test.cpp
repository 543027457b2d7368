// Systems Manager, Service Quotas and the price list, answered as their API references show.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "aws/pricing.h"
#include "aws/quotas.h"
#include "aws/ssm.h"
#include "base/text.h"
#include "http/fake_transport.h"

namespace hotaru::aws {
namespace {

using nlohmann::json;

class AwsServices : public testing::Test {
 protected:
  json sent(std::size_t number) const { return json::parse(transport.requests().at(number).body); }
  std::string target(std::size_t number) const {
    return http::header(transport.requests().at(number).headers, "X-Amz-Target");
  }

  http::FakeTransport transport;
  FakeClock clock;
  SeededRandom random{1};
  Client client{{}, {transport, clock, random, [] { return Result<Credentials>(Credentials{"AK", "s", "", {}, ""}); }}};
};

TEST_F(AwsServices, AskForParametersTenAtATimeAndSayWhichAreUnknown) {
  transport.answer(200, R"({"Parameters":[{"Name":"/a","Type":"String","Value":"ami-1","Version":3}],
                            "InvalidParameters":["/no"]})");
  transport.answer(200, R"({"Parameters":[{"Name":"/k","Value":"ami-2"}],"InvalidParameters":[]})");
  const auto found =
      get_parameters(client, "ap-northeast-1", {"/a", "/no", "/c", "/d", "/e", "/f", "/g", "/h", "/i", "/j", "/k"});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->values, (std::map<std::string, std::string>{{"/a", "ami-1"}, {"/k", "ami-2"}}));
  EXPECT_EQ(found->unknown, std::vector<std::string>{"/no"});
  EXPECT_EQ(sent(0)["Names"].size(), 10U);
  EXPECT_EQ(sent(1), (json{{"Names", {"/k"}}}));
  EXPECT_EQ(target(0), "AmazonSSM.GetParameters");
  EXPECT_EQ(transport.requests().at(0).url, "https://ssm.ap-northeast-1.amazonaws.com/");
}

TEST_F(AwsServices, PassOnThatParametersMayNotBeRead) {
  transport.answer(400, R"({"__type":"AccessDeniedException","Message":"User: x is not authorized"})");
  const auto refused = get_parameters(client, "us-east-1", {"/a"});
  EXPECT_EQ(refused.error().kind, ErrorClass::unauthorized);
  EXPECT_EQ(refused.error().message, "User: x is not authorized.");
  EXPECT_TRUE(get_parameters(client, "us-east-1", {})) << "nothing is asked for nothing";
}

const std::string quota = R"({"ServiceCode":"ec2","ServiceName":"Amazon Elastic Compute Cloud",
  "QuotaArn":"arn:aws:servicequotas:us-east-1:1:ec2/L-DB2E81BA","QuotaCode":"L-DB2E81BA",
  "QuotaName":"Running On-Demand G and VT instances","Value":8.0,"Unit":"None","Adjustable":true,
  "GlobalQuota":false})";

TEST_F(AwsServices, TellTheAppliedQuota) {
  transport.answer(200, R"({"Quota":)" + quota + "}");
  const auto found = get_quota(client, "us-east-1", "L-DB2E81BA");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->name, "Running On-Demand G and VT instances");
  EXPECT_EQ(found->value, 8);
  EXPECT_TRUE(found->adjustable);
  EXPECT_EQ(target(0), "ServiceQuotasV20190624.GetServiceQuota");
  EXPECT_EQ(sent(0), (json{{"ServiceCode", "ec2"}, {"QuotaCode", "L-DB2E81BA"}}));
}

TEST_F(AwsServices, TellTheDefaultWhereNoQuotaWasApplied) {
  transport.answer(400, R"({"__type":"NoSuchResourceException","Message":"The request failed"})");
  transport.answer(200, R"({"Quota":)" + quota + "}");
  EXPECT_EQ(get_quota(client, "us-east-1", "L-DB2E81BA")->code, "L-DB2E81BA");
  EXPECT_EQ(target(1), "ServiceQuotasV20190624.GetAWSDefaultServiceQuota");
  transport.answer(200, "{}");
  EXPECT_EQ(get_quota(client, "us-east-1", "L-1").error().kind, ErrorClass::unknown_outcome);
}

TEST_F(AwsServices, ListQuotasPageByPage) {
  transport.answer(200, R"({"Quotas":[)" + quota + R"(,7],"NextToken":"more"})");
  transport.answer(200, R"({"Quotas":[{"QuotaCode":"L-2","QuotaName":"n","Value":"many"}]})");
  const auto found = list_quotas(client, "us-east-1");
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ(found->at(1).value, 0);
  EXPECT_FALSE(found->at(1).adjustable);
  EXPECT_EQ(sent(1)["NextToken"], "more");
  transport.answer(200, R"({"Quotas":[]})");
  EXPECT_TRUE(list_default_quotas(client, "us-east-1"));
  EXPECT_EQ(target(2), "ServiceQuotasV20190624.ListAWSDefaultServiceQuotas");
}

TEST_F(AwsServices, AskForAHigherQuotaOnce) {
  transport.answer(200, R"({"RequestedQuota":{"Id":"d187537d15254312a9609aa51bbf7624u7W49tPO","ServiceCode":"ec2",
    "QuotaCode":"L-DB2E81BA","QuotaName":"n","DesiredValue":16.0,"Status":"PENDING","Created":1580446904.067,
    "Requester":"{}"}})");
  const auto change = request_quota_increase(client, "us-east-1", "L-DB2E81BA", 16);
  ASSERT_TRUE(change) << change.error().message;
  EXPECT_EQ(change->id, "d187537d15254312a9609aa51bbf7624u7W49tPO");
  EXPECT_EQ(change->status, "PENDING");
  EXPECT_EQ(iso8601(change->created.value()), "2020-01-31T05:01:44.067Z");
  EXPECT_FALSE(change->updated);
  EXPECT_EQ(sent(0), (json{{"ServiceCode", "ec2"}, {"QuotaCode", "L-DB2E81BA"}, {"DesiredValue", 16.0}}));
  transport.answer(400, R"({"__type":"ResourceAlreadyExistsException","Message":"Only one open request"})");
  EXPECT_EQ(request_quota_increase(client, "us-east-1", "L-DB2E81BA", 16).error().kind, ErrorClass::conflict);
}

TEST_F(AwsServices, TellWhatHasBecomeOfRequestsNewestFirst) {
  transport.answer(200, R"({"RequestedQuotas":[{"Id":"a","Status":"CASE_CLOSED","Created":1,"LastUpdated":2,
    "CaseId":"77"},{"Id":"b","Status":"APPROVED","Created":1600000000},{"Id":"c","Created":1e300}]})");
  const auto changes = quota_changes(client, "us-east-1", "");
  ASSERT_TRUE(changes) << changes.error().message;
  ASSERT_EQ(changes->size(), 3U);
  EXPECT_EQ(changes->at(0).id, "b");
  EXPECT_EQ(changes->at(1).case_id, "77");
  EXPECT_FALSE(changes->at(2).created);
  EXPECT_EQ(target(0), "ServiceQuotasV20190624.ListRequestedServiceQuotaChangeHistory");
  transport.answer(200, "{}");
  EXPECT_TRUE(quota_changes(client, "us-east-1", "L-1"));
  EXPECT_EQ(target(1), "ServiceQuotasV20190624.ListRequestedServiceQuotaChangeHistoryByQuota");
  EXPECT_EQ(sent(1)["QuotaCode"], "L-1");
  transport.answer(200, R"({"RequestedQuota":{"Id":"a","Status":"DENIED"}})");
  EXPECT_EQ(get_quota_change(client, "us-east-1", "a")->status, "DENIED");
}

/// A product as the price list has it, shortened.
json product(const std::string& type, const std::string& region, const std::string& usd) {
  return {
      {"product",
       {{"productFamily", "Compute Instance"},
        {"attributes",
         {{"instanceType", type},
          {"regionCode", region},
          {"locationType", "AWS Region"},
          {"operatingSystem", "Linux"},
          {"tenancy", "Shared"},
          {"preInstalledSw", "NA"},
          {"capacitystatus", "Used"}}},
        {"sku", "ABC"}}},
      {"serviceCode", "AmazonEC2"},
      {"terms",
       {{"OnDemand",
         {{"ABC.JRTCKXETXF",
           {{"priceDimensions",
             {{"ABC.JRTCKXETXF.6YS6EN2CT7", {{"unit", "Hrs"}, {"beginRange", "0"}, {"pricePerUnit", {{"USD", usd}}}}}}},
            {"effectiveDate", "2026-11-01T00:00:00Z"}}}}}}},
      {"version", "20261119221311"},
      {"publicationDate", "2026-11-19T22:13:11Z"}};
}

TEST_F(AwsServices, ReadPricesOfARegionWhereThePriceListIs) {
  json page{{"FormatVersion", "aws_v1"}, {"NextToken", "n"}};
  page["PriceList"] = {product("g4dn.xlarge", "ap-northeast-1", "0.7100000000").dump(), 5, "{}"};
  transport.answer(200, page.dump());
  transport.answer(200, json{{"PriceList", {product("g5.xlarge", "ap-northeast-1", "1.459").dump()}}}.dump());
  const auto prices = on_demand_prices_in(client, "ap-northeast-1");
  ASSERT_TRUE(prices) << prices.error().message;
  ASSERT_EQ(prices->size(), 2U);
  EXPECT_EQ(prices->at(0).type, "g4dn.xlarge");
  EXPECT_DOUBLE_EQ(prices->at(0).usd_per_hour, 0.71);
  EXPECT_EQ(prices->at(0).as_of, "2026-11-19");
  EXPECT_EQ(transport.requests().at(0).url, "https://api.pricing.ap-south-1.amazonaws.com/");
  EXPECT_EQ(target(0), "AWSPriceListService.GetProducts");
  EXPECT_EQ(sent(0)["Filters"].back(),
            (json{{"Type", "TERM_MATCH"}, {"Field", "regionCode"}, {"Value", "ap-northeast-1"}}));
  EXPECT_EQ(sent(0)["ServiceCode"], "AmazonEC2");
}

TEST_F(AwsServices, ReadPricesOfATypeInAllRegions) {
  transport.answer(200, json{{"PriceList", {product("g4dn.xlarge", "eu-west-1", "0.587").dump()}}}.dump());
  EXPECT_EQ(on_demand_prices_of(client, "us-east-1", "g4dn.xlarge")->at(0).region, "eu-west-1");
  EXPECT_EQ(sent(0)["Filters"].back()["Field"], "instanceType");
}

TEST_F(AwsServices, TakeNoOtherProductForAPlainLinuxInstance) {
  std::vector<OnDemandPrice> prices;
  json windows = product("g4dn.xlarge", "us-east-1", "0.71");
  windows["product"]["attributes"]["operatingSystem"] = "Windows";
  json local_zone = product("g4dn.xlarge", "us-west-2-lax-1", "0.8");
  local_zone["product"]["attributes"]["locationType"] = "AWS Local Zone";
  json yuan = product("g4dn.xlarge", "cn-north-1", "0");
  json strange = product("g4dn.xlarge", "us-east-1", "1e999");
  for (const json& one : {windows, local_zone, yuan, strange}) read_product(one.dump(), prices);
  for (const char* text : {"", "[]", "{\"terms\":[]}", "{\"product\":{\"attributes\":null}}"})
    read_product(text, prices);
  EXPECT_TRUE(prices.empty());
}

TEST_F(AwsServices, SayWhatTheyAreWhereAnAnswerIsNoJson) {
  transport.answer(200, "{broken");
  const auto broken = get_quota(client, "us-east-1", "L-1");
  EXPECT_EQ(broken.error().kind, ErrorClass::unknown_outcome);
  EXPECT_EQ(broken.error().message, "The answer is no JSON, so it is not of Service Quotas.");
}

}  // namespace
}  // namespace hotaru::aws
