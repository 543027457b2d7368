#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/text.h"
#include "catalog/catalog.h"
#include "sim/action.h"
#include "sim/images.h"
#include "sim/instances/life.h"
#include "sim/test_machines.h"

/// For tests: the API's actions on a world in memory (or in a file), with null machines and a clock of our own.
namespace hotaru::sim {

using Form = std::map<std::string, std::string>;

class TestInstances : public testing::Test {
 protected:
  TestInstances() : machines_(clock_) { open(""); }

  void open(const std::filesystem::path& path) {
    world_.reset();
    auto opened = World::open(path, clock_, random_);
    ASSERT_TRUE(opened) << opened.error().message;
    world_ = std::move(*opened);
    state_ = &world_->region("000000000000", "us-east-1");
  }

  /// The answer's XML, or "CODE: message".
  std::string call(const std::string& action, const Form& form = {}, const std::string& region = "us-east-1") {
    std::string text;
    for (const auto& [name, value] : form) text += percent_encode(name) + "=" + percent_encode(value) + "&";
    const Parameters parameters(text);
    Later later;
    std::string answer;
    {
      auto lock = world_->lock();
      Context context{*world_, world_->region("000000000000", region), &machines_, "000000000000", region, "key", "id"};
      auto result = find_action("ec2", action)->handler(context, parameters);
      answer = result ? result->str() : result.error().code + ": " + result.error().message;
      later = std::move(context.later);
    }
    if (taken_back_) later.clear();
    for (const auto& work : later) work();
    return answer;
  }

  std::string image(const std::string& region = "us-east-1", const std::string& family = "ubuntu",
                    const std::string& architecture = "x86_64") {
    for (const Image& one : images_of(region))
      if (one.family == family && one.architecture == architecture) return one.id;
    return "";
  }

  Form launch(Form more = {}) {
    more.try_emplace("ImageId", image());
    more.try_emplace("InstanceType", "g4dn.xlarge");
    more.try_emplace("MinCount", "1");
    more.try_emplace("MaxCount", "1");
    return more;
  }

  /// Launches and returns the instance's id.
  std::string run(const Form& more = {}) { return value(call("RunInstances", launch(more)), "instanceId"); }

  /// The text of the first element of that name.
  static std::string value(const std::string& xml, const std::string& name) {
    const auto start = xml.find("<" + name + ">");
    if (start == std::string::npos) return "";
    const auto from = start + name.size() + 2;
    return xml.substr(from, xml.find("</" + name + ">", from) - from);
  }
  static std::size_t count(const std::string& xml, const std::string& text) {
    std::size_t found = 0;
    for (auto at = xml.find(text); at != std::string::npos; at = xml.find(text, at + 1)) ++found;
    return found;
  }
  static std::string code(const std::string& answer) { return answer.substr(0, answer.find(':')); }

  static std::set<std::string> catalog_zones(const std::string& type) {
    const auto ids = catalog::zones_offering("us-east-1", type);
    return {ids.begin(), ids.end()};
  }

  const Instance& instance(const std::string& id) {
    call("DescribeInstances");
    return *state_->instances.find(id);
  }
  std::string state(const std::string& id) { return instance(id).state; }

  bool taken_back_ = false;  ///< calls are about to be: nothing is asked of the machines
  FakeClock clock_;
  SeededRandom random_{7};
  RecordingMachines machines_;
  std::unique_ptr<World> world_;
  RegionState* state_ = nullptr;
};

}  // namespace hotaru::sim
