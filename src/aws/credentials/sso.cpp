#include <fmt/format.h>

#include "aws/credentials/fetch.h"
#include "aws/credentials/fields.h"
#include "aws/credentials/providers.h"
#include "aws/credentials/session_files.h"
#include "aws/credentials/sso_token.h"
#include "aws/endpoints.h"
#include "base/digest.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

/// What a profile says about its sign-in, its sso-session section included.
struct SsoProfile {
  SsoSignIn sign_in;
  std::string account;
  std::string role;
};

class SsoProvider final : public Provider {
 public:
  SsoProvider(const ProviderNeeds& needs, std::string profile) : needs_(needs), profile_(std::move(profile)) {}
  std::string name() const override { return ""; }

  Result<std::optional<Credentials>> find() override {
    const IniSection section = needs_.files.profile(profile_);
    // An sso_session alone is for tools that want its token.
    if (!section.contains("sso_account_id") && !section.contains("sso_role_name")) return std::nullopt;
    const auto read = read_profile(section);
    if (!read) return std::unexpected(read.error());
    auto token = sso_token(needs_, read->sign_in);
    if (!token) return pass(token);
    // With the token in its mark a session ends for us as well when its owner signs out.
    const SessionFiles kept(needs_.environment, needs_.clock);
    const std::string mark =
        fmt::format("sso\n{}\n{}\n{}\n{}", endpoint_of(needs_.settings, "sso", read->sign_in.region), read->account,
                    read->role, hex_encode(sha256(*token)));
    if (auto session = kept.read(mark, source())) return session;
    auto session = role_credentials(*read, *token);
    if (!session) return pass(session);
    kept.write(mark, *session);
    return *session;
  }

 private:
  std::string source() const { return fmt::format("IAM Identity Center (profile {})", profile_); }

  Result<SsoProfile> read_profile(const IniSection& section) const {
    const std::string session = value_of(section, "sso_session");
    IniSection both = section;
    if (!session.empty()) {
      const auto found = needs_.files.config.find("sso-session " + session);
      if (found == needs_.files.config.end()) {
        return wrong(fmt::format("names the sso_session '{}', which does not exist", session),
                     fmt::format("Add [sso-session {}] with 'aws configure sso'.", session));
      }
      for (const auto& [key, value] : found->second) {
        const std::string own = value_of(section, key);
        if (!own.empty() && own != value) {
          return wrong(fmt::format("and its sso_session '{}' have different values of {}", session, key),
                       "Remove it from the profile.");
        }
        both[key] = value;
      }
    }
    for (const char* key : {"sso_start_url", "sso_region", "sso_account_id", "sso_role_name"}) {
      if (value_of(both, key).empty()) return wrong(fmt::format("has no {}", key), "Run: aws configure sso");
    }
    return SsoProfile{{profile_, session, value_of(both, "sso_start_url"), value_of(both, "sso_region")},
                      value_of(both, "sso_account_id"),
                      value_of(both, "sso_role_name")};
  }

  std::unexpected<Error> wrong(const std::string& what, const std::string& hint) const {
    return fail(ErrorClass::unauthorized, fmt::format("The profile '{}' {}.", profile_, what), hint);
  }

  /// GetRoleCredentials (IAM Identity Center Portal API Reference). Not signed: the token is the proof.
  Result<Credentials> role_credentials(const SsoProfile& profile, const std::string& token) const {
    const std::string& region = profile.sign_in.region;
    const http::Request request{.url = fmt::format("{}federation/credentials?role_name={}&account_id={}",
                                                   endpoint_of(needs_.settings, "sso", region),
                                                   percent_encode(profile.role), percent_encode(profile.account)),
                                .headers = {{"x-amz-sso_bearer_token", token}, {"Accept", "application/json"}},
                                .timeout = patience_of_fetch};
    const auto answer =
        fetch(needs_, {.service = "sso", .region = region, .action = "GetRoleCredentials", .request = request});
    if (!answer) return std::unexpected(answer.error());
    const auto fields = parse_fields(answer->body);
    if (answer->status == 401) return sign_in_again(profile.sign_in, "is no longer valid");
    if (answer->status != 200) {
      const std::string why = fields ? sentence(field(*fields, "message")) : "";
      return fail(
          answer->status >= 500 ? ErrorClass::unavailable : ErrorClass::unauthorized,
          fmt::format("IAM Identity Center gives no credentials for the role {} in account {}: {}", profile.role,
                      profile.account, why.empty() ? fmt::format("HTTP status {}.", answer->status) : why),
          fmt::format("Check sso_role_name and sso_account_id of the profile '{}'.", profile_));
    }
    constexpr FieldNames names{"roleCredentials.accessKeyId", "roleCredentials.secretAccessKey",
                               "roleCredentials.sessionToken", "roleCredentials.expiration"};
    auto credentials = fields ? credentials_of(*fields, names, source()) : std::nullopt;
    if (credentials) return *credentials;
    return fail(ErrorClass::unavailable, "IAM Identity Center answered something that is no credentials.",
                fmt::format("Check sso_region ({}) and the endpoint.", region));
  }

  const ProviderNeeds& needs_;
  std::string profile_;
};

}  // namespace

std::unique_ptr<Provider> sso_provider(const ProviderNeeds& needs, const std::string& profile) {
  return std::make_unique<SsoProvider>(needs, profile);
}

}  // namespace hotaru::aws
