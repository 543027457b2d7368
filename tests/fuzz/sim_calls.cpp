// Whole calls of the sim's API, signed, one a line, on a world with instances that have nothing behind them. In a line
// "@instanceId" (or another element whose name ends in Id) stands for what an answer last had in it. A first line that
// begins with "{" is a scenario.
#include <map>
#include <pugixml.hpp>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "sim/endpoint.h"
#include "sim/null_machines.h"
#include "sim/scenario/scripted_machines.h"
#include "sim/test_signer.h"

namespace hotaru::sim {
namespace {

using fuzz::require;

constexpr int most_calls = 8;

class Sim {
 public:
  Sim() { world_->follow(script_); }

  void load(const std::string& line) {
    auto scenario = parse_scenario(line, "scenario");
    if (scenario) script_.load(*std::move(scenario), clock_.now());
  }

  void call(const std::string& line) {
    TestSigner signer;
    if (line.starts_with("Action=GetCallerIdentity")) signer.service = "sts";
    const auto response = endpoint_.handle(signer.post(with_ids(line), script_.signature_time()));
    clock_.advance(std::chrono::seconds(20));
    if (http::is_no_answer(response)) return;
    require(script_.loaded() || response.body.find("<Code>InternalError<") == std::string::npos, "no call is a mishap");
    pugi::xml_document answer;
    require(bool(answer.load_buffer(response.body.data(), response.body.size())), "every answer is XML");
    remember_ids(answer);
  }

 private:
  std::string with_ids(std::string line) const {
    for (const auto& [name, value] : ids_) {
      const std::string mark = "@" + name;
      for (auto at = line.find(mark); at != std::string::npos; at = line.find(mark, at + value.size()))
        line.replace(at, mark.size(), value);
    }
    return line;
  }

  void remember_ids(pugi::xml_node node) {
    if (std::string_view(node.name()).ends_with("Id")) ids_[node.name()] = node.child_value();
    for (const auto child : node.children()) remember_ids(child);
  }

  FakeClock clock_;
  SeededRandom random_{1};
  Script script_{clock_};
  ScriptedMachines machines_{std::make_unique<NullMachines>(clock_), script_};
  std::unique_ptr<World> world_ = std::move(*World::open("", script_.clock(), random_));
  Endpoint endpoint_{{"000000000000", {{TestSigner().key_id, TestSigner().secret}}}, *world_, &machines_};
  std::map<std::string, std::string> ids_;
};

}  // namespace

HOTARU_FUZZ(input) {
  Sim sim;
  if (input.starts_with('{')) sim.load(fuzz::take_line(input));
  for (int i = 0; i < most_calls && !input.empty(); ++i) sim.call(fuzz::take_line(input));
}

}  // namespace hotaru::sim
