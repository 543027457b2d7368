#include "aws/regions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <mutex>

namespace hotaru::aws {
namespace {

/// Answers by region; one region never answers, one refuses.
class Regional final : public http::Transport {
 public:
  explicit Regional(FakeClock& clock) : clock_(clock) {}
  Result<http::Response> send(const http::Request& request) override {
    note(request);
    if (request.url.find("slow-1") != std::string::npos) {
      while (answered < 3) answered.wait(answered);  // time passes when the others are done
      clock_.advance(request.timeout);
      return fail(ErrorClass::unknown_outcome, "No answer came.");
    }
    ++answered;
    answered.notify_all();
    if (request.url.find("forbidden-1") != std::string::npos) {
      const std::string body =
          "<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>";
      return http::Response{403, {}, body};
    }
    const std::string region = request.url.substr(12, request.url.find('.', 12) - 12);
    return http::Response{200,
                          {},
                          "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>" + region +
                              "</instanceId></item></instancesSet></item></reservationSet>" +
                              "</DescribeInstancesResponse>"};
  }
  std::vector<Duration> timeouts;
  std::atomic<int> answered{0};

 private:
  void note(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    timeouts.push_back(request.timeout);
  }
  FakeClock& clock_;
  std::mutex mutex_;
};

class RegionsTest : public testing::Test {
 protected:
  auto ask(const std::vector<std::string>& regions) {
    return ask_regions<std::vector<Instance>>(client, clock, regions,
                                              [](Ec2 ec2) { return ec2.describe_instances({}); });
  }
  FakeClock clock;
  SeededRandom random{1};
  Regional transport{clock};
  Client client{{}, {transport, clock, random, [] { return Result<Credentials>(Credentials{"AK", "s", "", {}, ""}); }}};
};

TEST_F(RegionsTest, AnswerInTheirOrderAndOneThatIsSlowOrForbiddenIsAnErrorInItsPlace) {
  const Duration began = clock.steady();
  const auto answers = ask({"us-east-1", "slow-1", "eu-west-1", "forbidden-1"});
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_EQ(answers[0]->at(0).id, "us-east-1");
  EXPECT_EQ(answers[2]->at(0).id, "eu-west-1");
  EXPECT_EQ(answers[1].error().kind, ErrorClass::unknown_outcome);
  EXPECT_EQ(answers[3].error().kind, ErrorClass::unauthorized);
  EXPECT_LE(clock.steady() - began, patience_with_regions);
}

TEST_F(RegionsTest, AloneHaveTheClientsPatience) {
  ASSERT_TRUE(ask({"us-east-1"})[0]);
  EXPECT_GT(transport.timeouts.at(0), patience_with_regions);
  EXPECT_TRUE(ask({}).empty());
}

TEST_F(RegionsTest, AreAskedAtOnceAndManyInTurns) {
  std::barrier everybody(17);
  const std::vector<std::string> some(17, "us-east-1");
  const auto met = ask_regions<int>(client, clock, some, [&](const Ec2&) {
    everybody.arrive_and_wait();  // would never end if they were asked one after the other
    return Result<int>(1);
  });
  EXPECT_TRUE(std::ranges::all_of(met, [](const auto& one) { return one == 1; }));
  EXPECT_EQ(ask(std::vector<std::string>(200, "eu-west-1")).size(), 200U);
}

}  // namespace
}  // namespace hotaru::aws
