#include "sim/iam/profiles.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/iam/authorize.h"
#include "sim/iam/keys.h"
#include "sim/instances/life.h"

namespace hotaru::sim {

ProfileRequest read_profile(const Parameters& parameters) {
  const Parameters profile = parameters.structure("IamInstanceProfile");
  ProfileRequest request{profile.text("Name"), profile.text("Arn")};
  if (!request.name.empty() && !request.arn.empty())
    parameters.refuse("InvalidParameterCombination",
                      "The parameter 'iamInstanceProfile.name' may not be used in combination with "
                      "'iamInstanceProfile.arn'");
  return request;
}

ApiResult<const InstanceProfile*> find_profile(const Context& context, const ProfileRequest& request) {
  const RegionState& global = context.world.global(context.account_id);
  const InstanceProfile* found = global.instance_profiles.find(request.name);
  if (!request.arn.empty()) {
    const auto& all = global.instance_profiles.all();
    const auto one = std::ranges::find_if(
        all, [&](const auto& entry) { return profile_arn(context.account_id, entry.second) == request.arn; });
    found = one == all.end() ? nullptr : &one->second;
  }
  if (!found && !request.arn.empty())
    return refuse("InvalidParameterValue",
                  fmt::format("Value ({}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance "
                              "Profile ARN",
                              request.arn));
  if (!found)
    return refuse("InvalidParameterValue",
                  fmt::format("Value ({}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance "
                              "Profile name",
                              request.name));
  if (const Role* role = global.roles.find(found->role)) {
    // IAM User Guide, "Grant a user permissions to pass a role to an AWS service". EC2 says it with its own code.
    if (auto no = authorize(context, "iam:PassRole", {role_arn(context.account_id, *role)}))
      return refuse("UnauthorizedOperation", "You are not authorized to perform this operation. " + no->message, 403);
  }
  return found;
}

void associate(const Context& context, const InstanceProfile& profile, Instance& instance) {
  instance.iam_profile_arn = profile_arn(context.account_id, profile);
  instance.iam_profile_id = profile.profile_id;
  instance.options.iam_association_id = context.new_id("iip-assoc");
  instance.options.iam_association_time = context.now();
}

void tell_instances_of(Context& context, const std::string& name) {
  const InstanceProfile* profile = context.world.global(context.account_id).instance_profiles.find(name);
  if (!profile) return;
  for (RegionState* state : context.world.regions()) {
    if (state->account != context.account_id) continue;
    Context there{context.world,     *state, context.machines, context.account_id, state->region, context.access_key_id,
                  context.request_id};
    for (const auto& [id, instance] : state->instances.all())
      if (instance.iam_profile_id == profile->profile_id) update_later(there, id);
    context.later.insert(context.later.end(), there.later.begin(), there.later.end());
  }
}

}  // namespace hotaru::sim
