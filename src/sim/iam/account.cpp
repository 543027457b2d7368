#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/iam/actions.h"
#include "sim/iam/authorize.h"
#include "sim/iam/form.h"
#include "sim/iam/keys.h"

namespace hotaru::sim::iam {

namespace {

/// Whose policies are simulated: a role's or user's, by ARN.
struct Source {
  PolicySet policies;
  std::string boundary;
};
std::optional<Source> source_of(const Context& context, const std::string& arn) {
  const RegionState& global = context.world.global(context.account_id);
  for (const auto& [name, role] : global.roles.all())
    if (role_arn(context.account_id, role) == arn) return Source{role.policies, role.permissions_boundary};
  for (const auto& [name, user] : global.users.all())
    if (user_arn(context.account_id, user) == arn) return Source{user.policies, user.permissions_boundary};
  return std::nullopt;
}

const char* decision_of(Verdict verdict) {
  if (verdict == Verdict::allowed) return "allowed";
  return verdict == Verdict::denied ? "explicitDeny" : "implicitDeny";
}

struct Simulated {
  std::string action;
  std::string resource;
  Verdict verdict;
};

}  // namespace

ApiResult<Xml> create_account_alias(Context& context, const Parameters& parameters) {
  const std::string alias = parameters.required("AccountAlias");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const bool well = alias.size() >= 3 && alias.size() <= 63 && alias.front() != '-' && alias.back() != '-' &&
                    alias.find("--") == std::string::npos && std::ranges::all_of(alias, [](char one) {
                      return (one >= 'a' && one <= 'z') || (one >= '0' && one <= '9') || one == '-';
                    });
  if (!well)
    return refuse(
        "ValidationError",
        constraint("accountAlias", alias,
                   "Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"));
  context.world.account(context.account_id);  // which is made when it is first asked for
  context.world.global(context.account_id).accounts.modify(context.account_id, [&](Account& one) {
    one.alias = alias;
  });
  return Xml{};
}

ApiResult<Xml> delete_account_alias(Context& context, const Parameters& parameters) {
  const std::string alias = parameters.required("AccountAlias");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (context.world.account(context.account_id).alias != alias || alias.empty())
    return std::unexpected(no_such(fmt::format("The account alias {} cannot be found.", alias)));
  context.world.global(context.account_id).accounts.modify(context.account_id, [](Account& one) { one.alias.clear(); });
  return Xml{};
}

ApiResult<Xml> list_account_aliases(Context& context, const Parameters& parameters) {
  read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const std::string& alias = context.world.account(context.account_id).alias;
  Xml xml;
  xml.element("AccountAliases", alias.empty() ? Xml{} : Xml{}.text("member", alias));
  return xml.flag("IsTruncated", false);
}

ApiResult<Xml> get_account_summary(Context& context, const Parameters& parameters) {
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const RegionState& global = context.world.global(context.account_id);
  const std::map<std::string, std::size_t> summary = {
      {"AccountMFAEnabled", 0},
      {"AccountAccessKeysPresent", 0},
      {"AccessKeysPerUserQuota", 2},
      {"AttachedPoliciesPerRoleQuota", 10},
      {"AttachedPoliciesPerUserQuota", 10},
      {"Groups", 0},
      {"GroupsQuota", 300},
      {"InstanceProfiles", global.instance_profiles.all().size()},
      {"InstanceProfilesQuota", 1000},
      {"Policies", global.policies.all().size()},
      {"PoliciesQuota", 1500},
      {"PolicySizeQuota", 6144},
      {"Roles", global.roles.all().size()},
      {"RolesQuota", 1000},
      {"Users", global.users.all().size()},
      {"UsersQuota", 5000},
      {"VersionsPerPolicyQuota", 5},
  };
  return Xml{}.element("SummaryMap", [&](Xml& map) {
    for (const auto& [key, value] : summary)
      map.element("entry", Xml{}.text("key", key).number("value", static_cast<std::int64_t>(value)));
  });
}

ApiResult<Xml> simulate_principal_policy(Context& context, const Parameters& parameters) {
  const std::string arn = parameters.required("PolicySourceArn");
  const auto actions = parameters.list("ActionNames.member");
  auto resources = parameters.list("ResourceArns.member");
  const auto more = parameters.list("PolicyInputList.member");
  for (const char* name : {"ContextEntries", "CallerArn", "ResourceOwner", "ResourceHandlingOption"})
    parameters.ignore(name);
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (resources.empty()) resources.emplace_back("*");
  auto source = source_of(context, arn);
  // Whose keys the sim made itself may do everything.
  if (!source && arn == fmt::format("arn:aws:iam::{}:user/sim", context.account_id))
    source = Source{{{}, {"arn:aws:iam::aws:policy/AdministratorAccess"}}, ""};
  if (!source) return std::unexpected(no_such(fmt::format("No such entity: {}", arn)));
  for (std::size_t i = 0; i < more.size(); ++i) source->policies.own[fmt::format("given {}", i)] = more[i];
  std::vector<Simulated> results;
  for (const std::string& action : actions)
    for (const std::string& resource : resources)
      results.push_back({action, resource,
                         judge_set(context.world.global(context.account_id), source->policies, source->boundary,
                                   {action, resource})});
  return list_answer(
      request, "EvaluationResults", results, [](const Simulated& one) { return one.action + " " + one.resource; },
      [](const Simulated& one, Xml& xml) {
        xml.text("EvalActionName", one.action)
            .text("EvalResourceName", one.resource)
            .text("EvalDecision", decision_of(one.verdict))
            .element("MatchedStatements", Xml{})
            .element("MissingContextValues", Xml{});
      });
}

}  // namespace hotaru::sim::iam
