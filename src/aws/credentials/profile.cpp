// A profile's own keys, and the order of what a profile can hold.
#include <fmt/format.h>

#include "aws/credentials/providers.h"

namespace hotaru::aws {

namespace {

class KeysProvider final : public Provider {
 public:
  KeysProvider(const ProviderNeeds& needs, std::string profile, SharedFile file)
      : files_(needs.files), profile_(std::move(profile)), file_(file) {}

  std::string name() const override {
    return file_ == SharedFile::config
               ? fmt::format("the profile '{}' of {} and {}", profile_, files_.config_path, files_.credentials_path)
               : "";
  }

  Result<std::optional<Credentials>> find() override {
    const bool config = file_ == SharedFile::config;
    const IniSection* own = config ? files_.config_of(profile_) : files_.credentials_of(profile_);
    const std::string id = own == nullptr ? "" : value_of(*own, "aws_access_key_id");
    // Whatever else the profile has comes before the config file's keys: only then is half a pair a mistake.
    if (id.empty()) return config ? half_a_pair() : Result<std::optional<Credentials>>(std::nullopt);
    const std::string secret = value_of(*own, "aws_secret_access_key");
    if (secret.empty()) return missing("aws_secret_access_key", config);
    const std::string old_token = value_of(*own, "aws_security_token");  // the older name; botocore looks at it first
    return Credentials{id, secret, old_token.empty() ? value_of(*own, "aws_session_token") : old_token, std::nullopt,
                       "profile " + profile_};
  }

 private:
  Result<std::optional<Credentials>> half_a_pair() const {
    const IniSection* credentials = files_.credentials_of(profile_);
    if (credentials != nullptr && has_keys(*credentials)) return missing("aws_access_key_id", false);
    const IniSection* config = files_.config_of(profile_);
    if (config != nullptr && has_keys(*config)) return missing("aws_access_key_id", true);
    return std::nullopt;
  }

  std::unexpected<Error> missing(const char* key, bool config) const {
    return fail(ErrorClass::unauthorized,
                fmt::format("The profile '{}' in {} has no {}.", profile_,
                            config ? files_.config_path : files_.credentials_path, key),
                fmt::format("Set both keys with 'aws configure --profile {}'.", profile_));
  }

  const SharedFiles& files_;
  std::string profile_;
  SharedFile file_;
};

}  // namespace

std::unique_ptr<Provider> keys_provider(const ProviderNeeds& needs, const std::string& profile, SharedFile file) {
  return std::make_unique<KeysProvider>(needs, profile, file);
}

bool has_keys(const IniSection& profile) {
  return profile.contains("aws_access_key_id") || profile.contains("aws_secret_access_key");
}

Providers profile_providers(const ProviderNeeds& needs, const std::string& profile, Variables variables) {
  Providers providers;
  providers.push_back(web_identity_provider(needs, profile, variables));
  providers.push_back(sso_provider(needs, profile));
  providers.push_back(keys_provider(needs, profile, SharedFile::credentials));
  providers.push_back(login_provider(needs, profile));
  providers.push_back(process_provider(needs, profile));
  providers.push_back(keys_provider(needs, profile, SharedFile::config));
  return providers;
}

}  // namespace hotaru::aws
