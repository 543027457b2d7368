// Lists that are too long to be held: parts of them are told as pages come.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "lifecycle/lab_test.h"

namespace hotaru::lifecycle {
namespace {

/// An EC2 with so many instances of hotaru's in each region, in pages; the names run against the order of the pages.
class Crowd final : public http::Transport {
 public:
  std::map<std::string, std::size_t> regions;
  std::size_t failing_page = 0;  ///< counted over all; none
  Error error{ErrorClass::unauthorized, "No more of that."};
  std::string state = "running";
  std::size_t page_asked = 0;  ///< the last time

  Result<http::Response> send(const http::Request& request) override {
    const std::lock_guard lock(mutex_);
    if (request.body.find("Action=DescribeSecurityGroups") != std::string::npos)
      return http::Response{200, {}, "<DescribeSecurityGroupsResponse/>"};
    if (request.body.find("Action=DescribeRegions") != std::string::npos)
      return http::Response{200, {}, "<DescribeRegionsResponse/>"};
    if (request.body.find("AlarmNamePrefix") != std::string::npos)
      return http::Response{200, {}, R"({"MetricAlarms": []})"};
    if (++pages_ == failing_page) return std::unexpected(error);
    const std::string region = request.url.substr(12, request.url.find('.', 12) - 12);
    page_asked = number(request.body, "MaxResults=");
    const std::size_t from = number(request.body, "NextToken=");
    return http::Response{200, {}, page(region, from)};
  }

 private:
  /// 0 if it was not sent.
  static std::size_t number(const std::string& body, const std::string& name) {
    const auto begin = body.find(name);
    if (begin == std::string::npos) return 0;
    const std::string value = body.substr(begin + name.size());
    return static_cast<std::size_t>(parse_integer(value.substr(0, value.find('&'))).value_or(0));
  }
  std::string page(const std::string& region, std::size_t from) const {
    const std::size_t all = regions.contains(region) ? regions.at(region) : 0;
    const std::size_t end = std::min(from + page_asked, all);
    std::string text = "<DescribeInstancesResponse><reservationSet><item><instancesSet>";
    for (std::size_t index = from; index < end; ++index) {
      text += fmt::format(
          "<item><instanceId>i-{0}-{1}</instanceId><instanceType>g4dn.xlarge</instanceType><instanceState><name>{2}"
          "</name></instanceState><tagSet><item><key>hotaru:name</key><value>n{3:05}</value></item></tagSet></item>",
          region, index, state, all - index);
    }
    text += "</instancesSet></item></reservationSet>";
    if (end < all) text += fmt::format("<nextToken>{}</nextToken>", end);
    return text + "</DescribeInstancesResponse>";
  }
  std::mutex mutex_;
  std::size_t pages_ = 0;
};

class ListOfMany : public testing::Test {
 protected:
  ListOfMany() { context.region = "us-east-1"; }
  Result<Listing> tell(const ListRequest& request) {
    parts.clear();
    return list(context, request, [this](const std::vector<Facts>& part) { parts.push_back(part); });
  }
  std::set<std::string> told() const {
    std::set<std::string> ids;
    for (const auto& part : parts)
      for (const Facts& facts : part) ids.insert(facts.id);
    return ids;
  }

  lab::Cloud cloud;
  lab::Process process{cloud};
  Crowd crowd;
  aws::Client client{{},
                     {crowd,
                      cloud.clock,
                      cloud.random,
                      [] { return Result<aws::Credentials>(aws::Credentials{"AK", "s", "", {}, ""}); },
                      {},
                      {}}};
  Context context{.client = client,
                  .transport = crowd,
                  .runner = cloud.programs,
                  .clock = cloud.clock,
                  .random = cloud.random,
                  .journal = process.journal,
                  .known = process.known,
                  .folders = process.folders,
                  .environment = {},
                  .scope = "many/1",
                  .region = {},
                  .login = &cloud.door};
  std::vector<std::vector<Facts>> parts;
  const ListRequest here{.regions = {"us-east-1"}, .all = false};
};

TEST_F(ListOfMany, AThousandAreReturnedSortedAndOneMoreIsToldInParts) {
  crowd.regions = {{"us-east-1", 400}, {"eu-west-1", 600}};
  const ListRequest both{.regions = {"us-east-1", "eu-west-1", "us-east-1"}, .all = false};
  auto few = tell(both);
  ASSERT_TRUE(few);
  EXPECT_TRUE(parts.empty());
  EXPECT_FALSE(few->told);
  ASSERT_EQ(few->instances.size(), 1000U);
  EXPECT_EQ(few->instances.front().region, "eu-west-1");
  EXPECT_EQ(few->instances.front().name, "n00001");
  crowd.regions["eu-west-1"] = 601;
  auto many = tell(both);
  ASSERT_TRUE(many);
  EXPECT_TRUE(many->told);
  EXPECT_TRUE(many->instances.empty());
  EXPECT_EQ(told().size(), 1001U);
}

TEST_F(ListOfMany, EachPartIsAPageSortedInItself) {
  crowd.regions = {{"us-east-1", 2500}};
  ASSERT_TRUE(tell(here));
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].size(), 1000U);
  EXPECT_EQ(parts[0].front().name, "n01501");
  EXPECT_EQ(parts[0].back().name, "n02500");
  EXPECT_EQ(parts[2].size(), 500U);
  EXPECT_EQ(told().size(), 2500U);
}

TEST_F(ListOfMany, OfManyRegionsHaveSmallerPages) {
  crowd.regions = {{"us-east-1", 1000}};
  ASSERT_TRUE(tell({.regions = {"us-east-1", "us-east-2"}, .all = false}));
  EXPECT_EQ(crowd.page_asked, 1000U);
  ASSERT_TRUE(tell({.regions = {"us-east-1", "us-east-2", "us-west-1", "us-west-2"}, .all = false}));
  EXPECT_EQ(crowd.page_asked, 500U);
  crowd.regions.clear();
  context.scope = "many/2";  // there nothing is known: everywhere
  ASSERT_TRUE(tell({}));
  EXPECT_EQ(crowd.page_asked, 117U);
}

TEST_F(ListOfMany, WithoutAnybodyToTellAllAreReturned) {
  crowd.regions = {{"us-east-1", 2500}};
  auto listing = list(context, here);
  ASSERT_TRUE(listing);
  EXPECT_FALSE(listing->told);
  EXPECT_EQ(listing->instances.size(), 2500U);
  EXPECT_EQ(listing->instances.front().name, "n00001");
}

TEST_F(ListOfMany, WhatIsKnownFollowsThem) {
  crowd.regions = {{"us-east-1", 2500}};
  ASSERT_TRUE(tell(here));
  EXPECT_EQ(process.known.all("many/1")->size(), 2500U);
  crowd.state = "stopped";
  ASSERT_TRUE(tell(here));
  EXPECT_EQ(process.known.find("many/1", "n00001")->front().state, "stopped");
  crowd.regions = {{"us-east-1", 2495}};
  ASSERT_TRUE(tell(here));
  EXPECT_EQ(process.known.all("many/1")->size(), 2495U);
}

TEST_F(ListOfMany, WhatComesAfterAPartIsLostIsSaidAndTheRestStands) {
  crowd.regions = {{"us-east-1", 3000}};
  ASSERT_TRUE(tell(here));
  crowd.failing_page = 6;  // the third of the second time
  auto cut = tell(here);
  ASSERT_TRUE(cut);
  EXPECT_EQ(told().size(), 2000U);
  ASSERT_EQ(cut->errors.size(), 1U);
  EXPECT_TRUE(cut->errors[0].error.message.ends_with("No more of that. What is listed of it is not all."));
  ASSERT_TRUE(cut->failure);
  EXPECT_EQ(cut->failure->kind, ErrorClass::unauthorized);
  EXPECT_EQ(process.known.all("many/1")->size(), 3000U) << "what was not listed is not known to be gone";
}

TEST_F(ListOfMany, AnInterruptLeavesWhatWasTold) {
  crowd.regions = {{"us-east-1", 3000}, {"eu-west-1", 1}};
  crowd.error = {ErrorClass::interrupted, "Interrupted."};
  crowd.failing_page = 3;
  auto cut = tell(here);
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->failure->kind, ErrorClass::interrupted);
  crowd.failing_page = 4;
  EXPECT_EQ(tell(here).error().kind, ErrorClass::interrupted) << "nothing was told";
}

}  // namespace
}  // namespace hotaru::lifecycle
