#pragma once

#include <span>

#include "sim/action.h"

/// The actions of IAM and STS, by file. Each is documented by its service's API Reference under its own name.
namespace hotaru::sim::iam {

/// All of them.
std::span<const Action> actions();

// roles.cpp
ApiResult<Xml> create_role(Context&, const Parameters&);
ApiResult<Xml> get_role(Context&, const Parameters&);
ApiResult<Xml> list_roles(Context&, const Parameters&);
ApiResult<Xml> delete_role(Context&, const Parameters&);
ApiResult<Xml> update_role(Context&, const Parameters&);
ApiResult<Xml> update_role_description(Context&, const Parameters&);
ApiResult<Xml> update_assume_role_policy(Context&, const Parameters&);
ApiResult<Xml> put_role_permissions_boundary(Context&, const Parameters&);
ApiResult<Xml> delete_role_permissions_boundary(Context&, const Parameters&);
ApiResult<Xml> create_service_linked_role(Context&, const Parameters&);

// role_tags.cpp
ApiResult<Xml> tag_role(Context&, const Parameters&);
ApiResult<Xml> untag_role(Context&, const Parameters&);
ApiResult<Xml> list_role_tags(Context&, const Parameters&);
ApiResult<Xml> tag_instance_profile(Context&, const Parameters&);
ApiResult<Xml> untag_instance_profile(Context&, const Parameters&);
ApiResult<Xml> list_instance_profile_tags(Context&, const Parameters&);
ApiResult<Xml> tag_user(Context&, const Parameters&);
ApiResult<Xml> untag_user(Context&, const Parameters&);
ApiResult<Xml> list_user_tags(Context&, const Parameters&);
ApiResult<Xml> tag_policy(Context&, const Parameters&);
ApiResult<Xml> untag_policy(Context&, const Parameters&);
ApiResult<Xml> list_policy_tags(Context&, const Parameters&);

// own_policies.cpp
ApiResult<Xml> put_role_policy(Context&, const Parameters&);
ApiResult<Xml> get_role_policy(Context&, const Parameters&);
ApiResult<Xml> list_role_policies(Context&, const Parameters&);
ApiResult<Xml> delete_role_policy(Context&, const Parameters&);
ApiResult<Xml> put_user_policy(Context&, const Parameters&);
ApiResult<Xml> get_user_policy(Context&, const Parameters&);
ApiResult<Xml> list_user_policies(Context&, const Parameters&);
ApiResult<Xml> delete_user_policy(Context&, const Parameters&);

// attached_policies.cpp
ApiResult<Xml> attach_role_policy(Context&, const Parameters&);
ApiResult<Xml> detach_role_policy(Context&, const Parameters&);
ApiResult<Xml> list_attached_role_policies(Context&, const Parameters&);
ApiResult<Xml> attach_user_policy(Context&, const Parameters&);
ApiResult<Xml> detach_user_policy(Context&, const Parameters&);
ApiResult<Xml> list_attached_user_policies(Context&, const Parameters&);

// policies.cpp
ApiResult<Xml> create_policy(Context&, const Parameters&);
ApiResult<Xml> get_policy(Context&, const Parameters&);
ApiResult<Xml> list_policies(Context&, const Parameters&);
ApiResult<Xml> delete_policy(Context&, const Parameters&);
ApiResult<Xml> list_entities_for_policy(Context&, const Parameters&);

// policy_versions.cpp
ApiResult<Xml> create_policy_version(Context&, const Parameters&);
ApiResult<Xml> get_policy_version(Context&, const Parameters&);
ApiResult<Xml> list_policy_versions(Context&, const Parameters&);
ApiResult<Xml> set_default_policy_version(Context&, const Parameters&);
ApiResult<Xml> delete_policy_version(Context&, const Parameters&);

// instance_profiles.cpp
ApiResult<Xml> create_instance_profile(Context&, const Parameters&);
ApiResult<Xml> get_instance_profile(Context&, const Parameters&);
ApiResult<Xml> list_instance_profiles(Context&, const Parameters&);
ApiResult<Xml> list_instance_profiles_for_role(Context&, const Parameters&);
ApiResult<Xml> add_role_to_instance_profile(Context&, const Parameters&);
ApiResult<Xml> remove_role_from_instance_profile(Context&, const Parameters&);
ApiResult<Xml> delete_instance_profile(Context&, const Parameters&);

// users.cpp
ApiResult<Xml> create_user(Context&, const Parameters&);
ApiResult<Xml> get_user(Context&, const Parameters&);
ApiResult<Xml> list_users(Context&, const Parameters&);
ApiResult<Xml> delete_user(Context&, const Parameters&);
ApiResult<Xml> update_user(Context&, const Parameters&);
ApiResult<Xml> create_access_key(Context&, const Parameters&);
ApiResult<Xml> list_access_keys(Context&, const Parameters&);
ApiResult<Xml> update_access_key(Context&, const Parameters&);
ApiResult<Xml> delete_access_key(Context&, const Parameters&);

// account.cpp
ApiResult<Xml> create_account_alias(Context&, const Parameters&);
ApiResult<Xml> delete_account_alias(Context&, const Parameters&);
ApiResult<Xml> list_account_aliases(Context&, const Parameters&);
ApiResult<Xml> get_account_summary(Context&, const Parameters&);
ApiResult<Xml> simulate_principal_policy(Context&, const Parameters&);

// sts.cpp
ApiResult<Xml> get_caller_identity(Context&, const Parameters&);
ApiResult<Xml> assume_role(Context&, const Parameters&);
ApiResult<Xml> get_session_token(Context&, const Parameters&);
ApiResult<Xml> get_access_key_info(Context&, const Parameters&);
ApiResult<Xml> decode_authorization_message(Context&, const Parameters&);

// Shared by their files.
/// The inside of a role's element; `whole`: as GetRole tells it, with tags and boundary.
void write_role(Xml& xml, const std::string& account, const Role& role, bool whole);
ApiError no_role(const std::string& name);
ApiError no_user(const std::string& name);
ApiError no_profile(const std::string& name);
ApiError no_policy(const std::string& arn);
/// As GetCallerIdentity tells it.
std::string caller_arn(const Context& context);
/// How many roles and users a managed policy is attached to.
std::int64_t attachments_of(const RegionState& global, const std::string& arn);

}  // namespace hotaru::sim::iam
