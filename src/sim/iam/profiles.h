#pragma once

#include <string>

#include "sim/action.h"

/// Instance profiles, as instances have them.
namespace hotaru::sim {

/// IamInstanceProfile.Name and .Arn, as RunInstances and its kin take them; both empty: none.
struct ProfileRequest {
  std::string name;
  std::string arn;
  bool asked() const { return !name.empty() || !arn.empty(); }
};
ProfileRequest read_profile(const Parameters& parameters);

/// The profile that is meant; EC2's InvalidParameterValue if IAM has none. Whoever may not pass its role on is refused.
ApiResult<const InstanceProfile*> find_profile(const Context& context, const ProfileRequest& request);

/// Gives an instance a profile, under a new association.
void associate(const Context& context, const InstanceProfile& profile, Instance& instance);
/// Later: tells all machines whose instances have the profile that its role is another.
void tell_instances_of(Context& context, const std::string& profile);

}  // namespace hotaru::sim
