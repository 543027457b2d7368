#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/iam/actions.h"
#include "sim/iam/form.h"
#include "sim/iam/managed.h"
#include "sim/iam/policy_grammar.h"

namespace hotaru::sim::iam {

namespace {

constexpr std::size_t most_versions = 5;  // IAM User Guide, "IAM and AWS STS quotas"

/// All versions of a policy, of either kind.
struct Versions {
  std::vector<PolicyVersion> all;
  int default_number = 1;
};
ApiResult<Versions> versions_of(const Context& context, const std::string& arn) {
  if (const AwsPolicy* known = find_aws_policy(arn)) return Versions{{{1, known->document, {}}}, 1};
  const ManagedPolicy* own = context.world.global(context.account_id).policies.find(arn);
  if (!own) return std::unexpected(no_policy(arn));
  return Versions{own->versions, own->default_version};
}

/// 3 of "v3"; 0 for what is no version.
int number_of(const std::string& version) {
  return version.starts_with('v') ? static_cast<int>(parse_integer(version.substr(1)).value_or(0)) : 0;
}

ApiError no_version(const std::string& arn, const std::string& version) {
  return no_such(fmt::format("Policy {} version {} does not exist or is not attachable.", arn, version));
}

void write(Xml& xml, const PolicyVersion& one, int default_number, bool with_document) {
  if (with_document) write_document(xml, "Document", one.document);
  xml.text("VersionId", fmt::format("v{}", one.number)).flag("IsDefaultVersion", one.number == default_number);
  write_time(xml, "CreateDate", one.created);
}

/// The policy of the customer's own that a call changes, and one of its versions.
ApiResult<const ManagedPolicy*> own_policy(const Context& context, const std::string& arn, const std::string& version) {
  const ManagedPolicy* own = context.world.global(context.account_id).policies.find(arn);
  if (!own) return std::unexpected(no_policy(arn));
  if (std::ranges::find(own->versions, number_of(version), &PolicyVersion::number) == own->versions.end())
    return std::unexpected(no_version(arn, version));
  return own;
}

}  // namespace

ApiResult<Xml> create_policy_version(Context& context, const Parameters& parameters) {
  const std::string arn = parameters.required("PolicyArn");
  const std::string document = parameters.required("PolicyDocument");
  const bool as_default = parameters.flag("SetAsDefault");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto& policies = context.world.global(context.account_id).policies;
  const ManagedPolicy* own = policies.find(arn);
  if (!own) return std::unexpected(no_policy(arn));
  if (auto no = check_policy(document, PolicyUse::managed)) return std::unexpected(*no);
  if (own->versions.size() >= most_versions)
    return refuse("LimitExceeded",
                  "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
                  "existing version.",
                  409);
  const PolicyVersion made{own->last_version + 1, document, context.now()};
  policies.modify(arn, [&](ManagedPolicy& one) {
    one.versions.push_back(made);
    one.last_version = made.number;
    one.updated = context.now();
    if (as_default) one.default_version = made.number;
  });
  const int default_number = policies.find(arn)->default_version;
  return Xml{}.element("PolicyVersion", [&](Xml& xml) { write(xml, made, default_number, false); });
}

ApiResult<Xml> get_policy_version(Context& context, const Parameters& parameters) {
  const std::string arn = parameters.required("PolicyArn");
  const std::string version = parameters.required("VersionId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto versions = versions_of(context, arn);
  if (!versions) return std::unexpected(versions.error());
  const auto found = std::ranges::find(versions->all, number_of(version), &PolicyVersion::number);
  if (found == versions->all.end()) return std::unexpected(no_version(arn, version));
  return Xml{}.element("PolicyVersion", [&](Xml& xml) { write(xml, *found, versions->default_number, true); });
}

ApiResult<Xml> list_policy_versions(Context& context, const Parameters& parameters) {
  const std::string arn = parameters.required("PolicyArn");
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto versions = versions_of(context, arn);
  if (!versions) return std::unexpected(versions.error());
  return list_answer(
      request, "Versions", versions->all, [](const PolicyVersion& one) { return fmt::format("{:06}", one.number); },
      [&](const PolicyVersion& one, Xml& xml) { write(xml, one, versions->default_number, false); });
}

ApiResult<Xml> set_default_policy_version(Context& context, const Parameters& parameters) {
  const std::string arn = parameters.required("PolicyArn");
  const std::string version = parameters.required("VersionId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (const auto own = own_policy(context, arn, version); !own) return std::unexpected(own.error());
  context.world.global(context.account_id).policies.modify(arn, [&](ManagedPolicy& one) {
    one.default_version = number_of(version);
  });
  return Xml{};
}

ApiResult<Xml> delete_policy_version(Context& context, const Parameters& parameters) {
  const std::string arn = parameters.required("PolicyArn");
  const std::string version = parameters.required("VersionId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto own = own_policy(context, arn, version);
  if (!own) return std::unexpected(own.error());
  if ((*own)->default_version == number_of(version))
    return std::unexpected(conflict("Cannot delete the default version of a policy."));
  context.world.global(context.account_id).policies.modify(arn, [&](ManagedPolicy& one) {
    std::erase_if(one.versions, [&](const PolicyVersion& old) { return old.number == number_of(version); });
  });
  return Xml{};
}

}  // namespace hotaru::sim::iam
