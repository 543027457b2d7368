#pragma once

#include "sim/iam/actions.h"

/// What has policies: roles and users, alike but for their names.
namespace hotaru::sim::iam {

template <class T>
struct Holder {
  Table<T> RegionState::* table;
  const char* noun;       ///< "role"
  const char* parameter;  ///< "RoleName"
  ApiError (*missing)(const std::string&);
};
inline constexpr Holder<Role> role_holder{&RegionState::roles, "role", "RoleName", no_role};
inline constexpr Holder<User> user_holder{&RegionState::users, "user", "UserName", no_user};

/// The one that a call names, or NoSuchEntity.
template <class T>
ApiResult<const T*> find_holder(Context& context, const Holder<T>& holder, const std::string& name) {
  const T* found = (context.world.global(context.account_id).*holder.table).find(name);
  if (!found) return std::unexpected(holder.missing(name));
  return found;
}

template <class T, class Change>
void change_holder(Context& context, const Holder<T>& holder, const std::string& name, Change change) {
  (context.world.global(context.account_id).*holder.table).modify(name, [&](T& one) { change(one.policies); });
}

}  // namespace hotaru::sim::iam
