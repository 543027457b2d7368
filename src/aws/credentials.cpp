#include "aws/credentials.h"

#include <fmt/format.h>

#include "aws/credentials/providers.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

/// Not at every call, while the service that renews them is away.
constexpr Duration pause_between_renewals = std::chrono::minutes(1);

/// Credentials that were given.
class FixedProvider final : public Provider {
 public:
  explicit FixedProvider(Credentials credentials) : credentials_(std::move(credentials)) {}
  std::string name() const override { return credentials_.source; }
  Result<std::optional<Credentials>> find() override { return credentials_; }

 private:
  Credentials credentials_;
};

bool same(const Credentials& one, const Credentials& other) {
  return one.access_key_id == other.access_key_id && one.session_token == other.session_token;
}

}  // namespace

Providers default_providers(const ProviderNeeds& needs, const Overrides& overrides) {
  Providers providers;
  if (overrides.credentials) {
    providers.push_back(std::make_unique<FixedProvider>(*overrides.credentials));
    return providers;
  }
  const bool profile_was_said = !overrides.profile.empty();
  if (!profile_was_said) providers.push_back(environment_provider(needs));
  providers.push_back(role_provider(needs, needs.settings.profile));
  const auto variables = profile_was_said ? Variables::do_not_count : Variables::count;
  for (auto& provider : profile_providers(needs, needs.settings.profile, variables)) {
    providers.push_back(std::move(provider));
  }
  providers.push_back(container_provider(needs));
  providers.push_back(metadata_provider(needs));
  return providers;
}

Result<Credentials> ProviderChain::get() {
  const std::lock_guard lock(mutex_);
  if (!found_) return search();
  const TimePoint now = clock_.now();
  if (!found_->expiration || now + renewal_margin < *found_->expiration) return *found_;
  const bool good_still = now < *found_->expiration;
  if (good_still && now < next_try_) return *found_;
  auto renewed = renew();
  if (renewed || !good_still || renewed.error().kind == ErrorClass::interrupted) return renewed;
  next_try_ = now + pause_between_renewals;
  return *found_;
}

Result<bool> ProviderChain::replace(const Credentials& refused) {
  const std::lock_guard lock(mutex_);
  const auto is_refused = [&] { return found_ && same(*found_, refused); };
  if (!is_refused()) return true;  // done by another thread that was refused as well
  source_->drop_kept();
  if (auto renewed = renew(); !renewed) return pass(renewed);
  return !is_refused();
}

Result<Credentials> ProviderChain::search() {
  std::vector<std::string> asked;
  for (const auto& provider : providers_) {
    auto credentials = provider->find();
    if (!credentials) return pass(credentials);
    if (*credentials) {
      source_ = provider.get();
      found_ = std::move(*credentials);
      return *found_;
    }
    if (const auto name = provider->name(); !name.empty()) asked.push_back(name);
  }
  Error error{ErrorClass::unauthorized, fmt::format("There are no AWS credentials in {}.", join(asked, " or in ")),
              "Run 'hotaru init', which tells how to get some, or name a profile with --profile; '--cloud sim' needs "
              "none."};
  error.code = no_credentials;
  return std::unexpected(std::move(error));
}

/// From the same source: another one could lead into another account in the middle of things.
Result<Credentials> ProviderChain::renew() {
  auto credentials = source_->find();
  if (!credentials) return pass(credentials);
  if (!*credentials) {
    return fail(ErrorClass::unauthorized,
                fmt::format("The AWS credentials of {} have expired, and there are no new ones.", found_->source),
                "Get new ones, and run the command again.");
  }
  found_ = std::move(*credentials);
  return *found_;
}

}  // namespace hotaru::aws
