#include "aws/client.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "http/fake_transport.h"

namespace hotaru::aws {
namespace {

const std::string good = "<DescribeRegionsResponse/>";

std::string error_body(const std::string& code) {
  return "<Response><Errors><Error><Code>" + code + "</Code><Message>m</Message></Error></Errors></Response>";
}

Error lost() { return Error{ErrorClass::unknown_outcome, "The connection broke off."}; }
Error refused() { return Error{ErrorClass::unavailable, "The connection was refused."}; }

/// Takes every request and answers none: each lasts as long as it may.
class Hanging final : public http::Transport {
 public:
  explicit Hanging(FakeClock& clock) : clock_(clock) {}
  Result<http::Response> send(const http::Request& request) override {
    ++asked;
    for (Duration passed{0}; passed < request.timeout; passed += Duration{1'000}) {
      clock_.advance(Duration{1'000});
      if (request.waiting) request.waiting();
    }
    return std::unexpected(lost());
  }
  int asked = 0;

 private:
  FakeClock& clock_;
};

/// A service with a token bucket as EC2's describe calls have it: 10 at once, then 5 a second.
class Throttling final : public http::Transport {
 public:
  explicit Throttling(FakeClock& clock) : clock_(clock), filled_(clock.steady()) {}
  Result<http::Response> send(const http::Request&) override {
    const Duration now = clock_.steady();
    tokens_ = std::min(10.0, tokens_ + 5 * std::chrono::duration<double>(now - filled_).count());
    filled_ = now;
    clock_.advance(Duration{10});
    if (tokens_ < 1) {
      ++refused;
      return http::Response{503, {}, error_body("RequestLimitExceeded")};
    }
    tokens_ -= 1;
    return http::Response{200, {}, good};
  }
  int refused = 0;

 private:
  FakeClock& clock_;
  Duration filled_;
  double tokens_ = 10;
};

/// Sleeping is the user's moment to press Ctrl-C.
class InterruptedClock final : public Clock {
 public:
  TimePoint now() const override { return TimePoint{}; }
  Duration steady() const override { return Duration{0}; }
  bool sleep(Duration) override { return false; }
};

class ClientTest : public testing::Test {
 protected:
  Client client(const Settings& settings = {}) {
    return Client(settings, {transport, clock, random,
                             [this]() -> Result<Credentials> {
                               ++credentials_asked;
                               return Credentials{"AKIDEXAMPLE", "secret-key", "token", std::nullopt, "test"};
                             },
                             [this](const std::string& line) { traced += line + "\n"; },
                             [this](const Silence& silence) { silences.push_back(silence); }});
  }
  static Call call(bool idempotent = true) { return {"ec2", "us-east-1", "DescribeRegions", {}, idempotent}; }

  http::FakeTransport transport;
  FakeClock clock;
  SeededRandom random{1};
  int credentials_asked = 0;
  std::string traced;
  std::vector<Silence> silences;
};

TEST_F(ClientTest, PostsASignedFormToTheRegionsEndpoint) {
  transport.answer(200, good);
  Call asked = call();
  asked.parameters = {{"Filter.1.Name", "tag:a b"}, {"Filter.1.Value.1", "x&y=/+"}};
  EXPECT_EQ(client().send(asked).value(), good);
  const auto request = transport.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://ec2.us-east-1.amazonaws.com/");
  EXPECT_EQ(request.body,
            "Action=DescribeRegions&Version=2016-11-15&Filter.1.Name=tag%3Aa%20b&Filter.1.Value.1=x%26y%3D%2F%2B");
  EXPECT_EQ(http::header(request.headers, "content-type"), "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_EQ(http::header(request.headers, "x-amz-security-token"), "token");
  EXPECT_TRUE(http::header(request.headers, "authorization").starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
}

TEST_F(ClientTest, PostsJsonToAServiceThatSpeaksIt) {
  transport.answer(200, " {\"Parameters\":[]}");
  Call asked{"ssm", "us-east-1", "GetParameters", {}, true};
  asked.target = "AmazonSSM";
  asked.body = R"({"Names":["a"]})";
  EXPECT_EQ(client().send(asked).value(), " {\"Parameters\":[]}");
  const auto request = transport.requests().at(0);
  EXPECT_EQ(request.url, "https://ssm.us-east-1.amazonaws.com/");
  EXPECT_EQ(request.body, asked.body);
  EXPECT_EQ(http::header(request.headers, "content-type"), "application/x-amz-json-1.1");
  EXPECT_EQ(http::header(request.headers, "x-amz-target"), "AmazonSSM.GetParameters");
  const std::string signature = http::header(request.headers, "authorization");
  EXPECT_NE(signature.find("/us-east-1/ssm/aws4_request"), std::string::npos);
  EXPECT_NE(signature.find("x-amz-target"), std::string::npos);
}

TEST_F(ClientTest, TakesAPageForNoAnswerOfAServiceThatSpeaksJson) {
  Call asked{"ssm", "us-east-1", "GetParameters", {}, false};
  asked.target = "AmazonSSM";
  for (const char* page : {"<html>", ""}) {
    transport.answer(200, page);
    EXPECT_EQ(client().send(asked).error().kind, ErrorClass::unknown_outcome);
  }
}

TEST_F(ClientTest, TriesAgainWhereJsonSaysThatItIsThrottled) {
  transport.answer(400, R"({"__type":"com.amazonaws.ssm#ThrottlingException","message":"Rate exceeded"})");
  transport.answer(200, "{}");
  Call asked{"ssm", "us-east-1", "GetParameters", {}, true};
  asked.target = "AmazonSSM";
  EXPECT_EQ(client().send(asked).value(), "{}");
  EXPECT_EQ(transport.requests().at(1).body, "{}");
}

TEST_F(ClientTest, KnowsTheEndpointsOfPartitionsAndSettings) {
  const auto url = [this](const Settings& settings, const std::string& service, const std::string& region) {
    transport.answer(200, good);
    Client sender = client(settings);
    EXPECT_TRUE(sender.send({service, region, "DescribeRegions", {}, true}));
    return transport.requests().back().url;
  };
  Settings settings;
  EXPECT_EQ(url(settings, "ec2", "cn-north-1"), "https://ec2.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(url(settings, "sts", "ap-northeast-1"), "https://sts.ap-northeast-1.amazonaws.com/");
  settings.endpoint = "http://127.0.0.1:5000";
  settings.endpoints["ec2"] = "http://127.0.0.1:6000/";
  EXPECT_EQ(url(settings, "ec2", "us-east-1"), "http://127.0.0.1:6000/");
  EXPECT_EQ(url(settings, "sts", "us-east-1"), "http://127.0.0.1:5000/");
}

TEST_F(ClientTest, TriesAgainWhenThrottledWithTheSameParameters) {
  transport.answer(503, error_body("RequestLimitExceeded"));
  transport.answer(503, error_body("RequestLimitExceeded"));
  transport.answer(200, good);
  Client sender = client();
  EXPECT_TRUE(sender.send(call(false)));
  const auto requests = transport.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].body, requests[2].body);
  EXPECT_EQ(sender.calls(), 3);
  EXPECT_EQ(credentials_asked, 3) << "they may have been renewed meanwhile";
}

TEST_F(ClientTest, WaitsLongerEachTimeAndNeverLongerThanItsBackoff) {
  for (int i = 0; i < 4; ++i) transport.fail(refused());
  EXPECT_FALSE(client().send(call()));
  EXPECT_EQ(transport.requests().size(), 4U);
  EXPECT_GT(clock.slept().count(), 0);
  EXPECT_LE(clock.slept().count(), 100 + 200 + 400);
}

TEST_F(ClientTest, GivesUpAfterTheAttemptsOfTheSettings) {
  Settings settings;
  settings.max_attempts = 2;
  for (int i = 0; i < 5; ++i) transport.answer(500, error_body("InternalError"));
  const auto result = client(settings).send(call());
  EXPECT_EQ(result.error().kind, ErrorClass::unavailable);
  EXPECT_EQ(result.error().code, "InternalError");
  EXPECT_EQ(transport.requests().size(), 2U);
}

TEST_F(ClientTest, GivesUpAtItsDeadlineHoweverManyAttemptsAreLeft) {
  Settings settings;
  settings.max_attempts = 1'000;
  for (int i = 0; i < 1'000; ++i) transport.answer(503, error_body("RequestLimitExceeded"));
  EXPECT_EQ(client(settings).send(call()).error().kind, ErrorClass::throttled);
  EXPECT_LE(clock.slept(), std::chrono::minutes(2));
  EXPECT_LT(transport.requests().size(), 100U);
}

TEST_F(ClientTest, DoesNotRepeatWhatIsNotIdempotentWhenTheOutcomeIsUnknown) {
  transport.fail(lost());
  EXPECT_EQ(client().send(call(false)).error().kind, ErrorClass::unknown_outcome);
  EXPECT_EQ(transport.requests().size(), 1U);
}

TEST_F(ClientTest, SendsWhatIsNotIdempotentOnAConnectionOfItsOwn) {
  for (const bool idempotent : {true, false}) {
    transport.answer(200, good);
    EXPECT_TRUE(client().send(call(idempotent)));
    EXPECT_EQ(transport.requests().back().fresh_connection, !idempotent);
  }
}

TEST_F(ClientTest, RepeatsWhatIsIdempotentWhenTheOutcomeIsUnknown) {
  transport.fail(lost());
  transport.answer(504, "<html>gateway timeout</html>");
  transport.answer(200, good);
  EXPECT_TRUE(client().send(call(true)));
}

TEST_F(ClientTest, DoesNotRepeatWhatWasRefused) {
  for (const char* code : {"UnauthorizedOperation", "InsufficientInstanceCapacity", "VcpuLimitExceeded",
                           "InvalidParameterValue", "InvalidInstanceID.NotFound"}) {
    transport.answer(400, error_body(code));
    EXPECT_EQ(client().send(call()).error().code, code);
  }
  EXPECT_EQ(transport.requests().size(), 5U);
}

TEST_F(ClientTest, DoesNotRepeatAfterCtrlCOrABadCertificate) {
  transport.fail(Error{ErrorClass::interrupted, "Interrupted."});
  EXPECT_EQ(client().send(call()).error().kind, ErrorClass::interrupted);
  transport.fail(Error{ErrorClass::unavailable, "Not trusted.", "", "CertificateNotTrusted"});
  EXPECT_EQ(client().send(call()).error().code, "CertificateNotTrusted");
  EXPECT_EQ(transport.requests().size(), 2U);
}

TEST_F(ClientTest, EndsWhenItsWaitIsInterrupted) {
  InterruptedClock pressed;
  transport.fail(refused());
  Client sender({}, {transport, pressed, random, [] { return Result<Credentials>(Credentials{}); }});
  EXPECT_EQ(sender.send(call()).error().kind, ErrorClass::interrupted);
}

TEST_F(ClientTest, SetsAWrongClockRightByTheServersDate) {
  const TimePoint server_time = clock.now() + std::chrono::hours(3);
  transport.answer(400, error_body("RequestExpired"), {{"Date", http_date(server_time)}});
  transport.answer(200, good);
  transport.answer(200, good);
  Client sender = client();
  EXPECT_TRUE(sender.send(call(false)));
  EXPECT_EQ(clock.slept().count(), 0) << "at once";
  const auto requests = transport.requests();
  EXPECT_EQ(http::header(requests.at(0).headers, "X-Amz-Date"), iso8601_compact(clock.now()));
  EXPECT_EQ(http::header(requests.at(1).headers, "X-Amz-Date"), iso8601_compact(server_time));
  EXPECT_TRUE(sender.send(call()));
  EXPECT_EQ(http::header(transport.requests().at(2).headers, "X-Amz-Date"), iso8601_compact(server_time));
}

TEST_F(ClientTest, DoesNotBlameTheClockForWrongKeys) {
  transport.answer(401, error_body("AuthFailure"), {{"Date", http_date(clock.now())}});
  EXPECT_EQ(client().send(call()).error().code, "AuthFailure");
  EXPECT_EQ(transport.requests().size(), 1U);
}

TEST_F(ClientTest, CorrectsTheClockOnlyOncePerCall) {
  for (int hours = 1; hours < 5; ++hours) {
    transport.answer(400, error_body("RequestExpired"), {{"Date", http_date(clock.now() + std::chrono::hours(hours))}});
  }
  EXPECT_EQ(client().send(call()).error().code, "RequestExpired");
  EXPECT_EQ(transport.requests().size(), 2U);
}

TEST_F(ClientTest, DoesNotTakeAPortalsPageForAnAnswer) {
  transport.answer(200, "<html>Please sign in</html>");
  const auto result = client().send(call(false));
  EXPECT_EQ(result.error().kind, ErrorClass::unknown_outcome);
  EXPECT_EQ(transport.requests().size(), 1U);
}

TEST_F(ClientTest, NeedsARegionAndCredentialsBeforeItSendsAnything) {
  EXPECT_EQ(client().send({"ec2", "", "DescribeRegions", {}, true}).error().kind, ErrorClass::invalid);
  Client without(
      {}, {transport, clock, random, []() -> Result<Credentials> { return fail(ErrorClass::unauthorized, "None."); }});
  EXPECT_EQ(without.send(call()).error().kind, ErrorClass::unauthorized);
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(ClientTest, FindsTheRateThatAServiceTakes) {
  const auto refused_of = [this](RetryMode mode, int calls) {
    Throttling service(clock);
    Settings settings;
    settings.retry_mode = mode;
    settings.max_attempts = 20;
    Client sender(settings, {service, clock, random, [] { return Result<Credentials>(Credentials{}); }});
    for (int i = 0; i < calls; ++i) EXPECT_TRUE(sender.send(call())) << i;
    return service.refused;
  };
  const int hammering = refused_of(RetryMode::standard, 300);
  const Duration began = clock.steady();
  const int adapted = refused_of(RetryMode::adaptive, 300);
  EXPECT_GT(hammering, 100);
  EXPECT_LT(adapted, hammering / 4);
  EXPECT_LT(clock.steady() - began, std::chrono::seconds(120)) << "300 calls at 5 a second take 58 s at best";
}

TEST_F(ClientTest, SlowsDownNoRegionButTheOneThatIsThrottled) {
  transport.answer(503, error_body("RequestLimitExceeded"));
  for (int i = 0; i < 12; ++i) transport.answer(200, good);
  Client sender = client();
  EXPECT_TRUE(sender.send(call()));
  const Duration slept = clock.slept();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(sender.send({"ec2", "eu-west-1", "DescribeRegions", {}, true}));
  EXPECT_EQ(clock.slept(), slept);
  EXPECT_TRUE(sender.send(call()));
  EXPECT_GT(clock.slept(), slept);
}

TEST_F(ClientTest, StopsRetryingWhereMostCallsFail) {
  for (int i = 0; i < 1'000; ++i) transport.answer(500, error_body("InternalError"));
  Client sender = client();
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(sender.send(call()));
  EXPECT_EQ(transport.requests().size(), 200U) << "100 calls, and 500 tokens at 5 a retry";
  EXPECT_FALSE(sender.send({"ec2", "eu-west-1", "DescribeRegions", {}, true}));
  EXPECT_EQ(transport.requests().size(), 204U) << "another region has a budget of its own";
}

TEST_F(ClientTest, KeepsToTheDeadlineOfItsCall) {
  Hanging hanging(clock);
  Client sender({}, {hanging, clock, random, [] { return Result<Credentials>(Credentials{}); }});
  Call hurried = call();
  hurried.deadline = clock.steady() + std::chrono::seconds(3);
  const Duration began = clock.steady();
  EXPECT_EQ(sender.send(hurried).error().kind, ErrorClass::unknown_outcome);
  EXPECT_EQ(clock.steady() - began, std::chrono::seconds(3));
  const auto late = sender.send(hurried);
  EXPECT_EQ(late.error().message, "EC2 in us-east-1 has not answered in time.");
  EXPECT_EQ(late.error().kind, ErrorClass::unavailable);
  EXPECT_EQ(hanging.asked, 1);
}

TEST_F(ClientTest, TellsHowLongARegionHasBeenSilentAndThatItAnswersAgain) {
  Client sender = client();
  for (int i = 0; i < 8; ++i) transport.fail(refused());
  EXPECT_FALSE(sender.send(call()));
  clock.advance(Duration{30'000});
  EXPECT_FALSE(sender.send(call()));
  ASSERT_EQ(silences.size(), 8U);
  EXPECT_EQ(silences.back().who, "EC2 in us-east-1");
  EXPECT_EQ(silences.back().what, "does not answer");
  EXPECT_GE(silences.back().lasted.count(), 30'000);
  EXPECT_FALSE(silences.back().over);
  transport.answer(400, error_body("InvalidInstanceID.NotFound"));
  EXPECT_FALSE(sender.send(call()));
  ASSERT_EQ(silences.size(), 9U);
  EXPECT_TRUE(silences.back().over);
  EXPECT_GE(silences.back().lasted.count(), 30'000);
  transport.answer(200, good);
  EXPECT_TRUE(sender.send(call()));
  EXPECT_EQ(silences.size(), 9U) << "what was never silent is not told";
}

TEST_F(ClientTest, TellsTroubleFromSilenceAndOneRegionFromAnother) {
  transport.answer(503, error_body("RequestLimitExceeded"));
  transport.answer(503, error_body("Unavailable"));
  transport.answer(200, good);
  EXPECT_TRUE(client().send(call()));
  ASSERT_EQ(silences.size(), 3U);
  EXPECT_EQ(silences[0].what, "asks for patience");
  EXPECT_EQ(silences[1].what, "is in trouble");
  EXPECT_TRUE(silences[2].over);
  transport.fail(refused());
  transport.answer(200, good);
  EXPECT_TRUE(client().send({"ec2", "eu-west-1", "DescribeRegions", {}, true}));
  EXPECT_EQ(silences[3].who, "EC2 in eu-west-1");
}

TEST_F(ClientTest, SaysNothingOfSilenceWhenTheUserPressesCtrlC) {
  transport.fail(Error{ErrorClass::interrupted, "Interrupted."});
  EXPECT_FALSE(client().send(call()));
  EXPECT_TRUE(silences.empty());
}

TEST_F(ClientTest, TellsAfterSomeSecondsThatNobodyAnswersAndGivesUpWithinHalfAMinute) {
  Hanging hanging(clock);
  Client sender({}, {hanging,
                     clock,
                     random,
                     [] { return Result<Credentials>(Credentials{}); },
                     {},
                     [this](const Silence& silence) { silences.push_back(silence); }});
  const Duration began = clock.steady();
  EXPECT_EQ(sender.send(call()).error().kind, ErrorClass::unknown_outcome);
  EXPECT_LE(clock.steady() - began, Duration{30'000});
  EXPECT_EQ(hanging.asked, 1);
  ASSERT_GE(silences.size(), 20U) << "told while it is waited for";
  EXPECT_EQ(silences.at(4).lasted, Duration{5'000});
}

TEST_F(ClientTest, SignsNothingAndAsksForNoCredentialsWhenACallIsAnonymous) {
  transport.answer(200, good);
  Call anonymous = call();
  anonymous.anonymous = true;
  EXPECT_TRUE(client().send(anonymous));
  EXPECT_EQ(credentials_asked, 0);
  EXPECT_EQ(http::header(transport.requests().at(0).headers, "Authorization"), "");
  EXPECT_EQ(http::header(transport.requests().at(0).headers, "X-Amz-Date"), "");
}

TEST_F(ClientTest, TracesEachAttemptWithoutSecrets) {
  transport.fail(refused());
  transport.answer(200, good);
  EXPECT_TRUE(client().send(call()));
  EXPECT_NE(traced.find("Z ec2 us-east-1 DescribeRegions, attempt 1: unavailable: The connection was refused. (0 ms)"),
            std::string::npos)
      << traced;
  EXPECT_NE(traced.find("Z ec2 us-east-1 DescribeRegions, attempt 2: 200, 26 bytes (0 ms)"), std::string::npos)
      << traced;
  EXPECT_EQ(traced.find("secret-key"), std::string::npos);
  EXPECT_EQ(traced.find("AKIDEXAMPLE"), std::string::npos);
}

}  // namespace
}  // namespace hotaru::aws
