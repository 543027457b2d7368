#include "sim/scenario/account_rules.h"

#include <map>

#include "catalog/quotas.h"

namespace hotaru::sim {

namespace {

std::set<std::string> family_names() {
  std::set<std::string> names{"*"};
  for (const catalog::QuotaFamily& family : catalog::quota_families()) names.emplace(family.name);
  return names;
}

const std::set<std::string>& markets() {
  static const std::set<std::string> names{"*", "on-demand", "spot"};
  return names;
}

/// P5 and P6 share the on-demand quota of all P.
void check_family(const std::string& family, const std::string& market, Complaints& complaints,
                  const YAML::Node& node) {
  if ((family == "p5" || family == "p6") && market != "spot")
    complaints.add(node, "p5 and p6 have quotas of their own only for spot; on demand they count as p");
}

QuotaRule read_quota(YamlMap& map, Complaints& complaints, const YAML::Node& node) {
  QuotaRule rule;
  rule.line = map.line();
  rule.region = map.text("region", "*");
  rule.family = map.word("family", "*", family_names());
  rule.market = map.word("market", "on-demand", markets());
  check_family(rule.family, rule.market, complaints, node);
  const auto vcpus = map.count("vcpus");
  if (!vcpus) complaints.add(node, "quotas needs 'vcpus'");
  rule.vcpus = vcpus.value_or(0);
  return rule;
}

QuotaDecision read_decision(YamlMap& map, Complaints& complaints, const YAML::Node& node) {
  static const std::map<std::string, std::string> statuses{{"approved", "APPROVED"},
                                                           {"denied", "DENIED"},
                                                           {"not_approved", "NOT_APPROVED"},
                                                           {"case_opened", "CASE_OPENED"},
                                                           {"case_closed", "CASE_CLOSED"}};
  QuotaDecision rule;
  rule.line = map.line();
  rule.region = map.text("region", "*");
  rule.family = map.word("family", "*", family_names());
  rule.market = map.word("market", "*", markets());
  rule.after = map.duration("after").value_or(Duration{0});
  std::set<std::string> words;
  for (const auto& [word, status] : statuses) words.insert(word);
  const auto status = statuses.find(map.word("decides", "", words));
  if (status == statuses.end()) complaints.add(node, "quota_requests needs 'decides'");
  if (status != statuses.end()) rule.status = status->second;
  return rule;
}

constexpr double dearest = 1e6;

PriceRule read_price(YamlMap& map, Complaints& complaints, const YAML::Node& node) {
  PriceRule rule;
  rule.line = map.line();
  rule.region = map.text("region", "*");
  rule.zone = map.text("zone", "*");
  rule.type = map.text("type", "*");
  if (map.has("on_demand")) rule.on_demand = map.number("on_demand", 0, 0, dearest);
  if (map.has("spot")) rule.spot = map.number("spot", 0, 0, dearest);
  if (!rule.on_demand && !rule.spot) complaints.add(node, "prices needs 'on_demand' or 'spot', in US dollars an hour");
  if (rule.on_demand && rule.zone != "*")
    complaints.add(node, "an on-demand price is that of a whole region: leave 'zone' out");
  return rule;
}

RegionRule read_regions(YamlMap& top, Complaints& complaints) {
  RegionRule rule;
  if (!top.has("regions")) return rule;
  YamlMap map(top.child("regions"), "regions", complaints);
  rule.enabled = map.texts("enabled");
  rule.disabled = map.texts("disabled");
  map.finish();
  return rule;
}

}  // namespace

void read_account(YamlMap& top, Complaints& complaints, Scenario& scenario) {
  const auto checked = [&](auto read) {
    return [read, &complaints](YamlMap& map, const YAML::Node& node) { return read(map, complaints, node); };
  };
  scenario.quotas = read_list(top, "quotas", complaints, checked(read_quota));
  scenario.new_account = top.word("account", "grown", {"new", "grown"}) == "new";
  scenario.quota_requests = read_list(top, "quota_requests", complaints, checked(read_decision));
  scenario.prices = read_list(top, "prices", complaints, checked(read_price));
  scenario.regions = read_regions(top, complaints);
  scenario.subscribed = top.word("marketplace", "not-subscribed", {"subscribed", "not-subscribed"}) == "subscribed";
}

}  // namespace hotaru::sim
