#include <fmt/format.h>

#include "aws/credentials/providers.h"
#include "aws/credentials/sts.h"
#include "base/file.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

class WebIdentityProvider final : public Provider {
 public:
  WebIdentityProvider(const ProviderNeeds& needs, std::string profile, Variables variables)
      : needs_(needs), profile_(std::move(profile)), variables_(variables) {}
  std::string name() const override { return ""; }

  Result<std::optional<Credentials>> find() override {
    const IniSection section = needs_.files.profile(profile_);
    const auto said = [&](const char* variable, const char* key) {
      const auto own = variables_ == Variables::count ? needs_.environment.get(variable) : std::nullopt;
      return own.value_or(value_of(section, key));
    };
    const std::string file = said("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    if (file.empty()) return std::nullopt;
    RoleToAssume role;
    role.arn = said("AWS_ROLE_ARN", "role_arn");
    role.session_name = said("AWS_ROLE_SESSION_NAME", "role_session_name");
    role.source = "web identity of " + file;
    if (role.arn.empty()) {
      return fail(ErrorClass::unauthorized, fmt::format("There is a web identity in {}, and no role for it.", file),
                  "Set AWS_ROLE_ARN, or role_arn in the profile.");
    }
    // Read each time: whoever made the file replaces it before the token in it expires.
    auto token = read_file(expand_home(file, needs_.environment));
    if (!token) {
      return fail(ErrorClass::unauthorized, fmt::format("The web identity's file {} cannot be read.", file),
                  "Check AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file in the profile.");
    }
    role.identity = trim(*token);
    if (role.identity.empty()) {
      return fail(ErrorClass::unauthorized, fmt::format("The web identity's file {} is empty.", file),
                  "Whoever issues the token must write it there first.");
    }
    auto credentials = assume_role(needs_, role, nullptr);
    if (!credentials) return pass(credentials);
    return *credentials;
  }

 private:
  const ProviderNeeds& needs_;
  std::string profile_;
  Variables variables_;
};

}  // namespace

std::unique_ptr<Provider> web_identity_provider(const ProviderNeeds& needs, const std::string& profile,
                                                Variables variables) {
  return std::make_unique<WebIdentityProvider>(needs, profile, variables);
}

}  // namespace hotaru::aws
