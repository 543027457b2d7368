#pragma once

#include <string>

#include "aws/credentials.h"

namespace hotaru::aws {

/// How a profile signs in to IAM Identity Center.
struct SsoSignIn {
  std::string profile;  ///< for messages
  std::string session;  ///< `sso_session`; "" in the older form, which cannot be renewed
  std::string start_url;
  std::string region;
};

/// The access token that `aws sso login` left in ~/.aws/sso/cache; renewed there, as the AWS CLI does it, when it is
/// about to expire and can be. `unauthorized` with "aws sso login --profile X" if there is no good one.
Result<std::string> sso_token(const ProviderNeeds& needs, const SsoSignIn& sign_in);

/// The error for a token that is missing or no longer taken.
std::unexpected<Error> sign_in_again(const SsoSignIn& sign_in, const std::string& what);

}  // namespace hotaru::aws
