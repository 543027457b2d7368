#include "market/survey.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "base/file.h"
#include "base/text.h"
#include "http/message.h"

namespace hotaru::market {
namespace {

/// EC2 with scores for two zones, and nothing else to tell.
class ScoringCloud final : public http::Transport {
 public:
  bool forbids = false;
  std::vector<std::string> questions;

  Result<http::Response> send(const http::Request& request) override {
    const std::lock_guard lock(mutex_);
    const std::string action = request.body.substr(7, request.body.find('&') - 7);
    if (action != "GetSpotPlacementScores") return http::Response{200, {}, "<" + action + "Response/>"};
    questions.push_back(request.body);
    if (forbids)
      return http::Response{403,
                            {},
                            "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>No.</Message>"
                            "</Error></Errors></Response>"};
    return http::Response{200,
                          {},
                          "<GetSpotPlacementScoresResponse><spotPlacementScoreSet><item><region>us-east-1</"
                          "region><availabilityZoneId>use1-az2"
                          "</availabilityZoneId><score>9</score></item><item><region>eu-west-1</region>"
                          "<availabilityZoneId>euw1-az1</availabilityZoneId><score>4</score></item>"
                          "</spotPlacementScoreSet></GetSpotPlacementScoresResponse>"};
  }

 private:
  std::mutex mutex_;
};

class SurveyTest : public testing::Test {
 protected:
  Survey ask(std::vector<std::string> types, bool fresh = false) {
    SurveyRequest request;
    request.regions = {"eu-west-1", "us-east-1"};
    request.enabled = request.regions;
    request.spot_types = std::move(types);
    request.home = "us-east-1";
    request.fresh = fresh;
    auto survey = market::survey({client, clock, known, "scope", "way"}, catalog::built_in(), request);
    EXPECT_TRUE(survey) << survey.error().message;
    return std::move(*survey);
  }

  TemporaryFolder folder;
  FakeClock clock;
  SeededRandom random{1};
  ScoringCloud cloud;
  aws::Client client{
      {}, {cloud, clock, random, [] { return Result<aws::Credentials>(aws::Credentials{"AK", "s", "", {}, ""}); }}};
  store::Known known = *store::Known::open(Folders::of(Environment({{"HOME", folder.path().string()}})), clock);
  const std::vector<std::string> three{"g4dn.xlarge", "g5.xlarge", "g6.xlarge"};
};

TEST_F(SurveyTest, ScoresOfAllRegionsTakeOneCallAndAreRememberedForAQuarterOfAnHour) {
  const Survey survey = ask(three);
  ASSERT_EQ(cloud.questions.size(), 1U);
  EXPECT_NE(cloud.questions[0].find("RegionName.2=us-east-1"), std::string::npos);
  EXPECT_NE(cloud.questions[0].find("SingleAvailabilityZone=true"), std::string::npos);
  const RegionView* region = find_region(survey.market, "us-east-1");
  ASSERT_EQ(region->scores.size(), 1U);
  EXPECT_EQ(region->scores[0].zone_id, "use1-az2");
  EXPECT_EQ(region->scores[0].score, 9);
  EXPECT_TRUE(survey.notes.empty());

  clock.advance(Duration{10 * 60'000});
  const Survey again = ask(three);
  EXPECT_EQ(cloud.questions.size(), 1U);
  EXPECT_EQ(find_region(again.market, "eu-west-1")->scores.at(0).score, 4);
  EXPECT_EQ(again.market.scores_asked, survey.market.scores_asked);
  ask(three, true);
  EXPECT_EQ(cloud.questions.size(), 2U);
  clock.advance(Duration{16 * 60'000});
  ask(three);
  EXPECT_EQ(cloud.questions.size(), 3U);
}

TEST_F(SurveyTest, NobodyIsAskedForScoresThatMeanNothing) {
  EXPECT_FALSE(ask({}).market.scores_asked);
  EXPECT_FALSE(ask({"g4dn.xlarge", "g5.xlarge"}).market.scores_asked);
  EXPECT_TRUE(cloud.questions.empty());
}

TEST_F(SurveyTest, ScoresThatMayNotBeAskedForBecomeANote) {
  cloud.forbids = true;
  const Survey survey = ask(three);
  ASSERT_EQ(survey.notes.size(), 1U);
  EXPECT_NE(survey.notes[0].text.find("placement scores are not known"), std::string::npos);
  EXPECT_FALSE(survey.market.scores_asked);
  EXPECT_TRUE(find_region(survey.market, "us-east-1")->enabled);
}

}  // namespace
}  // namespace hotaru::market
