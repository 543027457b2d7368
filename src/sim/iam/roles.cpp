#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/iam/actions.h"
#include "sim/iam/form.h"
#include "sim/iam/keys.h"
#include "sim/iam/managed.h"
#include "sim/iam/policy_grammar.h"

namespace hotaru::sim::iam {

namespace {

constexpr std::size_t longest_name = 64;
constexpr std::int64_t shortest_session = 3'600;
constexpr std::int64_t longest_session = 43'200;
constexpr std::size_t longest_trust = 2'048;  // IAM User Guide, "IAM and AWS STS quotas"

int read_session_limit(const Parameters& parameters) {
  const std::int64_t seconds = parameters.integer("MaxSessionDuration", shortest_session);
  if (seconds < shortest_session || seconds > longest_session)
    parameters.refuse("ValidationError",
                      fmt::format("1 validation error detected: Value '{}' at 'maxSessionDuration' failed to satisfy "
                                  "constraint: Member must have value {} than or equal to {}",
                                  seconds, seconds < shortest_session ? "greater" : "less",
                                  seconds < shortest_session ? shortest_session : longest_session));
  return static_cast<int>(seconds);
}

Refusal check_trust(const std::string& trust) {
  if (trust.size() > longest_trust)
    return ApiError{409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"};
  return check_policy(trust, PolicyUse::trust);
}

/// A path under which only AWS itself makes roles.
bool service_linked(const Role& role) { return role.path.starts_with("/aws-service-role/"); }

Refusal check_own(const Role& role) {
  if (!service_linked(role)) return std::nullopt;
  return ApiError{400, "UnmodifiableEntity",
                  fmt::format("Cannot perform the operation on the protected role '{}' - this role is only modifiable "
                              "by AWS",
                              role.id)};
}

Refusal check_unused(const RegionState& global, const Role& role) {
  for (const auto& [name, profile] : global.instance_profiles.all())
    if (profile.role == role.id)
      return conflict("Cannot delete entity, must remove roles from instance profile first.");
  if (!role.policies.attached.empty()) return conflict("Cannot delete entity, must detach all policies first.");
  if (!role.policies.own.empty()) return conflict("Cannot delete entity, must delete policies first.");
  return std::nullopt;
}

RegionState& global_of(const Context& context) { return context.world.global(context.account_id); }

/// The role that a call changes.
ApiResult<const Role*> changeable_role(const Context& context, const std::string& name) {
  const Role* role = global_of(context).roles.find(name);
  if (!role) return std::unexpected(no_role(name));
  if (auto no = check_own(*role)) return std::unexpected(*no);
  return role;
}

}  // namespace

ApiError no_role(const std::string& name) {
  return no_such(fmt::format("The role with name {} cannot be found.", name));
}

void write_role(Xml& xml, const std::string& account, const Role& role, bool whole) {
  xml.text("Path", role.path)
      .text("RoleName", role.id)
      .text("RoleId", role.role_id)
      .text("Arn", role_arn(account, role));
  write_time(xml, "CreateDate", role.created);
  write_document(xml, "AssumeRolePolicyDocument", role.trust);
  if (!role.description.empty()) xml.text("Description", role.description);
  xml.number("MaxSessionDuration", role.max_session_seconds);
  if (!whole) return;
  if (!role.permissions_boundary.empty())
    xml.element(
        "PermissionsBoundary",
        Xml{}.text("PermissionsBoundaryType", "Policy").text("PermissionsBoundaryArn", role.permissions_boundary));
  write_iam_tags(xml, role.tags);
  xml.element("RoleLastUsed", Xml{});
}

ApiResult<Xml> create_role(Context& context, const Parameters& parameters) {
  Role role;
  role.id = read_name(parameters, "RoleName", longest_name);
  role.path = read_path(parameters);
  role.trust = parameters.required("AssumeRolePolicyDocument");
  role.description = parameters.text("Description");
  role.max_session_seconds = read_session_limit(parameters);
  role.permissions_boundary = parameters.text("PermissionsBoundary");
  role.tags = read_iam_tags(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  for (const auto& [name, other] : global_of(context).roles.all())
    if (to_lower(name) == to_lower(role.id))
      return std::unexpected(exists(fmt::format("Role with name {} already exists.", role.id)));
  if (auto no = check_trust(role.trust)) return std::unexpected(*no);
  role.role_id = new_unique_id(context, "AROA");
  role.created = context.now();
  const Role& made = global_of(context).roles.put(std::move(role));
  return Xml{}.element("Role", [&](Xml& xml) { write_role(xml, context.account_id, made, true); });
}

ApiResult<Xml> get_role(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "RoleName", longest_name);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const Role* role = global_of(context).roles.find(name);
  if (!role) return std::unexpected(no_role(name));
  return Xml{}.element("Role", [&](Xml& xml) { write_role(xml, context.account_id, *role, true); });
}

ApiResult<Xml> list_roles(Context& context, const Parameters& parameters) {
  const std::string prefix = parameters.text("PathPrefix");
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  std::vector<const Role*> roles;
  for (const auto& [name, role] : global_of(context).roles.all())
    if (role.path.starts_with(prefix)) roles.push_back(&role);
  return list_answer(
      request, "Roles", std::move(roles), [](const Role* one) { return one->id; },
      [&](const Role* one, Xml& xml) { write_role(xml, context.account_id, *one, false); });
}

ApiResult<Xml> delete_role(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "RoleName", longest_name);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto role = changeable_role(context, name);
  if (!role) return std::unexpected(role.error());
  if (auto no = check_unused(global_of(context), **role)) return std::unexpected(*no);
  global_of(context).roles.erase(name);
  return Xml{};
}

ApiResult<Xml> update_role(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "RoleName", longest_name);
  const auto description = parameters.optional_text("Description");
  const bool limited = parameters.has("MaxSessionDuration");
  const int seconds = read_session_limit(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto role = changeable_role(context, name);
  if (!role) return std::unexpected(role.error());
  global_of(context).roles.modify(name, [&](Role& one) {
    if (description) one.description = *description;
    if (limited) one.max_session_seconds = seconds;
  });
  return Xml{};
}

ApiResult<Xml> update_role_description(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "RoleName", longest_name);
  const std::string description = parameters.text("Description");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto role = changeable_role(context, name);
  if (!role) return std::unexpected(role.error());
  global_of(context).roles.modify(name, [&](Role& one) { one.description = description; });
  return Xml{}.element("Role", [&](Xml& xml) { write_role(xml, context.account_id, **role, true); });
}

ApiResult<Xml> update_assume_role_policy(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "RoleName", longest_name);
  const std::string trust = parameters.required("PolicyDocument");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto role = changeable_role(context, name);
  if (!role) return std::unexpected(role.error());
  if (auto no = check_trust(trust)) return std::unexpected(*no);
  global_of(context).roles.modify(name, [&](Role& one) { one.trust = trust; });
  return Xml{};
}

ApiResult<Xml> put_role_permissions_boundary(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "RoleName", longest_name);
  const std::string arn = parameters.required("PermissionsBoundary");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto role = changeable_role(context, name);
  if (!role) return std::unexpected(role.error());
  if (!find_aws_policy(arn) && !global_of(context).policies.find(arn))
    return std::unexpected(no_such(fmt::format("Scope ARN: {} does not exist or is not attachable.", arn)));
  global_of(context).roles.modify(name, [&](Role& one) { one.permissions_boundary = arn; });
  return Xml{};
}

ApiResult<Xml> delete_role_permissions_boundary(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "RoleName", longest_name);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto role = changeable_role(context, name);
  if (!role) return std::unexpected(role.error());
  if ((*role)->permissions_boundary.empty())
    return std::unexpected(no_such(fmt::format("Role {} does not have a permissions boundary.", name)));
  global_of(context).roles.modify(name, [](Role& one) { one.permissions_boundary.clear(); });
  return Xml{};
}

ApiResult<Xml> create_service_linked_role(Context& context, const Parameters& parameters) {
  static const std::map<std::string, std::string> names = {
      {"spot.amazonaws.com", "AWSServiceRoleForEC2Spot"},
      {"spotfleet.amazonaws.com", "AWSServiceRoleForEC2SpotFleet"},
      {"ec2fleet.amazonaws.com", "AWSServiceRoleForEC2Fleet"},
      {"autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling"},
      {"elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"},
  };
  const std::string service = parameters.required("AWSServiceName");
  Role role;
  role.description = parameters.text("Description");
  parameters.ignore("CustomSuffix");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto known = names.find(service);
  if (known == names.end())
    return refuse("InvalidInput", fmt::format("Service role name for {} is not known to the simulator.", service));
  role.id = known->second;
  if (global_of(context).roles.find(role.id))
    return refuse(
        "InvalidInput",
        fmt::format("Service role name {} has been taken in this account, please try a different suffix.", role.id));
  role.path = fmt::format("/aws-service-role/{}/", service);
  role.trust = fmt::format(
      R"({{"Version":"2012-10-17","Statement":[{{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{{"Service":["{}"]}}}}]}})",
      service);
  role.role_id = new_unique_id(context, "AROA");
  role.created = context.now();
  const Role& made = global_of(context).roles.put(std::move(role));
  return Xml{}.element("Role", [&](Xml& xml) { write_role(xml, context.account_id, made, false); });
}

}  // namespace hotaru::sim::iam
