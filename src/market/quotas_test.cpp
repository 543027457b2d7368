#include "market/quotas.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "catalog/quotas.h"
#include "http/message.h"
#include "market/quota_fit.h"

namespace hotaru::market {
namespace {

std::string quota(const std::string& code, const std::string& name, int value) {
  return fmt::format(R"({{"QuotaCode":"{}","QuotaName":"{}","Value":{}.0,"Adjustable":true}})", code, name, value);
}

std::string instance(const std::string& type, const std::string& lifecycle = "") {
  return "<item><instancesSet><item><instanceId>i-1</instanceId><instanceType>" + type + "</instanceType>" +
         (lifecycle.empty() ? "" : "<instanceLifecycle>" + lifecycle + "</instanceLifecycle>") +
         "</item></instancesSet></item>";
}

/// Service Quotas and EC2, which are asked at once.
class TwoServices final : public http::Transport {
 public:
  std::string applied;   ///< quotas; "" for a refusal
  std::string defaults;  ///< the same
  std::string instances;

  Result<http::Response> send(const http::Request& request) override {
    const std::string target = http::header(request.headers, "X-Amz-Target");
    if (request.body.starts_with("Action=DescribeInstanceTypes&")) {
      return http::Response{200,
                            {},
                            "<DescribeInstanceTypesResponse><instanceTypeSet><item><instanceType>p3.2xlarge"
                            "</instanceType><vCpuInfo><defaultVCpus>8</defaultVCpus></vCpuInfo></item>"
                            "</instanceTypeSet></DescribeInstanceTypesResponse>"};
    }
    if (target.empty()) {
      return http::Response{
          200,
          {},
          "<DescribeInstancesResponse><reservationSet>" + instances + "</reservationSet></DescribeInstancesResponse>"};
    }
    const std::string& list = target.ends_with("ListServiceQuotas") ? applied : defaults;
    if (!list.empty()) return http::Response{200, {}, "{\"Quotas\":[" + list + "]}"};
    return http::Response{400, {}, R"({"__type":"AccessDeniedException","Message":"No."})"};
  }
};

class QuotasTest : public testing::Test {
 protected:
  static const QuotaState* find(const std::vector<QuotaState>& states, const char* type, bool spot) {
    const catalog::QuotaFamily* family = catalog::quota_family_of(type);
    for (const QuotaState& state : states)
      if (family != nullptr && state.family == family->name && state.spot == spot) return &state;
    return nullptr;
  }
  TwoServices services;
  FakeClock clock;
  SeededRandom random{1};
  aws::Client client{
      {}, {services, clock, random, [] { return Result<aws::Credentials>(aws::Credentials{"AK", "s", "", {}, ""}); }}};
};

const std::string g = quota("L-DB2E81BA", "Running On-Demand G and VT instances", 8);
const std::string p = quota("L-417A185B", "Running On-Demand P instances", 192);
const std::string p6_spot = quota("L-SOMETHING", "All P6 Spot Instance Requests", 64);

TEST_F(QuotasTest, TellLimitsAndWhatRunsByFamilyAndMarket) {
  services.applied = g + "," + p;
  services.defaults = quota("L-DB2E81BA", "Running On-Demand G and VT instances", 0) + "," + p6_spot;
  services.instances = instance("g4dn.xlarge") + instance("g5.2xlarge", "spot") + instance("p4d.24xlarge") +
                       instance("p5.48xlarge", "capacity-block") + instance("nobody.knows") + instance("p3.2xlarge") +
                       instance("p3.2xlarge");
  const auto states = quotas(client, "us-east-1");
  ASSERT_TRUE(states) << states.error().message;
  const QuotaState* on_demand = find(*states, "g6.xlarge", false);
  ASSERT_NE(on_demand, nullptr);
  EXPECT_EQ(on_demand->limit, 8) << "what is applied, not the default";
  EXPECT_EQ(on_demand->used, 4);
  EXPECT_EQ(on_demand->code, "L-DB2E81BA");
  EXPECT_EQ(find(*states, "g5.xlarge", true), nullptr) << "the region does not tell it";
  for (const char* sharing : {"p4d.24xlarge", "p5.48xlarge", "p6-b200.48xlarge"}) {
    const QuotaState* shared = find(*states, sharing, false);
    ASSERT_NE(shared, nullptr) << sharing;
    EXPECT_EQ(shared->used, 96 + 2 * 8) << sharing;
  }
  EXPECT_EQ(find(*states, "p6-b200.48xlarge", true)->code, "L-SOMETHING") << "a default, found by its name";
}

TEST_F(QuotasTest, AreGoodForSoManyOfTheCheapestUsualType) {
  const catalog::Catalog& catalog = catalog::built_in();
  const auto fit = quota_fit(catalog, "us-east-1", "g", false, 18);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->type->name, "g4dn.xlarge") << "neither an AMD one nor one with ARM";
  EXPECT_EQ(fit->count, 4);
  EXPECT_EQ(quota_fit(catalog, "us-east-1", "g", true, 0)->count, 0);
  EXPECT_EQ(quota_fit(catalog, "us-east-1", "p", false, 96)->count, 1);
  EXPECT_FALSE(quota_fit(catalog, "nowhere-1", "g", false, 96));
}

TEST_F(QuotasTest, AreThoseThatAreAppliedWhereTheDefaultsMayNotBeRead) {
  services.applied = g;
  EXPECT_EQ(quotas(client, "us-east-1")->size(), 1U);
}

TEST_F(QuotasTest, PassOnWhatMayNotBeRead) {
  EXPECT_EQ(quotas(client, "us-east-1").error().kind, ErrorClass::unauthorized);
}

}  // namespace
}  // namespace hotaru::market
