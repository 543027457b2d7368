#include "aws/credentials.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hotaru::aws {

namespace {

constexpr Duration renewal_margin = std::chrono::minutes(5);

std::string value_of(const IniSection* section, const std::string& key) {
  if (section == nullptr) return "";
  const auto found = section->find(key);
  return found == section->end() ? "" : found->second;
}

/// A key of a profile that says "get credentials this way", which is not ours yet.
struct Foreign {
  const char* key;
  const char* what;
};
constexpr Foreign before_static_keys[] = {{"role_arn", "assumes a role"},
                                          {"web_identity_token_file", "uses a web identity"},
                                          {"sso_session", "signs in by IAM Identity Center (SSO)"},
                                          {"sso_start_url", "signs in by IAM Identity Center (SSO)"},
                                          {"login_session", "was made by 'aws login'"}};

std::unexpected<Error> unsupported(const std::string& profile, const char* what) {
  return fail(
      ErrorClass::unauthorized,
      fmt::format("The profile '{}' {}, which hotaru cannot do by itself yet.", profile, what),
      fmt::format("Let the AWS CLI do it: eval \"$(aws configure export-credentials --profile {} --format env)\"",
                  profile));
}

Result<std::optional<Credentials>> static_keys(const IniSection* section, const std::string& profile,
                                               const std::string& path) {
  const std::string id = value_of(section, "aws_access_key_id");
  const std::string secret = value_of(section, "aws_secret_access_key");
  if (id.empty() && secret.empty()) return std::nullopt;
  if (id.empty() || secret.empty()) {
    return fail(ErrorClass::unauthorized,
                fmt::format("The profile '{}' in {} has no {}.", profile, path,
                            id.empty() ? "aws_access_key_id" : "aws_secret_access_key"),
                fmt::format("Set both with 'aws configure --profile {}'.", profile));
  }
  return Credentials{id, secret, value_of(section, "aws_session_token"), std::nullopt, "profile " + profile};
}

}  // namespace

Result<std::optional<Credentials>> EnvironmentProvider::find() {
  const auto id = environment_.get("AWS_ACCESS_KEY_ID");
  const auto secret = environment_.get("AWS_SECRET_ACCESS_KEY");
  if (!id && !secret) return std::nullopt;
  if (!id || !secret) {
    return fail(
        ErrorClass::unauthorized,
        fmt::format("{} is set in the environment, {} is not.", id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                    id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"),
        "Set both, or neither.");
  }
  const auto expiration = parse_iso8601(environment_.get_or("AWS_CREDENTIAL_EXPIRATION", ""));
  if (expiration && *expiration <= clock_.now()) {
    return fail(ErrorClass::unauthorized,
                fmt::format("The AWS credentials in the environment expired at {}.", iso8601(*expiration, false)),
                "Get new ones: eval \"$(aws configure export-credentials --format env)\"");
  }
  return Credentials{trim(*id), trim(*secret), environment_.get_or("AWS_SESSION_TOKEN", ""), expiration, "environment"};
}

Result<std::optional<Credentials>> ProfileProvider::find() {
  const IniSection* config = files_.config_of(profile_);
  const IniSection* credentials = files_.credentials_of(profile_);
  // The AWS CLI looks for these before a profile's own keys; whoever took the keys could end in another account.
  for (const auto& [key, what] : before_static_keys) {
    if (!value_of(config, key).empty() || !value_of(credentials, key).empty()) return unsupported(profile_, what);
  }
  auto keys = static_keys(credentials, profile_, files_.credentials_path);
  if (!keys || *keys) return keys;
  if (!value_of(config, "credential_process").empty() || !value_of(credentials, "credential_process").empty()) {
    return unsupported(profile_, "gets its credentials from a program");
  }
  return static_keys(config, profile_, files_.config_path);
}

Providers default_providers(const Environment& environment, const SharedFiles& files, const Settings& settings,
                            const Overrides& overrides, const Clock& clock) {
  Providers providers;
  if (overrides.credentials) {
    providers.push_back(std::make_unique<FixedProvider>(*overrides.credentials));
    return providers;
  }
  if (overrides.profile.empty()) providers.push_back(std::make_unique<EnvironmentProvider>(environment, clock));
  providers.push_back(std::make_unique<ProfileProvider>(files, settings.profile));
  return providers;
}

Result<Credentials> ProviderChain::get() {
  const std::lock_guard lock(mutex_);
  if (found_ && (!found_->expiration || clock_.now() + renewal_margin < *found_->expiration)) return *found_;
  std::vector<std::string> asked;
  for (const auto& provider : providers_) {
    auto credentials = provider->find();
    if (!credentials) return pass(credentials);
    if (*credentials) {
      found_ = std::move(*credentials);
      return *found_;
    }
    asked.push_back(provider->name());
  }
  return fail(ErrorClass::unauthorized, fmt::format("There are no AWS credentials in {}.", join(asked, " and ")),
              "Run 'aws configure', or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with "
              "--profile; '--cloud sim' needs none.");
}

}  // namespace hotaru::aws
