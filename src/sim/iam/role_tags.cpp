#include <fmt/format.h>

#include "sim/iam/actions.h"
#include "sim/iam/form.h"

namespace hotaru::sim::iam {

namespace {

/// What bears tags: its table, the parameter that names one, and what IAM says of one that is not there.
template <class T>
struct Tagged {
  Table<T> RegionState::* table;
  const char* parameter;
  ApiError (*missing)(const std::string&);
};
constexpr Tagged<Role> roles{&RegionState::roles, "RoleName", no_role};
constexpr Tagged<InstanceProfile> profiles{&RegionState::instance_profiles, "InstanceProfileName", no_profile};
constexpr Tagged<User> users{&RegionState::users, "UserName", no_user};
constexpr Tagged<ManagedPolicy> policies{&RegionState::policies, "PolicyArn", no_policy};

constexpr std::size_t most_tags = 50;

template <class T>
ApiResult<Xml> add(Context& context, const Parameters& parameters, const Tagged<T>& kind) {
  const std::string name = parameters.required(kind.parameter);
  const auto tags = read_iam_tags(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  Table<T>& table = context.world.global(context.account_id).*kind.table;
  const T* found = table.find(name);
  if (!found) return std::unexpected(kind.missing(name));
  auto now = found->tags;
  for (const auto& [key, value] : tags) now[key] = value;
  if (now.size() > most_tags)
    return refuse("LimitExceeded", "The number of tags has reached the maximum limit of 50.", 409);
  table.modify(name, [&](T& one) { one.tags = now; });
  return Xml{};
}

template <class T>
ApiResult<Xml> remove(Context& context, const Parameters& parameters, const Tagged<T>& kind) {
  const std::string name = parameters.required(kind.parameter);
  const auto keys = read_tag_keys(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  Table<T>& table = context.world.global(context.account_id).*kind.table;
  if (!table.find(name)) return std::unexpected(kind.missing(name));
  table.modify(name, [&](T& one) {
    for (const std::string& key : keys) one.tags.erase(key);
  });
  return Xml{};
}

template <class T>
ApiResult<Xml> list(Context& context, const Parameters& parameters, const Tagged<T>& kind) {
  const std::string name = parameters.required(kind.parameter);
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const Table<T>& table = context.world.global(context.account_id).*kind.table;
  const T* found = table.find(name);
  if (!found) return std::unexpected(kind.missing(name));
  using Tag = std::pair<std::string, std::string>;
  return list_answer(
      request, "Tags", std::vector<Tag>(found->tags.begin(), found->tags.end()),
      [](const Tag& one) { return one.first; },
      [](const Tag& one, Xml& xml) { xml.text("Key", one.first).text("Value", one.second); });
}

}  // namespace

ApiResult<Xml> tag_role(Context& context, const Parameters& parameters) { return add(context, parameters, roles); }
ApiResult<Xml> untag_role(Context& context, const Parameters& parameters) { return remove(context, parameters, roles); }
ApiResult<Xml> list_role_tags(Context& context, const Parameters& parameters) {
  return list(context, parameters, roles);
}

ApiResult<Xml> tag_instance_profile(Context& context, const Parameters& parameters) {
  return add(context, parameters, profiles);
}
ApiResult<Xml> untag_instance_profile(Context& context, const Parameters& parameters) {
  return remove(context, parameters, profiles);
}
ApiResult<Xml> list_instance_profile_tags(Context& context, const Parameters& parameters) {
  return list(context, parameters, profiles);
}

ApiResult<Xml> tag_user(Context& context, const Parameters& parameters) { return add(context, parameters, users); }
ApiResult<Xml> untag_user(Context& context, const Parameters& parameters) { return remove(context, parameters, users); }
ApiResult<Xml> list_user_tags(Context& context, const Parameters& parameters) {
  return list(context, parameters, users);
}

ApiResult<Xml> tag_policy(Context& context, const Parameters& parameters) { return add(context, parameters, policies); }
ApiResult<Xml> untag_policy(Context& context, const Parameters& parameters) {
  return remove(context, parameters, policies);
}
ApiResult<Xml> list_policy_tags(Context& context, const Parameters& parameters) {
  return list(context, parameters, policies);
}

}  // namespace hotaru::sim::iam
