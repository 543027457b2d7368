#include "sim/iam/model.h"

#include "sim/row_json.h"

namespace hotaru::sim {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Account, id, session_key, alias)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PolicySet, own, attached)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Role, id, role_id, path, description, trust, permissions_boundary,
                                                created, max_session_seconds, policies, tags)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(InstanceProfile, id, profile_id, path, created, role, tags)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(User, id, user_id, path, permissions_boundary, created, policies, tags)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(AccessKey, id, user, secret, active, created)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PolicyVersion, number, document, created)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ManagedPolicy, id, name, policy_id, path, description, created, updated,
                                                default_version, last_version, versions, tags)

HOTARU_ROW(Account)
HOTARU_ROW(Role)
HOTARU_ROW(InstanceProfile)
HOTARU_ROW(User)
HOTARU_ROW(AccessKey)
HOTARU_ROW(ManagedPolicy)

}  // namespace hotaru::sim
