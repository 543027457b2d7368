#include "base/file.h"
#include "sim/images.h"
#include "sim/null_machines.h"
#include "sim/quotas.h"
#include "sim/scenario/script.h"
#include "sim/test_api.h"

namespace hotaru::sim {
namespace {

class ServiceQuotas : public TestApi {
 protected:
  ServiceQuotas() : script_(clock_), machines_(clock_) { follow(); }

  void follow() {
    world_->follow(script_);
    const TestSigner signer;
    endpoint_.emplace(Endpoint::Config{"000000000000", {{signer.key_id, signer.secret}}}, *world_, &machines_);
  }
  void load(const std::string& yaml) {
    auto scenario = parse_scenario(yaml, "s");
    ASSERT_TRUE(scenario) << scenario.error().message;
    script_.load(*std::move(scenario), clock_.now());
  }
  std::string quotas_say(const std::string& operation, const std::string& json) {
    return ask("servicequotas", "ServiceQuotasV20190624." + operation, json);
  }
  /// "" or what the refusal is.
  std::string launch(const std::string& type, const Form& more = {}) {
    Form form{{"ImageId", image()}, {"InstanceType", type}, {"MinCount", "1"}, {"MaxCount", "1"}};
    form.insert(more.begin(), more.end());
    const std::string answer = call("RunInstances", form);
    return value(answer, "instanceId").empty() ? code(answer) : "";
  }
  static std::string image() {
    for (const Image& one : images_of("us-east-1"))
      if (one.architecture == "x86_64") return one.id;
    return "";
  }
  /// A text member of the answer's one object.
  static std::string member(const std::string& json, const std::string& name) {
    const std::string mark = "\"" + name + "\":";
    const auto at = json.find(mark);
    if (at == std::string::npos) return json;
    const auto from = at + mark.size();
    const std::string rest = json.substr(from, json.find_first_of(",}", from) - from);
    return rest.starts_with('"') ? rest.substr(1, rest.size() - 2) : rest;
  }

  static constexpr auto g = R"({"ServiceCode":"ec2","QuotaCode":"L-DB2E81BA"})";
  static constexpr auto ask_for_8 = R"({"ServiceCode":"ec2","QuotaCode":"L-DB2E81BA","DesiredValue":8})";
  Script script_;
  NullMachines machines_;
};

TEST_F(ServiceQuotas, AreAmpleUnlessAScenarioSaysOtherwise) {
  EXPECT_EQ(member(quotas_say("GetServiceQuota", g), "Value"), "1000000.0");
  EXPECT_EQ(member(quotas_say("GetAWSDefaultServiceQuota", g), "Value"), "0.0");
  load("account: new\nquotas: [{family: standard, vcpus: 32, region: us-east-1}]");
  EXPECT_EQ(member(quotas_say("GetServiceQuota", g), "Value"), "0.0");
  EXPECT_EQ(member(quotas_say("GetServiceQuota", R"({"ServiceCode":"ec2","QuotaCode":"L-1216C47A"})"), "Value"),
            "32.0");
  EXPECT_EQ(member(quotas_say("GetServiceQuota", R"({"ServiceCode":"ec2","QuotaCode":"L-34B43A08"})"), "Value"), "5.0");
}

TEST_F(ServiceQuotas, AreListedInPagesEachOnce) {
  const std::string all = quotas_say("ListServiceQuotas", R"({"ServiceCode":"ec2"})");
  EXPECT_EQ(count(all, "\"QuotaCode\""), quotas().size());
  EXPECT_EQ(count(all, "\"Running On-Demand P instances\""), 1u);
  EXPECT_EQ(count(all, "\"All P6 Spot Instance Requests\""), 1u);
  const std::string page = quotas_say("ListServiceQuotas", R"({"ServiceCode":"ec2","MaxResults":5})");
  EXPECT_EQ(count(page, "\"QuotaCode\""), 5u);
  const std::string rest = quotas_say(
      "ListServiceQuotas", R"({"ServiceCode":"ec2","NextToken":")" + JsonInput::parse(page)->text("NextToken") + "\"}");
  EXPECT_EQ(count(rest, "\"QuotaCode\""), quotas().size() - 5);
  EXPECT_EQ(count(quotas_say("ListAWSDefaultServiceQuotas", R"({"ServiceCode":"ec2"})"), "\"Value\":5.0"), 2u);
}

TEST_F(ServiceQuotas, RefuseWhatTheServiceRefuses) {
  const auto refusal = [&](const char* operation, const char* json) { return code(quotas_say(operation, json)); };
  EXPECT_EQ(refusal("GetServiceQuota", R"({"ServiceCode":"s3","QuotaCode":"L-DB2E81BA"})"), "NoSuchResourceException");
  EXPECT_EQ(refusal("GetServiceQuota", R"({"ServiceCode":"ec2","QuotaCode":"L-0"})"), "NoSuchResourceException");
  EXPECT_EQ(refusal("GetServiceQuota", R"({"ServiceCode":"ec2"})"), "ValidationException");
  EXPECT_EQ(refusal("ListServiceQuotas", R"({"ServiceCode":"ec2","NextToken":"!"})"),
            "InvalidPaginationTokenException");
  EXPECT_EQ(refusal("RequestServiceQuotaIncrease", g), "ValidationException");
  EXPECT_EQ(refusal("RequestServiceQuotaIncrease", ask_for_8), "IllegalArgumentException") << "there is more already";
  EXPECT_EQ(refusal("GetRequestedServiceQuotaChange", R"({"RequestId":"none"})"), "NoSuchResourceException");
  EXPECT_EQ(refusal("DeleteEverything", "{}"), "UnknownOperationException");
  load("account: new");
  EXPECT_EQ(
      refusal("RequestServiceQuotaIncrease", R"({"ServiceCode":"ec2","QuotaCode":"L-DB2E81BA","DesiredValue":4.5})"),
      "IllegalArgumentException");
}

TEST_F(ServiceQuotas, HoldLaunchesAndAnApprovalLetsThemPass) {
  load("account: new\nquota_requests: [{family: g, decides: approved, after: 10m}]");
  EXPECT_EQ(launch("g4dn.xlarge"), "VcpuLimitExceeded");
  EXPECT_EQ(launch("p5.48xlarge"), "VcpuLimitExceeded");
  EXPECT_EQ(launch("g4dn.xlarge", {{"InstanceMarketOptions.MarketType", "spot"}}), "MaxSpotInstanceCountExceeded");
  EXPECT_EQ(launch("t3.micro"), "");
  const std::string asked = quotas_say("RequestServiceQuotaIncrease", ask_for_8);
  EXPECT_EQ(member(asked, "Status"), "PENDING");
  EXPECT_EQ(code(quotas_say("RequestServiceQuotaIncrease", ask_for_8)), "ResourceAlreadyExistsException");
  EXPECT_EQ(launch("g4dn.xlarge"), "VcpuLimitExceeded");
  clock_.advance(std::chrono::minutes(11));
  EXPECT_EQ(launch("g4dn.xlarge"), "");
  EXPECT_EQ(launch("g4dn.2xlarge"), "VcpuLimitExceeded") << "4 of 8 are in use";
  EXPECT_EQ(launch("g5.xlarge"), "");
  const std::string id = R"({"RequestId":")" + member(asked, "Id") + "\"}";
  EXPECT_EQ(member(quotas_say("GetRequestedServiceQuotaChange", id), "Status"), "APPROVED");
  EXPECT_EQ(member(quotas_say("GetServiceQuota", g), "Value"), "8.0");
}

TEST_F(ServiceQuotas, ARequestGoesTheWayThatTheScenarioSays) {
  load(
      "account: new\n"
      "quota_requests:\n"
      "  - {family: g, region: us-east-1, decides: denied, after: 2h}\n"
      "  - {family: g, decides: case_opened, after: 1m}\n");
  const std::string id =
      R"({"RequestId":")" + member(quotas_say("RequestServiceQuotaIncrease", ask_for_8), "Id") + "\"}";
  clock_.advance(std::chrono::minutes(2));
  const std::string opened = quotas_say("GetRequestedServiceQuotaChange", id);
  EXPECT_EQ(member(opened, "Status"), "CASE_OPENED");
  EXPECT_EQ(member(opened, "CaseId").size(), 12u);
  EXPECT_EQ(code(quotas_say("RequestServiceQuotaIncrease", ask_for_8)), "ResourceAlreadyExistsException");
  clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(member(quotas_say("GetRequestedServiceQuotaChange", id), "Status"), "DENIED");
  EXPECT_EQ(member(quotas_say("GetServiceQuota", g), "Value"), "0.0");
  EXPECT_EQ(member(quotas_say("RequestServiceQuotaIncrease", ask_for_8), "Status"), "PENDING");
  const std::string history = quotas_say("ListRequestedServiceQuotaChangeHistoryByQuota", g);
  EXPECT_LT(history.find("PENDING"), history.find("DENIED")) << "the newest first";
  EXPECT_EQ(count(quotas_say("ListRequestedServiceQuotaChangeHistory", R"({"Status":"DENIED"})"), "\"Id\""), 1u);
  EXPECT_EQ(count(quotas_say("ListRequestedServiceQuotaChangeHistoryByQuota",
                             R"({"ServiceCode":"ec2","QuotaCode":"L-1216C47A"})"),
                  "\"Id\""),
            0u);
}

TEST_F(ServiceQuotas, AreRememberedOverARestart) {
  const TemporaryFolder folder;
  open(folder.path() / "world.db");
  follow();
  load("account: new\nquota_requests: [{decides: approved}]");
  quotas_say("RequestServiceQuotaIncrease", ask_for_8);
  EXPECT_EQ(member(quotas_say("GetServiceQuota", g), "Value"), "8.0");
  open(folder.path() / "world.db");
  follow();
  EXPECT_EQ(member(quotas_say("GetServiceQuota", g), "Value"), "8.0");
  TestSigner elsewhere;
  elsewhere.region = "eu-west-1";
  EXPECT_EQ(member(ask("servicequotas", "ServiceQuotasV20190624.GetServiceQuota", g, elsewhere), "Value"), "0.0");
}

}  // namespace
}  // namespace hotaru::sim
