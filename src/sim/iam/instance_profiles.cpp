#include <fmt/format.h>

#include "base/text.h"
#include "sim/iam/actions.h"
#include "sim/iam/form.h"
#include "sim/iam/keys.h"
#include "sim/iam/profiles.h"

namespace hotaru::sim::iam {

namespace {

constexpr std::size_t longest_name = 128;

RegionState& global_of(const Context& context) { return context.world.global(context.account_id); }

void write(Xml& xml, const Context& context, const InstanceProfile& one) {
  xml.text("Path", one.path)
      .text("InstanceProfileName", one.id)
      .text("InstanceProfileId", one.profile_id)
      .text("Arn", profile_arn(context.account_id, one));
  write_time(xml, "CreateDate", one.created);
  xml.element("Roles", [&](Xml& roles) {
    const Role* role = global_of(context).roles.find(one.role);
    if (role) roles.element("member", [&](Xml& member) { write_role(member, context.account_id, *role, false); });
  });
  if (one.tags.empty()) xml.element("Tags", Xml{});
  write_iam_tags(xml, one.tags);
}

ApiResult<Xml> list_those(const Context& context, const ListRequest& request,
                          std::vector<const InstanceProfile*> profiles) {
  return list_answer(
      request, "InstanceProfiles", std::move(profiles), [](const InstanceProfile* one) { return one->id; },
      [&](const InstanceProfile* one, Xml& xml) { write(xml, context, *one); });
}

}  // namespace

ApiError no_profile(const std::string& name) {
  return no_such(fmt::format("Instance Profile {} cannot be found.", name));
}

ApiResult<Xml> create_instance_profile(Context& context, const Parameters& parameters) {
  InstanceProfile profile;
  profile.id = read_name(parameters, "InstanceProfileName", longest_name);
  profile.path = read_path(parameters);
  profile.tags = read_iam_tags(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  for (const auto& [name, other] : global_of(context).instance_profiles.all())
    if (to_lower(name) == to_lower(profile.id))
      return std::unexpected(exists(fmt::format("Instance Profile {} already exists.", profile.id)));
  profile.profile_id = new_unique_id(context, "AIPA");
  profile.created = context.now();
  const InstanceProfile& made = global_of(context).instance_profiles.put(std::move(profile));
  return Xml{}.element("InstanceProfile", [&](Xml& xml) { write(xml, context, made); });
}

ApiResult<Xml> get_instance_profile(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "InstanceProfileName", longest_name);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const InstanceProfile* profile = global_of(context).instance_profiles.find(name);
  if (!profile) return std::unexpected(no_profile(name));
  return Xml{}.element("InstanceProfile", [&](Xml& xml) { write(xml, context, *profile); });
}

ApiResult<Xml> list_instance_profiles(Context& context, const Parameters& parameters) {
  const std::string prefix = parameters.text("PathPrefix");
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  std::vector<const InstanceProfile*> profiles;
  for (const auto& [name, profile] : global_of(context).instance_profiles.all())
    if (profile.path.starts_with(prefix)) profiles.push_back(&profile);
  return list_those(context, request, std::move(profiles));
}

ApiResult<Xml> list_instance_profiles_for_role(Context& context, const Parameters& parameters) {
  const std::string role = read_name(parameters, "RoleName", 64);
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!global_of(context).roles.find(role)) return std::unexpected(no_role(role));
  std::vector<const InstanceProfile*> profiles;
  for (const auto& [name, profile] : global_of(context).instance_profiles.all())
    if (profile.role == role) profiles.push_back(&profile);
  return list_those(context, request, std::move(profiles));
}

ApiResult<Xml> add_role_to_instance_profile(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "InstanceProfileName", longest_name);
  const std::string role = read_name(parameters, "RoleName", 64);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const InstanceProfile* profile = global_of(context).instance_profiles.find(name);
  if (!profile) return std::unexpected(no_profile(name));
  if (!global_of(context).roles.find(role)) return std::unexpected(no_role(role));
  if (!profile->role.empty())
    return refuse("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", 409);
  global_of(context).instance_profiles.modify(name, [&](InstanceProfile& one) { one.role = role; });
  tell_instances_of(context, name);
  return Xml{};
}

ApiResult<Xml> remove_role_from_instance_profile(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "InstanceProfileName", longest_name);
  const std::string role = read_name(parameters, "RoleName", 64);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const InstanceProfile* profile = global_of(context).instance_profiles.find(name);
  if (!profile) return std::unexpected(no_profile(name));
  if (profile->role != role) return std::unexpected(no_role(role));
  global_of(context).instance_profiles.modify(name, [&](InstanceProfile& one) { one.role.clear(); });
  tell_instances_of(context, name);
  return Xml{};
}

ApiResult<Xml> delete_instance_profile(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "InstanceProfileName", longest_name);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const InstanceProfile* profile = global_of(context).instance_profiles.find(name);
  if (!profile) return std::unexpected(no_profile(name));
  if (!profile->role.empty())
    return std::unexpected(conflict("Cannot delete entity, must remove roles from instance profile first."));
  global_of(context).instance_profiles.erase(name);
  return Xml{};
}

}  // namespace hotaru::sim::iam
