#include "aws/credentials/sso_token.h"

#include <fmt/format.h>

#include "aws/credentials/fetch.h"
#include "aws/credentials/fields.h"
#include "aws/endpoints.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

// As early as the AWS CLI does it.
constexpr Duration renewal_window = std::chrono::minutes(15);

/// The AWS CLI's name for it: the digest of the session's name, in the older form of the start URL.
std::filesystem::path file_of(const ProviderNeeds& needs, const SsoSignIn& sign_in) {
  const std::string& key = sign_in.session.empty() ? sign_in.start_url : sign_in.session;
  return Folders::of(needs.environment).home / ".aws/sso/cache" / (hex_encode(sha1(key)) + ".json");
}

bool can_be_renewed(const Fields& token, const SsoSignIn& sign_in, TimePoint now) {
  const auto registration = parse_iso8601(field(token, "registrationExpiresAt"));
  return !sign_in.session.empty() && !field(token, "refreshToken").empty() && !field(token, "clientId").empty() &&
         !field(token, "clientSecret").empty() && registration && *registration > now;
}

/// OIDC CreateToken with the refresh token. An empty result: refused, or not reachable.
Result<Fields> renew(const ProviderNeeds& needs, const SsoSignIn& sign_in, Fields token) {
  const std::string body = json_of({{"clientId", field(token, "clientId")},
                                    {"clientSecret", field(token, "clientSecret")},
                                    {"grantType", "refresh_token"},
                                    {"refreshToken", field(token, "refreshToken")}});
  const http::Request request{.method = "POST",
                              .url = endpoint_of(needs.settings, "sso-oidc", sign_in.region) + "token",
                              .headers = {{"Content-Type", "application/json"}},
                              .body = body,
                              .timeout = patience_of_fetch};
  const auto answer =
      fetch(needs, {.service = "sso-oidc", .region = sign_in.region, .action = "CreateToken", .request = request});
  if (!answer) return std::unexpected(answer.error());
  const auto fields = answer->status == 200 ? parse_fields(answer->body) : std::nullopt;
  const auto seconds = fields ? parse_integer(field(*fields, "expiresIn")) : std::nullopt;
  constexpr std::int64_t longest = 366 * 24 * 3600;  // AWS gives hours, at most months
  if (!seconds || *seconds < 0 || *seconds > longest || field(*fields, "accessToken").empty()) {
    return sign_in_again(sign_in, "has expired and cannot be renewed");
  }
  token["accessToken"] = field(*fields, "accessToken");
  token["expiresAt"] = iso8601(needs.clock.now() + std::chrono::seconds(*seconds), false);
  if (const auto next = field(*fields, "refreshToken"); !next.empty()) token["refreshToken"] = next;
  return token;
}

}  // namespace

std::unexpected<Error> sign_in_again(const SsoSignIn& sign_in, const std::string& what) {
  return fail(ErrorClass::unauthorized,
              fmt::format("The IAM Identity Center session of the profile '{}' {}.", sign_in.profile, what),
              fmt::format("Run: aws sso login --profile {}", sign_in.profile));
}

Result<std::string> sso_token(const ProviderNeeds& needs, const SsoSignIn& sign_in) {
  const auto file = file_of(needs, sign_in);
  const auto text = read_file(file);
  const auto token = text ? parse_fields(*text) : std::nullopt;
  const auto expiration = token ? parse_iso8601(field(*token, "expiresAt")) : std::nullopt;
  if (!expiration || field(*token, "accessToken").empty()) return sign_in_again(sign_in, "has not begun");
  const TimePoint now = needs.clock.now();
  const bool good = now < *expiration;
  if (now + renewal_window < *expiration) return field(*token, "accessToken");
  if (can_be_renewed(*token, sign_in, now)) {
    auto renewed = renew(needs, sign_in, *token);
    if (renewed) {
      // One that cannot be kept serves this command all the same.
      (void)write_file(file, json_of(*renewed), 0600);
      return field(*renewed, "accessToken");
    }
    if (!good || renewed.error().kind == ErrorClass::interrupted) return pass(renewed);
  }
  if (!good) return sign_in_again(sign_in, fmt::format("expired at {}", iso8601(*expiration, false)));
  return field(*token, "accessToken");
}

}  // namespace hotaru::aws
