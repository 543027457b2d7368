#pragma once

#include <gtest/gtest.h>

#include <string>

#include "sim/images.h"
#include "sim/null_machines.h"
#include "sim/scenario/scripted_machines.h"
#include "sim/test_api.h"

/// For tests: an API with null instances, alarms and a scenario, all on one clock that goes only when it is told to.
namespace hotaru::sim {

class TestAlarms : public TestApi {
 protected:
  TestAlarms() { reopen(""); }

  void reopen(const std::filesystem::path& path) {
    endpoint_.reset();
    world_.reset();
    world_ = *World::open(path, script_.clock(), random_);
    world_->follow(script_);
    const TestSigner signer;
    endpoint_.emplace(Endpoint::Config{"000000000000", {{signer.key_id, signer.secret}}}, *world_, &machines_);
  }
  void follow(const std::string& yaml) {
    auto scenario = parse_scenario(yaml, "test");
    ASSERT_TRUE(scenario) << scenario.error().message;
    script_.load(*std::move(scenario), clock_.now());
  }

  std::string run(Form more = {}) {
    for (const Image& one : images_of("us-east-1"))
      if (one.family == "ubuntu" && one.architecture == "x86_64") more.try_emplace("ImageId", one.id);
    more.try_emplace("InstanceType", "g4dn.xlarge");
    more.try_emplace("MinCount", "1");
    more.try_emplace("MaxCount", "1");
    return value(call("RunInstances", more), "instanceId");
  }
  std::string described(const std::string& id) { return call("DescribeInstances", {{"InstanceId.1", id}}); }
  std::string state(const std::string& id) { return value(value(described(id), "instanceState"), "name"); }

  std::string cloudwatch(const std::string& operation, const std::string& json) {
    return ask("monitoring", "GraniteServiceVersion20100801." + operation, json);
  }
  /// One whose status checks are watched for three minutes, unless `more` (members of JSON) says otherwise: of two with
  /// one name the last counts.
  static std::string checks_alarm(const std::string& id, const std::string& action, const std::string& more = "") {
    return R"({"AlarmName":"checks","Namespace":"AWS/EC2","MetricName":"StatusCheckFailed","Statistic":"Maximum",)"
           R"("Dimensions":[{"Name":"InstanceId","Value":")" +
           id + R"("}],"Period":60,"EvaluationPeriods":3,"Threshold":1,)" +
           R"("ComparisonOperator":"GreaterThanOrEqualToThreshold",)" +
           R"("AlarmActions":["arn:aws:automate:us-east-1:ec2:)" + action + "\"]" + (more.empty() ? "" : "," + more) +
           "}";
  }
  /// One that ends an instance which has been running in each of so many hours, those that have just begun too.
  static std::string hours_alarm(const std::string& id, int hours, const std::string& action) {
    return R"({"AlarmName":"hours","Namespace":"AWS/EC2","MetricName":"CPUUtilization",)"
           R"("TreatMissingData":"notBreaching","Dimensions":[{"Name":"InstanceId","Value":")" +
           id + R"("}],"Statistic":"SampleCount","Period":3600,"EvaluationPeriods":)" + std::to_string(hours) +
           R"(,"Threshold":1,"ComparisonOperator":"GreaterThanOrEqualToThreshold",)"
           R"("AlarmActions":["arn:aws:automate:us-east-1:ec2:)" +
           action + R"("]})";
  }
  /// A text member of the first alarm.
  std::string alarm(const std::string& member) {
    const auto answer = JsonInput::parse(cloudwatch("DescribeAlarms", "{}"));
    const auto alarms = answer ? answer->objects("MetricAlarms") : std::vector<JsonInput>{};
    return alarms.empty() ? "no alarm" : alarms.front().text(member);
  }
  /// What the newest event of a type says.
  std::string last_event(const std::string& type) {
    const auto answer = JsonInput::parse(cloudwatch("DescribeAlarmHistory", R"({"HistoryItemType":")" + type + "\"}"));
    const auto items = answer->objects("AlarmHistoryItems");
    return items.empty() ? "none" : items.front().text("HistorySummary");
  }

  Script script_{clock_};
  ScriptedMachines machines_{std::make_unique<NullMachines>(clock_), script_};
};

}  // namespace hotaru::sim
