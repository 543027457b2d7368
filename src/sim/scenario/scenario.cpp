#include "sim/scenario/scenario.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "base/text.h"
#include "sim/scenario/account_rules.h"
#include "sim/scenario/yaml_reader.h"

namespace hotaru::sim {

namespace {

constexpr const char* where_it_is_told = "docs/sim.md tells the format, with an example of each rule.";

When read_when(YamlMap& map) {
  When when;
  when.line = map.line();
  when.region = map.text("region", "*");
  when.from = map.duration("from").value_or(Duration{0});
  when.until = map.duration("until");
  return when;
}

When read_chance(YamlMap& map) {
  When when = read_when(map);
  when.rate = map.number("rate", 1, 0, 1);
  when.times = map.count("times");
  return when;
}

struct Told {
  int status;
  const char* message;
};

/// What EC2 answers with the codes that are worth provoking (EC2 API Reference, "Error codes"); 400 with the others.
Told told_with(const std::string& code) {
  static const std::map<std::string, Told> known{
      {"InsufficientInstanceCapacity",
       {500,
        "We currently do not have sufficient capacity in the Availability Zone you requested. Our system will be "
        "working on provisioning additional capacity."}},
      {"InternalError", {500, "An internal error has occurred"}},
      {"InternalFailure", {500, "The request processing has failed because of an unknown error."}},
      {"Unavailable", {503, "The server is overloaded and can't handle the request."}},
      {"ServiceUnavailable", {503, "The request has failed due to a temporary failure of the server."}},
      {"RequestLimitExceeded", {503, "Request limit exceeded."}},
      {"UnauthorizedOperation", {403, "You are not authorized to perform this operation."}},
      {"AuthFailure", {401, "AWS was not able to validate the provided access credentials"}},
      {"OptInRequired",
       {401, "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe."}},
      {"PendingVerification",
       {400,
        "Your request for accessing resources in this region is being validated, and you will not be able to launch "
        "additional resources in this region until the validation is complete."}},
      {"Blocked", {400, "This account is currently blocked and is not recognized as a valid account."}},
  };
  const auto found = known.find(code);
  return found == known.end() ? Told{400, "The scenario of the simulator says so."} : found->second;
}

ErrorRule read_error(YamlMap& map) {
  ErrorRule rule{.when = read_chance(map), .code = {}, .message = {}};
  rule.action = map.text("action", "*");
  rule.code = map.required_text("code");
  const Told told = told_with(rule.code);
  rule.status = static_cast<int>(map.number("status", told.status, 400, 599));
  rule.message = map.text("message", told.message);
  return rule;
}

LatencyRule read_latency(YamlMap& map) {
  LatencyRule rule{.when = read_chance(map)};
  rule.action = map.text("action", "*");
  rule.time = map.duration("time").value_or(Duration{0});
  rule.jitter = map.duration("jitter").value_or(Duration{0});
  return rule;
}

LostReplyRule read_lost_reply(YamlMap& map) {
  LostReplyRule rule{.when = read_chance(map)};
  rule.action = map.text("action", "*");
  return rule;
}

BucketRule read_bucket(YamlMap& map) {
  BucketRule rule;
  rule.line = map.line();
  rule.action = map.text("action", "*");
  rule.burst = map.number("burst", 100, 1, 1e6);
  rule.per_second = map.number("per_second", 20, 0, 1e6);
  rule.by_instance = map.flag("by_instance");
  return rule;
}

/// What EC2 says beside a code (its API reference, StateReason), in our words.
std::string usual_message(const std::string& code) {
  static const std::map<std::string, std::string> known{
      {"Server.InternalError", "Internal error on launch"},
      {"Server.InsufficientInstanceCapacity", "Insufficient capacity to fulfil the launch request"},
      {"Server.SpotInstanceTermination", "Spot instance termination"},
      {"Server.SpotInstanceShutdown", "Spot instance shutdown"},
      {"Server.ScheduledStop", "Stopped due to a scheduled retirement"},
      {"Client.InternalError", "Client error on launch"},
      {"Client.VolumeLimitExceeded", "Volume limit exceeded"},
  };
  const auto found = known.find(code);
  return found == known.end() ? code : found->second;
}

DeathRule read_death(YamlMap& map) {
  DeathRule rule{.when = read_chance(map), .code = {}, .message = {}};
  rule.type = map.text("type", "*");
  rule.zone = map.text("zone", "*");
  rule.after = map.duration("after").value_or(Duration{0});
  rule.code = map.text("code", "Server.InternalError");
  rule.message = map.text("message", usual_message(rule.code));
  return rule;
}

BootRule read_boot(YamlMap& map, Complaints& complaints, const YAML::Node& node) {
  BootRule rule{.when = read_chance(map)};
  rule.type = map.text("type", "*");
  rule.zone = map.text("zone", "*");
  rule.takes = map.duration("takes");
  rule.unarmed = map.flag("unarmed");
  const bool never = map.flag("never");
  if (never == (rule.takes || rule.unarmed))
    complaints.add(node, "boots needs 'takes: 30s', 'unarmed: true' or both, or 'never: true'");
  if (!never && !rule.takes) rule.takes = Duration{0};
  return rule;
}

CheckRule read_check(YamlMap& map, Complaints& complaints, const YAML::Node& node) {
  CheckRule rule{.when = read_when(map)};
  rule.type = map.text("type", "*");
  rule.zone = map.text("zone", "*");
  const std::string which = map.word("check", "both", {"both", "instance", "system"});
  rule.instance = which != "system";
  rule.system = which != "instance";
  if (!map.flag("failing")) complaints.add(node, "checks needs 'failing: true'");
  return rule;
}

StopRule read_stop(YamlMap& map, Complaints& complaints, const YAML::Node& node) {
  StopRule rule{.when = read_chance(map)};
  rule.type = map.text("type", "*");
  rule.zone = map.text("zone", "*");
  rule.takes = map.duration("takes");
  if (map.flag("hangs") == rule.takes.has_value())
    complaints.add(node, "stops needs either 'takes: 10m' or 'hangs: true'");
  return rule;
}

CapacityRule read_capacity(YamlMap& map, Complaints& complaints, const YAML::Node& node) {
  CapacityRule rule{.when = read_when(map)};
  rule.type = map.text("type", "*");
  rule.zone = map.text("zone", "*");
  rule.market = map.word("market", "*", {"*", "on-demand", "spot"});
  const auto instances = map.count("instances");
  if (!instances) complaints.add(node, "capacity needs 'instances'");
  rule.instances = instances.value_or(0);
  return rule;
}

ClockRule read_clock(YamlMap& top, Complaints& complaints) {
  ClockRule rule;
  if (!top.has("clock")) return rule;
  YamlMap map(top.child("clock"), "clock", complaints);
  rule.speed = map.number("speed", 1, 0.001, 100'000);
  rule.jumps = read_list(map, "jumps", complaints, [](YamlMap& jump, const YAML::Node&) {
    return ClockRule::Jump{jump.duration("at").value_or(Duration{0}), jump.duration("by", true).value_or(Duration{0})};
  });
  map.finish();
  return rule;
}

void read_throttling(YamlMap& top, Complaints& complaints, Scenario& scenario) {
  const YAML::Node node = top.child("throttling");
  if (node.IsScalar()) {
    scenario.throttled_as_ec2 = top.word("throttling", "", {"ec2"}) == "ec2";
    return;
  }
  scenario.throttling =
      read_list(top, "throttling", complaints, [](YamlMap& map, const YAML::Node&) { return read_bucket(map); });
}

Lateness read_lateness(YamlMap& top, Complaints& complaints) {
  Lateness late;
  if (!top.has("late")) return late;
  YamlMap map(top.child("late"), "late", complaints);
  late.reads = map.duration("reads").value_or(Duration{0});
  late.tags = map.duration("tags").value_or(late.reads);
  map.finish();
  return late;
}

Scenario read_scenario(const YAML::Node& root, Complaints& complaints) {
  Scenario scenario;
  if (root.IsNull()) return scenario;
  YamlMap top(root, "a scenario", complaints);
  scenario.seed = static_cast<std::uint64_t>(top.count("seed").value_or(1));
  scenario.clock = read_clock(top, complaints);
  scenario.late = read_lateness(top, complaints);
  read_throttling(top, complaints, scenario);
  const auto plainly = [](auto read) { return [read](YamlMap& map, const YAML::Node&) { return read(map); }; };
  const auto checked = [&](auto read) {
    return [read, &complaints](YamlMap& map, const YAML::Node& node) { return read(map, complaints, node); };
  };
  scenario.latency = read_list(top, "latency", complaints, plainly(read_latency));
  scenario.errors = read_list(top, "errors", complaints, plainly(read_error));
  scenario.lost_replies = read_list(top, "lost_replies", complaints, plainly(read_lost_reply));
  scenario.deaths = read_list(top, "deaths", complaints, plainly(read_death));
  scenario.boots = read_list(top, "boots", complaints, checked(read_boot));
  scenario.checks = read_list(top, "checks", complaints, checked(read_check));
  scenario.stops = read_list(top, "stops", complaints, checked(read_stop));
  scenario.capacity = read_list(top, "capacity", complaints, checked(read_capacity));
  read_account(top, complaints, scenario);
  top.finish();
  return scenario;
}

}  // namespace

Result<Scenario> parse_scenario(const std::string& yaml, const std::string& name) {
  Complaints complaints;
  Scenario scenario;
  try {
    scenario = read_scenario(YAML::Load(yaml), complaints);
  } catch (const YAML::ParserException& problem) {
    return fail(ErrorClass::invalid, fmt::format("{}, line {}: {}.", name, problem.mark.line + 1, problem.msg),
                where_it_is_told);
  } catch (const YAML::Exception& problem) {
    return fail(ErrorClass::invalid, fmt::format("{}, line {}: {}.", name, problem.mark.line + 1, problem.msg),
                where_it_is_told);
  }
  if (complaints.first().empty()) return scenario;
  return fail(ErrorClass::invalid, fmt::format("{}, {}.", name, complaints.first()), where_it_is_told);
}

std::optional<Duration> parse_duration(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc()) return std::nullopt;
  static const std::map<std::string, double> units{{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86'400e3}};
  const auto unit = units.find(std::string(stop, end));
  constexpr double longest = 10 * 365 * 86'400e3;
  if (unit == units.end() || !(number * unit->second <= longest && number * unit->second >= -longest))
    return std::nullopt;
  return Duration{static_cast<Duration::rep>(number * unit->second)};
}

}  // namespace hotaru::sim
