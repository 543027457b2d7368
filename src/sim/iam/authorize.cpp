#include "sim/iam/authorize.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/iam/managed.h"
#include "sim/iam/sessions.h"

namespace hotaru::sim {

namespace {

PolicyQuestion question_of(const Context& context, const std::string& action, const std::string& resource) {
  return {action,
          resource,
          {{"aws:requestedregion", context.region},
           {"ec2:region", context.region},
           {"aws:principalarn", context.caller.arn},
           {"aws:principalaccount", context.account_id}}};
}

Verdict judge_call(const Context& context, const PolicyQuestion& question) {
  const RegionState& global = context.world.global(context.account_id);
  Verdict verdict = Verdict::nothing_said;
  if (context.caller.kind == Principal::Kind::user) {
    if (const User* user = global.users.find(context.caller.name))
      verdict = judge_set(global, user->policies, user->permissions_boundary, question);
  } else if (const Role* role = global.roles.find(context.caller.name)) {
    verdict = judge_set(global, role->policies, role->permissions_boundary, question);
  }
  if (verdict != Verdict::allowed || context.caller.policy.empty()) return verdict;
  const auto narrowed = read_policy(context.caller.policy);
  return narrowed ? judge({*narrowed}, question) : Verdict::denied;
}

/// What DecodeAuthorizationMessage tells.
std::string explanation(const Context& context, const PolicyQuestion& question, bool denied) {
  const JsonObject principal = JsonObject{}.text("id", context.caller.unique_id).text("arn", context.caller.arn);
  const JsonObject about = JsonObject{}
                               .object("principal", principal)
                               .text("action", question.action)
                               .text("resource", question.resource)
                               .object("conditions", JsonObject{});
  return JsonObject{}.flag("allowed", false).flag("explicitDeny", denied).object("context", about).str();
}

ApiError refusal(const Context& context, const PolicyQuestion& question, Verdict verdict) {
  const bool denied = verdict == Verdict::denied;
  const std::string why = denied
                              ? "with an explicit deny in an identity-based policy"
                              : fmt::format("because no identity-based policy allows the {} action", question.action);
  const std::string what = fmt::format("User: {} is not authorized to perform: {} on resource: {} {}",
                                       context.caller.arn, question.action, question.resource, why);
  if (!question.action.starts_with("ec2:")) return {403, "AccessDenied", what};
  const std::string encoded =
      sealed(context.world.account(context.account_id).session_key, explanation(context, question, denied));
  return {403, "UnauthorizedOperation",
          fmt::format("You are not authorized to perform this operation. {}. Encoded authorization failure message: {}",
                      what, encoded)};
}

}  // namespace

std::string iam_action(const std::string& service, const std::string& action) {
  return (service == "monitoring" ? "cloudwatch" : service) + ":" + action;
}

std::vector<PolicyDocument> documents_of(const RegionState& global, const PolicySet& set) {
  std::vector<PolicyDocument> documents;
  const auto add = [&](const std::string& text) {
    if (auto document = read_policy(text)) documents.push_back(*std::move(document));
  };
  for (const auto& [name, text] : set.own) add(text);
  for (const std::string& arn : set.attached) add(policy_document(global, arn));
  return documents;
}

Verdict judge_set(const RegionState& global, const PolicySet& set, const std::string& boundary,
                  const PolicyQuestion& question) {
  const Verdict verdict = judge(documents_of(global, set), question);
  if (verdict != Verdict::allowed || boundary.empty()) return verdict;
  return judge(documents_of(global, {{}, {boundary}}), question);
}

Refusal authorize(const Context& context, const std::string& action, const std::vector<std::string>& resources) {
  if (context.caller.kind == Principal::Kind::owner) return std::nullopt;
  // What AWS lets everybody ask.
  if (action == "sts:GetCallerIdentity" || action == "sts:GetSessionToken" || action == "sts:GetAccessKeyInfo")
    return std::nullopt;
  for (const std::string& resource : resources) {
    const PolicyQuestion question = question_of(context, action, resource);
    const Verdict verdict = judge_call(context, question);
    if (verdict != Verdict::allowed) return refusal(context, question, verdict);
  }
  return std::nullopt;
}

std::vector<std::string> resources_of(const Context& context, const std::string& action,
                                      const std::map<std::string, std::string>& parameters) {
  // Describe… and most Get… know no resources (Service Authorization Reference, "Amazon EC2").
  if (action.starts_with("Describe")) return {"*"};
  std::vector<std::string> found;
  for (const auto& [name, value] : parameters) {
    const std::string type = resource_type_of(value);
    if (!type.empty() && is_id(value.substr(0, value.find('-')), value)) found.push_back(arn(context, type, value));
  }
  if (action == "RunInstances")
    for (const char* made : {"instance", "volume", "network-interface"}) found.push_back(arn(context, made, "*"));
  if (found.empty()) found.emplace_back("*");
  return found;
}

std::vector<std::string> resources_of_service(const Context& context, const std::string& service,
                                              const std::map<std::string, std::string>& parameters) {
  const auto given = [&](const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? "" : found->second;
  };
  if (service == "sts" && !given("RoleArn").empty()) return {given("RoleArn")};
  if (service != "iam") return {"*"};
  if (!given("PolicyArn").empty() && given("RoleName").empty()) return {given("PolicyArn")};
  // Without the path, which the call does not say.
  for (const auto& [parameter, kind] : std::map<std::string, std::string>{
           {"InstanceProfileName", "instance-profile"}, {"RoleName", "role"}, {"UserName", "user"}})
    if (const std::string name = given(parameter.c_str()); !name.empty())
      return {fmt::format("arn:aws:iam::{}:{}/{}", context.account_id, kind, name)};
  return {"*"};
}

}  // namespace hotaru::sim
