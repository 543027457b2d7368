#include "sim/alarms/test_alarms.h"
#include "sim/cbor.h"

namespace hotaru::sim {
namespace {

class CloudWatch : public TestAlarms {
 protected:
  std::string refusal(const std::string& operation, const std::string& json) {
    return code(cloudwatch(operation, json));
  }
  std::string put_refusal(const std::string& more) {
    return refusal("PutMetricAlarm", checks_alarm("i-00000000000000001", "stop", more));
  }
  std::vector<std::string> names(const std::string& json) {
    std::vector<std::string> found;
    const auto answer = JsonInput::parse(cloudwatch("DescribeAlarms", json));
    for (const JsonInput& one : answer->objects("MetricAlarms")) found.push_back(one.text("AlarmName"));
    return found;
  }
  void put(const std::string& name) {
    const std::string json = checks_alarm("i-00000000000000001", "stop");
    EXPECT_EQ(cloudwatch("PutMetricAlarm", R"({"AlarmName":")" + name + "\"," + json.substr(json.find("\"Namespace"))),
              "{}");
  }
};

TEST_F(CloudWatch, AnAlarmIsDescribedAsItWasPut) {
  EXPECT_EQ(cloudwatch("PutMetricAlarm", checks_alarm("i-00000000000000001", "stop",
                                                      R"("AlarmDescription":"d","TreatMissingData":"missing")")),
            "{}");
  const auto answer = JsonInput::parse(cloudwatch("DescribeAlarms", R"({"AlarmNames":["checks"]})"));
  const JsonInput one = answer->objects("MetricAlarms").at(0);
  EXPECT_EQ(one.text("AlarmArn"), "arn:aws:cloudwatch:us-east-1:000000000000:alarm:checks");
  EXPECT_EQ(one.text("AlarmDescription"), "d");
  EXPECT_EQ(one.text("StateValue"), "INSUFFICIENT_DATA");
  EXPECT_EQ(one.optional_integer("Period"), 60);
  EXPECT_EQ(one.optional_real("Threshold"), 1.0);
  EXPECT_EQ(one.objects("Dimensions").at(0).text("Value"), "i-00000000000000001");
  EXPECT_TRUE(one.flag("ActionsEnabled"));
  EXPECT_EQ(one.list("AlarmActions").size(), 1u);
}

TEST_F(CloudWatch, WhatIsWrongIsRefused) {
  EXPECT_EQ(put_refusal(R"("Period":45)"), "ValidationError");
  EXPECT_EQ(put_refusal(R"("Period":0)"), "ValidationError");
  EXPECT_EQ(put_refusal(R"("Period":60,"EvaluationPeriods":1441)"), "ValidationError") << "more than a day";
  EXPECT_EQ(put_refusal(R"("Period":60,"EvaluationPeriods":1440)"), "{}");
  EXPECT_EQ(put_refusal(R"("Period":3600,"EvaluationPeriods":168)"), "{}");
  EXPECT_EQ(put_refusal(R"("Period":3600,"EvaluationPeriods":169)"), "ValidationError") << "more than seven days";
  EXPECT_EQ(put_refusal(R"("Period":9223372036854775800,"EvaluationPeriods":1)"), "ValidationError");
  EXPECT_EQ(put_refusal(R"("DatapointsToAlarm":4)"), "ValidationError");
  EXPECT_EQ(put_refusal(R"("Statistic":"Median")"), "ValidationError");
  EXPECT_EQ(put_refusal(R"("ComparisonOperator":"Equal")"), "ValidationError");
  EXPECT_EQ(put_refusal(R"("TreatMissingData":"never")"), "ValidationError");
  EXPECT_EQ(put_refusal(R"("Dimensions":[])"), "ValidationError") << "an action needs an instance";
  EXPECT_EQ(put_refusal(R"("OKActions":["a","b","c","d","e","f"])"), "ValidationError");
  EXPECT_EQ(put_refusal(R"("OKActions":["arn:aws:automate:eu-west-1:ec2:stop"])"), "ValidationError");
  EXPECT_EQ(put_refusal(R"("OKActions":["arn:aws:sns:us-east-1:1:topic"])"), "ValidationError");
  EXPECT_EQ(put_refusal(R"("Metrics":[])"), "ValidationError");
  EXPECT_EQ(refusal("PutMetricAlarm", R"({"AlarmName":"a"})"), "ValidationError");
  EXPECT_EQ(refusal("PutMetricAlarm", R"({"AlarmName":")" + std::string(256, 'a') + "\"}"), "ValidationError");
  EXPECT_EQ(refusal("SetAlarmState", R"({"AlarmName":"none","StateValue":"OK","StateReason":""})"), "ResourceNotFound");
  EXPECT_EQ(refusal("DeleteEverything", "{}"), "UnknownOperationException");
}

TEST_F(CloudWatch, AlarmsAreFoundByNamePrefixAndState) {
  for (const char* name : {"a1", "a2", "b"}) put(name);
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("{}"), (Names{"a1", "a2", "b"}));
  EXPECT_EQ(names(R"({"AlarmNames":["b","none"]})"), Names{"b"});
  EXPECT_EQ(names(R"({"AlarmNamePrefix":"a"})"), (Names{"a1", "a2"}));
  EXPECT_EQ(names(R"({"StateValue":"OK"})"), Names{});
  EXPECT_EQ(names(R"({"ActionPrefix":"arn:aws:automate"})").size(), 3u);
  EXPECT_EQ(names(R"({"AlarmTypes":["CompositeAlarm"]})"), Names{});
  const auto page = JsonInput::parse(cloudwatch("DescribeAlarms", R"({"MaxRecords":2})"));
  EXPECT_EQ(page->objects("MetricAlarms").size(), 2u);
  EXPECT_EQ(names(R"({"MaxRecords":2,"NextToken":")" + page->text("NextToken") + "\"}"), Names{"b"});
  EXPECT_EQ(refusal("DescribeAlarms", R"({"NextToken":"!"})"), "InvalidNextToken");
}

TEST_F(CloudWatch, DeletingTakesAllOrNone) {
  for (const char* name : {"a", "b"}) put(name);
  EXPECT_EQ(refusal("DeleteAlarms", R"({"AlarmNames":["a","none"]})"), "ResourceNotFound");
  EXPECT_EQ(names("{}").size(), 2u);
  EXPECT_EQ(cloudwatch("DeleteAlarms", R"({"AlarmNames":["a"]})"), "{}");
  EXPECT_EQ(names("{}"), std::vector<std::string>{"b"});
}

TEST_F(CloudWatch, TagsAreThoseOfTheFirstPutAndChangeByThemselves) {
  const auto with_tag = [](const std::string& value) {
    return checks_alarm("i-00000000000000001", "stop", R"("Tags":[{"Key":"k","Value":")" + value + "\"}]");
  };
  cloudwatch("PutMetricAlarm", with_tag("1"));
  cloudwatch("PutMetricAlarm", with_tag("2"));
  const std::string named = R"({"ResourceARN":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:checks")";
  EXPECT_EQ(cloudwatch("ListTagsForResource", named + "}"), R"({"Tags":[{"Key":"k","Value":"1"}]})");
  EXPECT_EQ(cloudwatch("TagResource", named + R"(,"Tags":[{"Key":"l","Value":""}]})"), "{}");
  EXPECT_EQ(cloudwatch("UntagResource", named + R"(,"TagKeys":["k"]})"), "{}");
  EXPECT_EQ(cloudwatch("ListTagsForResource", named + "}"), R"({"Tags":[{"Key":"l","Value":""}]})");
  EXPECT_EQ(refusal("ListTagsForResource", R"({"ResourceARN":"arn:none"})"), "ResourceNotFoundException");
}

TEST_F(CloudWatch, AlarmsBelongToTheirRegion) {
  put("a");
  TestSigner elsewhere;
  elsewhere.region = "eu-west-1";
  EXPECT_EQ(ask("monitoring", "GraniteServiceVersion20100801.DescribeAlarms", "{}", elsewhere),
            R"({"MetricAlarms":[],"CompositeAlarms":[]})");
}

TEST_F(CloudWatch, ItSpeaksCborToo) {
  TestSigner signer;
  signer.service = "monitoring";
  // The signer signs "/" alone, which is as far as the endpoint gets before it looks at who asks.
  auto request = signer.post(cbor_of_json("{}"), clock_.now());
  request.headers.emplace_back("smithy-protocol", "rpc-v2-cbor");
  const auto answer = endpoint_->handle(request);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(http::header(answer.headers, "smithy-protocol"), "rpc-v2-cbor");
  EXPECT_EQ(http::header(answer.headers, "x-amzn-query-error"), "UnknownOperationException;Sender");
  EXPECT_EQ(JsonInput::parse(*json_of_cbor(answer.body))->text("__type"), "UnknownOperationException");
}

}  // namespace
}  // namespace hotaru::sim
