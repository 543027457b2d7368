#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"
#include "aws/settings.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/result.h"

namespace hotaru::aws {

/// One place where credentials may be. A new one (SSO, roles, process, container, IMDS) is a file with a class of this
/// kind and a line in `default_providers`.
class Provider {
 public:
  virtual ~Provider() = default;
  /// What was looked into, for the message when nothing was found: "the environment".
  virtual std::string name() const = 0;
  /// nullopt: there are none here, ask the next. An error ends the search: what is there is broken, or is something
  /// that cannot be used.
  virtual Result<std::optional<Credentials>> find() = 0;
};

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, and AWS_CREDENTIAL_EXPIRATION as
/// `aws configure export-credentials` writes it.
class EnvironmentProvider final : public Provider {
 public:
  EnvironmentProvider(const Environment& environment, const Clock& clock) : environment_(environment), clock_(clock) {}
  std::string name() const override { return "the environment"; }
  Result<std::optional<Credentials>> find() override;

 private:
  Environment environment_;
  const Clock& clock_;
};

/// A profile's own keys, in the credentials file and then in the config file. A profile that gets its credentials in a
/// way that is not supported (SSO, a role, a process) is an error that says so.
class ProfileProvider final : public Provider {
 public:
  ProfileProvider(SharedFiles files, std::string profile) : files_(std::move(files)), profile_(std::move(profile)) {}
  std::string name() const override { return "the profile '" + profile_ + "'"; }
  Result<std::optional<Credentials>> find() override;

 private:
  SharedFiles files_;
  std::string profile_;
};

/// Credentials that were given.
class FixedProvider final : public Provider {
 public:
  explicit FixedProvider(Credentials credentials) : credentials_(std::move(credentials)) {}
  std::string name() const override { return credentials_.source; }
  Result<std::optional<Credentials>> find() override { return credentials_; }

 private:
  Credentials credentials_;
};

using Providers = std::vector<std::unique_ptr<Provider>>;

/// The providers in the AWS CLI's order. A profile given on the command line wins over keys in the environment; one
/// given by AWS_PROFILE does not.
Providers default_providers(const Environment& environment, const SharedFiles& files, const Settings& settings,
                            const Overrides& overrides, const Clock& clock);

/// Asks its providers in order, once, and again shortly before what they gave expires. Thread-safe.
class ProviderChain {
 public:
  ProviderChain(Providers providers, const Clock& clock) : providers_(std::move(providers)), clock_(clock) {}
  /// `unauthorized`, with what to do, if there are none.
  Result<Credentials> get();

 private:
  Providers providers_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<Credentials> found_;
};

}  // namespace hotaru::aws
