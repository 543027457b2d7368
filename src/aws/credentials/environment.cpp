#include <fmt/format.h>

#include "aws/credentials/providers.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

class EnvironmentProvider final : public Provider {
 public:
  explicit EnvironmentProvider(const ProviderNeeds& needs) : environment_(needs.environment), clock_(needs.clock) {}
  std::string name() const override { return "the environment"; }

  /// The key id decides whether there are any, as in botocore.
  Result<std::optional<Credentials>> find() override {
    const auto id = environment_.get("AWS_ACCESS_KEY_ID");
    const auto secret = environment_.get("AWS_SECRET_ACCESS_KEY");
    if (!id) return std::nullopt;
    if (!secret) {
      return fail(ErrorClass::unauthorized,
                  "AWS_ACCESS_KEY_ID is set in the environment, AWS_SECRET_ACCESS_KEY is not.",
                  "Set both, or neither.");
    }
    const auto expiration = parse_iso8601(environment_.get_or("AWS_CREDENTIAL_EXPIRATION", ""));
    if (expiration && *expiration <= clock_.now()) {
      return fail(ErrorClass::unauthorized,
                  fmt::format("The AWS credentials in the environment expired at {}.", iso8601(*expiration, false)),
                  "Get new ones: eval \"$(aws configure export-credentials --format env)\"");
    }
    // AWS_SECURITY_TOKEN is the older name; botocore looks at it first.
    const std::string token = environment_.get_or("AWS_SECURITY_TOKEN", environment_.get_or("AWS_SESSION_TOKEN", ""));
    return Credentials{trim(*id), trim(*secret), token, expiration, "environment"};
  }

 private:
  const Environment& environment_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<Provider> environment_provider(const ProviderNeeds& needs) {
  return std::make_unique<EnvironmentProvider>(needs);
}

}  // namespace hotaru::aws
