#include <fmt/format.h>

#include <algorithm>

#include "sim/iam/form.h"
#include "sim/iam/holders.h"
#include "sim/iam/managed.h"

namespace hotaru::sim::iam {

namespace {

constexpr std::size_t most_attached = 10;  // IAM User Guide, "IAM and AWS STS quotas"

struct Named {
  std::string name;
  std::string path;
};
std::optional<Named> policy_of(const RegionState& global, const std::string& arn) {
  if (const AwsPolicy* known = find_aws_policy(arn)) return Named{known->name, known->path};
  if (const ManagedPolicy* own = global.policies.find(arn)) return Named{own->name, own->path};
  return std::nullopt;
}

std::string read_arn(const Parameters& parameters) {
  std::string arn = parameters.required("PolicyArn");
  if (!arn.empty() && !(arn.starts_with("arn:") && arn.size() >= 20))
    parameters.refuse("ValidationError", fmt::format("ARN {} is not valid.", arn));
  return arn;
}

template <class T>
ApiResult<Xml> attach(Context& context, const Parameters& parameters, const Holder<T>& holder) {
  const std::string name = read_name(parameters, holder.parameter, 64);
  const std::string arn = read_arn(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_holder(context, holder, name);
  if (!found) return std::unexpected(found.error());
  if (!policy_of(context.world.global(context.account_id), arn))
    return std::unexpected(no_such(fmt::format("Policy {} does not exist or is not attachable.", arn)));
  const auto& attached = (*found)->policies.attached;
  if (std::ranges::find(attached, arn) != attached.end()) return Xml{};  // it is no mistake
  if (attached.size() >= most_attached)
    return refuse("LimitExceeded",
                  fmt::format("Cannot exceed quota for PoliciesPer{}: {}",
                              std::string_view(holder.noun) == "role" ? "Role" : "User", most_attached),
                  409);
  change_holder(context, holder, name, [&](PolicySet& set) { set.attached.push_back(arn); });
  return Xml{};
}

template <class T>
ApiResult<Xml> detach(Context& context, const Parameters& parameters, const Holder<T>& holder) {
  const std::string name = read_name(parameters, holder.parameter, 64);
  const std::string arn = read_arn(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_holder(context, holder, name);
  if (!found) return std::unexpected(found.error());
  const auto& attached = (*found)->policies.attached;
  if (std::ranges::find(attached, arn) == attached.end())
    return std::unexpected(no_such(fmt::format("Policy {} was not found.", arn)));
  change_holder(context, holder, name, [&](PolicySet& set) { std::erase(set.attached, arn); });
  return Xml{};
}

template <class T>
ApiResult<Xml> list(Context& context, const Parameters& parameters, const Holder<T>& holder) {
  const std::string name = read_name(parameters, holder.parameter, 64);
  const std::string prefix = parameters.text("PathPrefix");
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_holder(context, holder, name);
  if (!found) return std::unexpected(found.error());
  const RegionState& global = context.world.global(context.account_id);
  std::vector<std::string> arns;
  for (const std::string& arn : (*found)->policies.attached) {
    const auto policy = policy_of(global, arn);
    if (policy && policy->path.starts_with(prefix)) arns.push_back(arn);
  }
  std::ranges::sort(arns);
  return list_answer(
      request, "AttachedPolicies", std::move(arns), [](const std::string& one) { return one; },
      [&](const std::string& one, Xml& xml) {
        xml.text("PolicyName", policy_of(global, one)->name).text("PolicyArn", one);
      });
}

}  // namespace

ApiResult<Xml> attach_role_policy(Context& context, const Parameters& parameters) {
  return attach(context, parameters, role_holder);
}
ApiResult<Xml> detach_role_policy(Context& context, const Parameters& parameters) {
  return detach(context, parameters, role_holder);
}
ApiResult<Xml> list_attached_role_policies(Context& context, const Parameters& parameters) {
  return list(context, parameters, role_holder);
}

ApiResult<Xml> attach_user_policy(Context& context, const Parameters& parameters) {
  return attach(context, parameters, user_holder);
}
ApiResult<Xml> detach_user_policy(Context& context, const Parameters& parameters) {
  return detach(context, parameters, user_holder);
}
ApiResult<Xml> list_attached_user_policies(Context& context, const Parameters& parameters) {
  return list(context, parameters, user_holder);
}

}  // namespace hotaru::sim::iam
