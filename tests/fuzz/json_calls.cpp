// Whole calls of the services that speak JSON, signed, one a line: "SERVICE OPERATION BODY". In a line "@Id" stands for
// the id, "@NextToken" for the token, of the last answer that had one. A first line that begins with "{" is a scenario.
#include <map>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "sim/endpoint.h"
#include "sim/null_machines.h"
#include "sim/scenario/script.h"
#include "sim/test_signer.h"

namespace hotaru::sim {
namespace {

using fuzz::require;

constexpr int most_calls = 8;

/// The next word of a line; the rest stays.
std::string take_word(std::string& line) {
  const auto space = line.find(' ');
  std::string word = line.substr(0, space);
  line.erase(0, space == std::string::npos ? space : space + 1);
  return word;
}

class Sim {
 public:
  Sim() { world_->follow(script_); }

  void load(const std::string& line) {
    auto scenario = parse_scenario(line, "scenario");
    if (scenario) script_.load(*std::move(scenario), clock_.now());
  }

  void call(std::string line) {
    TestSigner signer;
    signer.service = take_word(line);
    const std::string operation = take_word(line);
    for (const auto& [mark, value] : texts_)
      for (auto at = line.find(mark); at != std::string::npos; at = line.find(mark, at + value.size()))
        line.replace(at, mark.size(), value);
    auto request = signer.post(line, script_.signature_time());
    const std::string target(json_target_of(signer.service));
    if (target.empty()) return;
    request.headers.emplace_back("X-Amz-Target", target + "." + operation);
    const auto response = endpoint_.handle(request);
    clock_.advance(std::chrono::minutes(3));
    if (http::is_no_answer(response)) return;
    const auto answer = JsonInput::parse(response.body);
    require(answer.has_value(), "every answer is a JSON object");
    require((response.status == 200) != answer->has("__type"), "a refusal has a type, an answer has none");
    require(script_.loaded() || response.status < 500, "no call is a mishap");
    remember(*answer);
  }

 private:
  void remember(const JsonInput& answer) {
    if (const std::string token = answer.text("NextToken"); !token.empty()) texts_["@NextToken"] = token;
    for (const JsonInput& one : answer.objects("RequestedQuotas")) texts_["@Id"] = one.text("Id");
  }

  FakeClock clock_;
  SeededRandom random_{1};
  Script script_{clock_};
  NullMachines machines_{clock_};
  std::unique_ptr<World> world_ = std::move(*World::open("", script_.clock(), random_));
  Endpoint endpoint_{{"000000000000", {{TestSigner().key_id, TestSigner().secret}}}, *world_, &machines_};
  std::map<std::string, std::string> texts_;
};

}  // namespace

HOTARU_FUZZ(input) {
  Sim sim;
  if (input.starts_with('{')) sim.load(fuzz::take_line(input));
  for (int i = 0; i < most_calls && !input.empty(); ++i) sim.call(fuzz::take_line(input));
}

}  // namespace hotaru::sim
