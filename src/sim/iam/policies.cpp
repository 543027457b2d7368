#include <fmt/format.h>

#include <algorithm>

#include "sim/iam/actions.h"
#include "sim/iam/form.h"
#include "sim/iam/keys.h"
#include "sim/iam/managed.h"
#include "sim/iam/policy_grammar.h"

namespace hotaru::sim::iam {

namespace {

constexpr std::size_t longest_document = 6'144;  // IAM User Guide, "IAM and AWS STS quotas"

/// A policy of either kind, as it is told.
struct Told {
  std::string arn;
  std::string name;
  std::string path;
  std::string id;
  int version = 1;
  std::string description;
  TimePoint created;
  TimePoint updated;
  std::map<std::string, std::string> tags;
};

Told told(const AwsPolicy& one) { return {one.arn, one.name, one.path, one.policy_id, 1, "", {}, {}, {}}; }
Told told(const ManagedPolicy& one) {
  return {one.id,          one.name,    one.path,    one.policy_id, one.default_version,
          one.description, one.created, one.updated, one.tags};
}

/// made: what CreatePolicy tells, which leaves the description out; got: all of it, also that there are no tags.
enum class Shape { made, got, listed };

void write(Xml& xml, const RegionState& global, const Told& one, Shape shape) {
  xml.text("PolicyName", one.name)
      .text("PolicyId", one.id)
      .text("Arn", one.arn)
      .text("Path", one.path)
      .text("DefaultVersionId", fmt::format("v{}", one.version))
      .number("AttachmentCount", attachments_of(global, one.arn))
      .number("PermissionsBoundaryUsageCount", 0)
      .flag("IsAttachable", true);
  if (shape == Shape::got) xml.text_unless_empty("Description", one.description);
  write_time(xml, "CreateDate", one.created);
  write_time(xml, "UpdateDate", one.updated);
  if (shape == Shape::got && one.tags.empty()) xml.element("Tags", Xml{});
  if (shape != Shape::listed) write_iam_tags(xml, one.tags);
}

template <class T>
std::int64_t attached_in(const Table<T>& table, const std::string& arn) {
  return std::ranges::count_if(table.all(), [&](const auto& one) {
    return std::ranges::find(one.second.policies.attached, arn) != one.second.policies.attached.end();
  });
}

std::vector<Told> policies_of(const RegionState& global, const std::string& scope) {
  std::vector<Told> all;
  if (scope != "Local")
    for (const AwsPolicy& one : aws_policies()) all.push_back(told(one));
  if (scope != "AWS")
    for (const auto& [arn, one] : global.policies.all()) all.push_back(told(one));
  std::ranges::sort(all, {}, &Told::arn);
  return all;
}

template <class T>
void write_holders(Xml& xml, const char* name, const char* noun, const Table<T>& table, const std::string& arn,
                   std::string T::* id) {
  xml.element(name, [&](Xml& list) {
    for (const auto& [key, one] : table.all()) {
      const auto& attached = one.policies.attached;
      if (std::ranges::find(attached, arn) == attached.end()) continue;
      list.element("member", [&](Xml& member) {
        member.text(std::string(noun) + "Name", one.id).text(std::string(noun) + "Id", one.*id);
      });
    }
  });
}

}  // namespace

ApiError no_policy(const std::string& arn) { return no_such(fmt::format("Policy {} was not found.", arn)); }

std::int64_t attachments_of(const RegionState& global, const std::string& arn) {
  return attached_in(global.roles, arn) + attached_in(global.users, arn);
}

ApiResult<Xml> create_policy(Context& context, const Parameters& parameters) {
  ManagedPolicy policy;
  policy.name = read_name(parameters, "PolicyName", 128);
  policy.path = read_path(parameters);
  policy.description = parameters.text("Description");
  const std::string document = parameters.required("PolicyDocument");
  policy.tags = read_iam_tags(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = check_policy(document, PolicyUse::managed)) return std::unexpected(*no);
  if (document.size() > longest_document)
    return refuse("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409);
  RegionState& global = context.world.global(context.account_id);
  for (const auto& [arn, other] : global.policies.all())
    if (other.name == policy.name)
      return std::unexpected(
          exists(fmt::format("A policy called {} already exists. Duplicate names are not allowed.", policy.name)));
  policy.id = fmt::format("arn:aws:iam::{}:policy{}{}", context.account_id, policy.path, policy.name);
  policy.policy_id = new_unique_id(context, "ANPA");
  policy.created = policy.updated = context.now();
  policy.versions = {{1, document, context.now()}};
  const ManagedPolicy& made = global.policies.put(std::move(policy));
  return Xml{}.element("Policy", [&](Xml& xml) { write(xml, global, told(made), Shape::made); });
}

ApiResult<Xml> get_policy(Context& context, const Parameters& parameters) {
  const std::string arn = parameters.required("PolicyArn");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const RegionState& global = context.world.global(context.account_id);
  const AwsPolicy* known = find_aws_policy(arn);
  const ManagedPolicy* own = global.policies.find(arn);
  if (!known && !own) return std::unexpected(no_policy(arn));
  return Xml{}.element("Policy", [&](Xml& xml) { write(xml, global, known ? told(*known) : told(*own), Shape::got); });
}

ApiResult<Xml> list_policies(Context& context, const Parameters& parameters) {
  const std::string scope = parameters.one_of("Scope", {"All", "AWS", "Local"}, "All");
  const bool only_attached = parameters.flag("OnlyAttached");
  const std::string prefix = parameters.text("PathPrefix");
  const std::string usage =
      parameters.one_of("PolicyUsageFilter", {"PermissionsPolicy", "PermissionsBoundary"}, "PermissionsPolicy");
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const RegionState& global = context.world.global(context.account_id);
  auto all = policies_of(global, scope);
  std::erase_if(all, [&](const Told& one) {
    return !one.path.starts_with(prefix) || (only_attached && attachments_of(global, one.arn) == 0) ||
           usage == "PermissionsBoundary";
  });
  return list_answer(
      request, "Policies", std::move(all), [](const Told& one) { return one.arn; },
      [&](const Told& one, Xml& xml) { write(xml, global, one, Shape::listed); });
}

ApiResult<Xml> delete_policy(Context& context, const Parameters& parameters) {
  const std::string arn = parameters.required("PolicyArn");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  RegionState& global = context.world.global(context.account_id);
  if (find_aws_policy(arn)) return refuse("AccessDenied", "AWS managed policies cannot be deleted.", 403);
  const ManagedPolicy* own = global.policies.find(arn);
  if (!own) return std::unexpected(no_policy(arn));
  if (attachments_of(global, arn) > 0) return std::unexpected(conflict("Cannot delete a policy attached to entities."));
  if (own->versions.size() > 1)
    return std::unexpected(
        conflict("This policy has more than one version. Before you delete a policy, you must delete the policy's "
                 "versions. The default version is deleted with the policy."));
  global.policies.erase(arn);
  return Xml{};
}

ApiResult<Xml> list_entities_for_policy(Context& context, const Parameters& parameters) {
  const std::string arn = parameters.required("PolicyArn");
  const std::string filter =
      parameters.one_of("EntityFilter", {"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}, "");
  parameters.ignore("PathPrefix");
  parameters.ignore("PolicyUsageFilter");
  read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const RegionState& global = context.world.global(context.account_id);
  if (!find_aws_policy(arn) && !global.policies.find(arn)) return std::unexpected(no_policy(arn));
  Xml xml;
  xml.element("PolicyGroups", Xml{});
  write_holders(xml, "PolicyUsers", "User", global.users, filter.empty() || filter == "User" ? arn : "",
                &User::user_id);
  write_holders(xml, "PolicyRoles", "Role", global.roles, filter.empty() || filter == "Role" ? arn : "",
                &Role::role_id);
  return xml.flag("IsTruncated", false);
}

}  // namespace hotaru::sim::iam
