#include <fmt/format.h>

#include "base/text.h"
#include "sim/iam/actions.h"
#include "sim/iam/form.h"
#include "sim/iam/keys.h"

namespace hotaru::sim::iam {

namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t most_keys = 2;  // IAM User Guide, "IAM and AWS STS quotas"

RegionState& global_of(const Context& context) { return context.world.global(context.account_id); }

void write(Xml& xml, const std::string& account, const User& user, bool whole) {
  xml.text("Path", user.path)
      .text("UserName", user.id)
      .text("UserId", user.user_id)
      .text("Arn", user_arn(account, user));
  write_time(xml, "CreateDate", user.created);
  if (!whole) return;
  if (!user.permissions_boundary.empty())
    xml.element(
        "PermissionsBoundary",
        Xml{}.text("PermissionsBoundaryType", "Policy").text("PermissionsBoundaryArn", user.permissions_boundary));
  write_iam_tags(xml, user.tags);
}

/// Whose keys the sim made itself: it is in no table.
Xml the_sims_user(const Context& context) {
  Xml xml;
  xml.text("Path", "/")
      .text("UserName", "sim")
      .text("UserId", "AIDASIMULATEDBYHOTARU")
      .text("Arn", fmt::format("arn:aws:iam::{}:user/sim", context.account_id));
  write_time(xml, "CreateDate", TimePoint{});
  return Xml{}.element("User", xml);
}

std::vector<const AccessKey*> keys_of(const RegionState& global, const std::string& user) {
  std::vector<const AccessKey*> keys;
  for (const auto& [id, key] : global.access_keys.all())
    if (key.user == user) keys.push_back(&key);
  return keys;
}

/// UserName, or the caller's own.
std::string user_of(const Context& context, const Parameters& parameters) {
  const std::string name = parameters.text("UserName");
  return name.empty() && context.caller.kind == Principal::Kind::user ? context.caller.name : name;
}

std::string random_text(Context& context, std::string_view letters, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += letters[context.world.random().next() % letters.size()];
  return text;
}

ApiError no_key(const std::string& id) {
  return no_such(fmt::format("The Access Key with id {} cannot be found.", id));
}

void write_key(Xml& xml, const AccessKey& key) {
  xml.text("UserName", key.user).text("AccessKeyId", key.id).text("Status", key.active ? "Active" : "Inactive");
  write_time(xml, "CreateDate", key.created);
}

}  // namespace

ApiError no_user(const std::string& name) {
  return no_such(fmt::format("The user with name {} cannot be found.", name));
}

ApiResult<Xml> create_user(Context& context, const Parameters& parameters) {
  User user;
  user.id = read_name(parameters, "UserName", longest_name);
  user.path = read_path(parameters);
  user.permissions_boundary = parameters.text("PermissionsBoundary");
  user.tags = read_iam_tags(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  for (const auto& [name, other] : global_of(context).users.all())
    if (to_lower(name) == to_lower(user.id))
      return std::unexpected(exists(fmt::format("User with name {} already exists.", user.id)));
  user.user_id = new_unique_id(context, "AIDA");
  user.created = context.now();
  const User& made = global_of(context).users.put(std::move(user));
  return Xml{}.element("User", [&](Xml& xml) { write(xml, context.account_id, made, true); });
}

ApiResult<Xml> get_user(Context& context, const Parameters& parameters) {
  const std::string name = user_of(context, parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (name.empty() && context.caller.kind == Principal::Kind::role)
    return refuse("ValidationError", "Must specify userName when calling with non-User credentials");
  if (name.empty() || (name == "sim" && !global_of(context).users.find(name))) return the_sims_user(context);
  const User* user = global_of(context).users.find(name);
  if (!user) return std::unexpected(no_user(name));
  return Xml{}.element("User", [&](Xml& xml) { write(xml, context.account_id, *user, true); });
}

ApiResult<Xml> list_users(Context& context, const Parameters& parameters) {
  const std::string prefix = parameters.text("PathPrefix");
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  std::vector<const User*> users;
  for (const auto& [name, user] : global_of(context).users.all())
    if (user.path.starts_with(prefix)) users.push_back(&user);
  return list_answer(
      request, "Users", std::move(users), [](const User* one) { return one->id; },
      [&](const User* one, Xml& xml) { write(xml, context.account_id, *one, false); });
}

ApiResult<Xml> delete_user(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "UserName", longest_name);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  RegionState& global = global_of(context);
  const User* user = global.users.find(name);
  if (!user) return std::unexpected(no_user(name));
  if (!keys_of(global, name).empty())
    return std::unexpected(conflict("Cannot delete entity, must delete access keys first."));
  if (!user->policies.attached.empty())
    return std::unexpected(conflict("Cannot delete entity, must detach all policies first."));
  if (!user->policies.own.empty())
    return std::unexpected(conflict("Cannot delete entity, must delete policies first."));
  global.users.erase(name);
  return Xml{};
}

ApiResult<Xml> update_user(Context& context, const Parameters& parameters) {
  const std::string name = read_name(parameters, "UserName", longest_name);
  const std::string new_name =
      parameters.has("NewUserName") ? read_name(parameters, "NewUserName", longest_name) : name;
  const auto new_path = parameters.optional_text("NewPath");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  RegionState& global = global_of(context);
  const User* user = global.users.find(name);
  if (!user) return std::unexpected(no_user(name));
  for (const auto& [other, one] : global.users.all())
    if (other != name && to_lower(other) == to_lower(new_name))
      return std::unexpected(exists(fmt::format("User with name {} already exists.", new_name)));
  User changed = *user;
  changed.id = new_name;
  if (new_path) changed.path = *new_path;
  std::vector<std::string> keys;
  for (const AccessKey* key : keys_of(global, name)) keys.push_back(key->id);
  global.users.erase(name);
  global.users.put(std::move(changed));
  for (const std::string& key : keys) global.access_keys.modify(key, [&](AccessKey& one) { one.user = new_name; });
  return Xml{};
}

ApiResult<Xml> create_access_key(Context& context, const Parameters& parameters) {
  const std::string name = user_of(context, parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  RegionState& global = global_of(context);
  if (!global.users.find(name)) return std::unexpected(no_user(name.empty() ? "sim" : name));
  if (keys_of(global, name).size() >= most_keys)
    return refuse("LimitExceeded", fmt::format("Cannot exceed quota for AccessKeysPerUser: {}", most_keys), 409);
  const std::string id = "AKIA" + random_text(context, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
  const std::string secret =
      random_text(context, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 40);
  const AccessKey& key = global.access_keys.put({id, name, secret, true, context.now()});
  return Xml{}.element("AccessKey", [&](Xml& xml) {
    write_key(xml, key);
    xml.text("SecretAccessKey", key.secret);
  });
}

ApiResult<Xml> list_access_keys(Context& context, const Parameters& parameters) {
  const std::string name = user_of(context, parameters);
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!name.empty() && !global_of(context).users.find(name)) return std::unexpected(no_user(name));
  return list_answer(
      request, "AccessKeyMetadata", keys_of(global_of(context), name), [](const AccessKey* one) { return one->id; },
      [](const AccessKey* one, Xml& xml) { write_key(xml, *one); });
}

ApiResult<Xml> update_access_key(Context& context, const Parameters& parameters) {
  const std::string name = user_of(context, parameters);
  const std::string id = parameters.required("AccessKeyId");
  parameters.required("Status");
  const std::string status = parameters.one_of("Status", {"Active", "Inactive"}, "Active");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const AccessKey* key = global_of(context).access_keys.find(id);
  if (!key || (!name.empty() && key->user != name)) return std::unexpected(no_key(id));
  global_of(context).access_keys.modify(id, [&](AccessKey& one) { one.active = status == "Active"; });
  return Xml{};
}

ApiResult<Xml> delete_access_key(Context& context, const Parameters& parameters) {
  const std::string name = user_of(context, parameters);
  const std::string id = parameters.required("AccessKeyId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const AccessKey* key = global_of(context).access_keys.find(id);
  if (!key || (!name.empty() && key->user != name)) return std::unexpected(no_key(id));
  global_of(context).access_keys.erase(id);
  return Xml{};
}

}  // namespace hotaru::sim::iam
