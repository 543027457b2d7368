#include <fmt/format.h>

#include <algorithm>

#include "aws/credentials/fetch.h"
#include "aws/credentials/fields.h"
#include "aws/credentials/providers.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

constexpr const char* own_address = "http://169.254.169.254";
constexpr const char* own_address_6 = "http://[fd00:ec2::254]";
constexpr const char* credentials_path = "latest/meta-data/iam/security-credentials/";

/// IMDSv2 only: a service that gives no token is none. What does not answer within a second is not there.
class MetadataProvider final : public Provider {
 public:
  explicit MetadataProvider(const ProviderNeeds& needs) : needs_(needs) {}
  std::string name() const override { return is_off() ? "" : "the metadata service of an EC2 instance"; }

  Result<std::optional<Credentials>> find() override {
    if (is_off()) return std::nullopt;
    const auto token = send("PUT", "latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}});
    if (!token) return nothing_there(token.error());
    if (token->status != 200 || token->body.empty()) return std::nullopt;
    const http::Headers headers = {{"X-aws-ec2-metadata-token", token->body}};
    const auto role = send("GET", credentials_path, headers);
    if (!role) return nothing_there(role.error());
    const std::string name = trim(role->body);
    if (role->status != 200 || name.empty()) return std::nullopt;  // an instance without a role
    const auto answer = send("GET", credentials_path + percent_encode(name), headers);
    if (!answer) return nothing_there(answer.error());
    return credentials_of_role(name, *answer);
  }

 private:
  bool is_off() const { return to_lower(needs_.environment.get_or("AWS_EC2_METADATA_DISABLED", "")) == "true"; }

  /// A variable, else the profile's own key.
  std::string said(const char* variable, const char* key) const {
    return needs_.environment.get(variable).value_or(value_of(needs_.files.profile(needs_.settings.profile), key));
  }

  std::string base() const {
    std::string own = said("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    if (own.empty()) {
      const auto mode = said("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
      own = to_lower(mode) == "ipv6" ? own_address_6 : own_address;
    }
    return own.ends_with('/') ? own : own + "/";
  }

  Result<http::Response> send(const char* method, const std::string& path, const http::Headers& headers) const {
    const auto seconds = parse_integer(said("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout"));
    const auto attempts = parse_integer(said("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts"));
    const Duration timeout = std::chrono::seconds(std::clamp<std::int64_t>(seconds.value_or(1), 1, 60));
    return fetch(needs_, {.service = "metadata",
                          .action = path,
                          .request = {.method = method,
                                      .url = base() + path,
                                      .headers = headers,
                                      .connect_timeout = timeout,
                                      .timeout = timeout},
                          .attempts = static_cast<int>(std::clamp<std::int64_t>(attempts.value_or(1), 1, 10))});
  }

  /// No answer: this is no EC2 instance.
  static Result<std::optional<Credentials>> nothing_there(const Error& error) {
    if (error.kind == ErrorClass::interrupted || error.kind == ErrorClass::unsupported) return std::unexpected(error);
    return std::nullopt;
  }

  Result<std::optional<Credentials>> credentials_of_role(const std::string& name, const http::Response& answer) const {
    const auto fields = answer.status == 200 ? parse_fields(answer.body) : std::nullopt;
    auto credentials =
        fields ? credentials_of(*fields, {.session_token = "Token"}, "instance role " + name) : std::nullopt;
    if (!credentials) {
      const std::string why = fields ? field(*fields, "Message") : "";
      return fail(
          ErrorClass::unauthorized,
          fmt::format("The instance's role {} gives no credentials{}", name, why.empty() ? "." : ": " + sentence(why)),
          "Check the instance profile's role and its trust policy (ec2.amazonaws.com).");
    }
    // While the service cannot renew them it hands out old ones, which EC2 takes for longer (static stability).
    const TimePoint soon = needs_.clock.now() + 2 * renewal_margin;
    if (credentials->expiration) credentials->expiration = std::max(*credentials->expiration, soon);
    return credentials;
  }

  const ProviderNeeds& needs_;
};

}  // namespace

std::unique_ptr<Provider> metadata_provider(const ProviderNeeds& needs) {
  return std::make_unique<MetadataProvider>(needs);
}

}  // namespace hotaru::aws
