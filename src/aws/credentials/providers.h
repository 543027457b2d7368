#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aws/credentials.h"

/// The places where credentials may be: one file each. Errors are one sentence with what to do next; most are
/// `unauthorized`, a service that cannot be reached is `unavailable`.
namespace hotaru::aws {

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, and AWS_CREDENTIAL_EXPIRATION as
/// `aws configure export-credentials` writes it.
std::unique_ptr<Provider> environment_provider(const ProviderNeeds& needs);

/// A profile with `role_arn` and either `source_profile` or `credential_source`: STS AssumeRole. Sessions are kept in
/// the user's cache until they expire. `visited`: the profiles that led here, to find loops.
std::unique_ptr<Provider> role_provider(const ProviderNeeds& needs, const std::string& profile,
                                        const std::vector<std::string>& visited = {});

/// Whether AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME count: not for a profile that was named.
enum class Variables { count, do_not_count };

/// What a profile can hold besides a role with a source, in botocore's order: web identity, SSO, keys of the
/// credentials file, `aws login`, a program, keys of the config file.
Providers profile_providers(const ProviderNeeds& needs, const std::string& profile, Variables variables);

/// STS AssumeRoleWithWebIdentity with a token that somebody keeps fresh in a file (Kubernetes, CI).
std::unique_ptr<Provider> web_identity_provider(const ProviderNeeds& needs, const std::string& profile,
                                                Variables variables);
/// IAM Identity Center: `sso_session`, or the older form with everything in the profile.
std::unique_ptr<Provider> sso_provider(const ProviderNeeds& needs, const std::string& profile);
enum class SharedFile { credentials, config };
std::unique_ptr<Provider> keys_provider(const ProviderNeeds& needs, const std::string& profile, SharedFile file);
/// `login_session`, which `aws login` writes: the AWS CLI is asked.
std::unique_ptr<Provider> login_provider(const ProviderNeeds& needs, const std::string& profile);
/// `credential_process`.
std::unique_ptr<Provider> process_provider(const ProviderNeeds& needs, const std::string& profile);

/// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI: ECS, EKS Pod Identity and others.
std::unique_ptr<Provider> container_provider(const ProviderNeeds& needs);

/// The role of the EC2 instance that we run on, by IMDSv2, unless AWS_EC2_METADATA_DISABLED is "true".
std::unique_ptr<Provider> metadata_provider(const ProviderNeeds& needs);

/// True if the profile has a role to assume from other credentials.
bool has_role(const IniSection& profile);
/// True if the profile has keys of its own, or half of them.
bool has_keys(const IniSection& profile);

}  // namespace hotaru::aws
