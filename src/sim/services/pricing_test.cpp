#include <set>

#include "base/json.h"
#include "catalog/catalog.h"
#include "sim/scenario/script.h"
#include "sim/test_api.h"

namespace hotaru::sim {
namespace {

using nlohmann::json;

class Pricing : public TestApi {
 protected:
  Pricing() : script_(clock_) { world_->follow(script_); }

  std::string products(const json& filters, const json& more = json::object(), const TestSigner& signer = {}) {
    json body{{"ServiceCode", "AmazonEC2"}, {"Filters", json::array()}};
    for (const auto& [field, value] : filters.items())
      body["Filters"].push_back({{"Type", "TERM_MATCH"}, {"Field", field}, {"Value", value}});
    body.update(more);
    return ask("pricing", "AWSPriceListService.GetProducts", body.dump(), signer);
  }
  static std::vector<json> entries(const std::string& answer) {
    std::vector<json> found;
    const json page = json::parse(answer);
    for (const auto& one : page["PriceList"]) found.push_back(json::parse(one.get<std::string>()));
    return found;
  }
  static double price(const json& entry) {
    const json term = entry["terms"]["OnDemand"].front();
    return std::stod(term["priceDimensions"].front()["pricePerUnit"]["USD"].get<std::string>());
  }

  Script script_;
};

TEST_F(Pricing, TellsWhatAnHourCostsAsThePriceListDoes) {
  const auto found = entries(products({{"instanceType", "g4dn.xlarge"},
                                       {"regionCode", "us-east-1"},
                                       {"operatingSystem", "Linux"},
                                       {"tenancy", "Shared"},
                                       {"preInstalledSw", "NA"},
                                       {"capacitystatus", "Used"},
                                       {"productFamily", "Compute Instance"}}));
  ASSERT_EQ(found.size(), 1u);
  const json& attributes = found[0]["product"]["attributes"];
  EXPECT_EQ(attributes["usagetype"], "BoxUsage:g4dn.xlarge");
  EXPECT_EQ(attributes["location"], "US East (N. Virginia)");
  EXPECT_EQ(attributes["memory"], "16 GiB");
  EXPECT_EQ(attributes["gpu"], "1");
  EXPECT_EQ(price(found[0]), catalog::on_demand_price("us-east-1", "g4dn.xlarge")->usd_per_hour);
  const json term = found[0]["terms"]["OnDemand"].front();
  EXPECT_EQ(term["sku"], found[0]["product"]["sku"]);
  EXPECT_EQ(term["priceDimensions"].front()["unit"], "Hrs");
}

TEST_F(Pricing, TellsWhatAMonthOfStorageCostsAndWhatOfItIsMadeUp) {
  const auto volumes = entries(products({{"regionCode", "us-east-1"}, {"volumeApiName", "gp3"}}));
  ASSERT_EQ(volumes.size(), 3u);
  EXPECT_EQ(volumes[0]["product"]["attributes"]["usagetype"], "EBS:VolumeUsage.gp3");
  EXPECT_EQ(price(volumes[0]), 0.08);
  EXPECT_EQ(price(volumes[2]), 40.96) << "a GiB/s";
  const auto snapshots = entries(products({{"regionCode", "eu-west-1"}, {"productFamily", "Storage Snapshot"}}));
  ASSERT_EQ(snapshots.size(), 1u);
  EXPECT_NE(snapshots[0].dump().find("made up by the simulator"), std::string::npos);
  EXPECT_EQ(volumes[0].dump().find("made up"), std::string::npos);
}

TEST_F(Pricing, ListsInPagesEachOnce) {
  std::set<std::string> skus;
  std::size_t seen = 0;
  json more{{"MaxResults", 7}};
  do {
    const std::string page = products({{"instanceType", "g5.xlarge"}}, more);
    for (const json& one : entries(page)) skus.insert(one["product"]["sku"]), ++seen;
    more["NextToken"] = json::parse(page).value("NextToken", "");
  } while (more["NextToken"] != "");
  EXPECT_EQ(seen, skus.size());
  EXPECT_EQ(seen, entries(products({{"instanceType", "g5.xlarge"}})).size());
  EXPECT_GT(seen, 7u);
  EXPECT_EQ(entries(products(json::object())).size(), 100u);
}

TEST_F(Pricing, HasTheScenariosPrices) {
  script_.load(*parse_scenario("prices: [{type: g5.xlarge, region: us-east-1, on_demand: 0.25}]", "s"), clock_.now());
  const json wanted{{"instanceType", "g5.xlarge"}, {"regionCode", "us-east-1"}};
  EXPECT_EQ(price(entries(products(wanted))[0]), 0.25);
}

TEST_F(Pricing, KnowsItsServiceAndAttributes) {
  const json services = json::parse(ask("pricing", "AWSPriceListService.DescribeServices", "{}"));
  EXPECT_EQ(services["Services"][0]["ServiceCode"], "AmazonEC2");
  const auto values = [&](const char* name) {
    return ask("pricing", "AWSPriceListService.GetAttributeValues",
               json{{"ServiceCode", "AmazonEC2"}, {"AttributeName", name}}.dump());
  };
  EXPECT_EQ(json::parse(values("operatingSystem"))["AttributeValues"], json::parse(R"([{"Value":"Linux"}])"));
  EXPECT_EQ(code(values("colour")), "NotFoundException");
}

TEST_F(Pricing, RefusesAsTheServiceDoes) {
  EXPECT_TRUE(entries(products({{"operatingSystem", "Windows"}})).empty());
  EXPECT_TRUE(entries(products({{"colour", "red"}})).empty());
  EXPECT_EQ(code(products(json::object(), {{"ServiceCode", "AmazonS3"}})), "NotFoundException");
  EXPECT_EQ(code(products(json::object(), {{"FormatVersion", "aws_v9"}})), "InvalidParameterException");
  EXPECT_EQ(code(products(json::object(), {{"NextToken", "!"}})), "InvalidNextTokenException");
  EXPECT_EQ(code(products(json::object(), {{"MaxResults", 101}})), "ValidationException");
  EXPECT_EQ(code(products(json::object(), json::parse(R"({"Filters":[{"Type":"CONTAINS","Field":"a","Value":"b"}]})"))),
            "InvalidParameterException");
  TestSigner elsewhere;
  elsewhere.region = "eu-west-1";
  EXPECT_EQ(code(products(json::object(), json::object(), elsewhere)), "UnknownOperationException");
}

}  // namespace
}  // namespace hotaru::sim
