#include <fmt/format.h>

#include "aws/credentials/process.h"
#include "aws/credentials/providers.h"

namespace hotaru::aws {

namespace {

/// `aws login` keeps its session in a form of its own (with a key that proves possession): the AWS CLI is asked.
class LoginProvider final : public Provider {
 public:
  LoginProvider(const ProviderNeeds& needs, std::string profile) : needs_(needs), profile_(std::move(profile)) {}
  std::string name() const override { return ""; }

  Result<std::optional<Credentials>> find() override {
    if (value_of(needs_.files.profile(profile_), "login_session").empty()) return std::nullopt;
    auto credentials = credentials_of_program(
        needs_, {"aws", "configure", "export-credentials", "--profile", profile_, "--format", "process"}, profile_);
    if (credentials) return *credentials;
    Error error = std::move(credentials).error();
    error.hint = fmt::format("Run: aws login --profile {} (AWS CLI 2.32 or newer)", profile_);
    return std::unexpected(std::move(error));
  }

 private:
  const ProviderNeeds& needs_;
  std::string profile_;
};

}  // namespace

std::unique_ptr<Provider> login_provider(const ProviderNeeds& needs, const std::string& profile) {
  return std::make_unique<LoginProvider>(needs, profile);
}

}  // namespace hotaru::aws
